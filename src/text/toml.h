#pragma once
// TOML 1.0 without loss: the text stays, the tree points into it.
//
// TomlDocument::parse() checks all rules of TOML 1.0 and builds a flat tree of nodes with spans;
// nothing is copied but the few strings with escapes. Edits (toml_edit.h) splice the text, so that
// every other byte stays as the author left it. What only TOML 1.1 knows is refused by name.

#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "text/place.h"

namespace pawl::text {

class TomlDocument;
struct TomlTree; // toml_tree.h

/// Byte offsets into TomlDocument::text(); `end` is one past the last byte.
struct TomlSpan {
    uint32_t begin = 0;
    uint32_t end = 0;
    bool operator==(const TomlSpan&) const = default;
};

/// A date, a time, or both, with or without an offset: which parts are there makes the four types.
struct TomlDatetime {
    bool has_date = false;
    bool has_time = false;
    bool has_offset = false;
    uint16_t year = 0;
    uint8_t month = 0, day = 0;
    uint8_t hour = 0, minute = 0, second = 0;
    uint32_t nanosecond = 0;    ///< further digits are cut off
    int16_t offset_minutes = 0; ///< east of UTC
    bool operator==(const TomlDatetime&) const = default;

    /// The moment; a time without an offset is taken as UTC. Needs a date and a time.
    Timestamp timestamp() const;
};

/// One value in a document, with its key when it stands in a table. Small, copied freely; valid as
/// long as the document lives (moving the document is fine). Any thread may read.
class TomlNode {
  public:
    enum class Kind : unsigned char {
        string,
        integer,
        floating,
        boolean,
        datetime,
        array, ///< of values, or of tables ("[[x]]")
        table, ///< "[x]", "{…}", or implied by a dotted key or a longer header
    };
    class Iterator;

    Kind kind() const;
    bool is_string() const { return kind() == Kind::string; }
    bool is_table() const { return kind() == Kind::table; }
    bool is_array() const { return kind() == Kind::array; }
    /// How a table or an array came to be there.
    enum class Form : unsigned char {
        value,           ///< "{…}", "[…]"; all other kinds too
        implied,         ///< a table that only longer headers name
        dotted,          ///< a table by dotted keys
        header,          ///< a table by "[x]", an element of "[[x]]", the root
        array_of_tables, ///< an array by "[[x]]"
    };
    Form form() const;
    bool is_inline() const { return form() == Form::value; }

    /// Decoded; "" for the root and for elements of arrays.
    std::string_view key() const;
    /// The key as a reader would write it from the root: "packages[3].wheels[0].url".
    std::string path() const;

    /// The decoded value; asking for another kind is our own mistake (checked).
    std::string_view string() const;
    int64_t integer() const;
    double floating() const;
    bool boolean() const;
    TomlDatetime datetime() const;

    /// Entries of a table or elements of an array, in the order of the text.
    size_t size() const;
    Iterator begin() const;
    Iterator end() const;
    /// The entry of a table; nothing when it is absent or this is no table. Name the result before
    /// walking over it: `for (auto x : *table.find("a"))` walks over a dead temporary.
    std::optional<TomlNode> find(std::string_view key) const;

    // Typed entries of a table. Absent is fine (nothing); another type is an error that names the
    // line and the key: "line 3: key \"url\" must be a string, not an array".
    Result<std::optional<std::string_view>> get_string(std::string_view key) const;
    Result<std::optional<int64_t>> get_integer(std::string_view key) const;
    Result<std::optional<bool>> get_bool(std::string_view key) const;
    Result<std::optional<TomlNode>> get_table(std::string_view key) const;
    Result<std::optional<TomlNode>> get_array(std::string_view key) const;
    Result<std::optional<std::vector<std::string_view>>> get_strings(std::string_view key) const;
    /// As get_string(), and absent is an error.
    Result<std::string_view> require_string(std::string_view key) const;
    /// "line 3: key \"url\" must be a string, not an array", for this node.
    tl::unexpected<Error> type_error(std::string_view wanted) const;
    /// "line 3: " + what, for this node.
    tl::unexpected<Error> error(std::string_view what) const;

    /// The value as it is written. For a table made by a header: the header. Implied: empty.
    TomlSpan span() const;
    TomlSpan key_span() const; ///< the last part of the key as written; empty for elements
    std::string_view source() const;
    Place place() const; ///< of the key when there is one, else of the value

    bool operator==(const TomlNode&) const = default;

  private:
    friend class TomlDocument;
    TomlNode(const TomlTree* tree, uint32_t index) : tree_(tree), index_(index) {}
    tl::unexpected<Error> missing(std::string_view key) const;

    const TomlTree* tree_;
    uint32_t index_;
};

std::string_view toml_kind_name(TomlNode::Kind kind); ///< "a string", "an array", …

class TomlNode::Iterator {
  public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = TomlNode;
    using difference_type = std::ptrdiff_t;
    using pointer = const TomlNode*;
    using reference = TomlNode;

    Iterator() = default;
    TomlNode operator*() const { return {tree_, index_}; }
    Iterator& operator++();
    Iterator operator++(int) {
        Iterator before = *this;
        ++*this;
        return before;
    }
    bool operator==(const Iterator&) const = default;

  private:
    friend class TomlNode;
    Iterator(const TomlTree* tree, uint32_t index) : tree_(tree), index_(index) {}
    const TomlTree* tree_ = nullptr;
    uint32_t index_ = 0;
};

/// A parsed document; owns its text. Immutable, so any number of threads may read it.
class TomlDocument {
  public:
    /// How deeply values, tables and dotted keys may be nested.
    static constexpr uint32_t depth_max = 128;
    static constexpr uint32_t bytes_max = uint32_t{1} << 30;

    /// All errors are Kind::input and begin "line 3, column 5: ". A byte order mark is skipped.
    static Result<TomlDocument> parse(std::string text);
    TomlDocument(TomlDocument&&) noexcept;
    TomlDocument& operator=(TomlDocument&&) noexcept;
    ~TomlDocument();

    const std::string& text() const;
    TomlNode root() const;
    /// Follows keys through tables; nothing when one of them is absent.
    std::optional<TomlNode> find(std::span<const std::string_view> path) const;
    /// The lines below a table's header (Form::header) up to the next header, as they stand.
    std::string_view body(TomlNode table) const;
    const TomlTree& tree() const { return *tree_; } ///< for the editor

  private:
    explicit TomlDocument(std::unique_ptr<TomlTree> tree);
    std::unique_ptr<TomlTree> tree_;
};

} // namespace pawl::text
