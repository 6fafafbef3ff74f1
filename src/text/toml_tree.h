#pragma once
// What a TomlDocument holds: a flat vector of nodes that point into the text. For the parser, the
// node accessors and the editor only.

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/toml.h"

namespace pawl::text {

struct TomlTree {
    static constexpr uint32_t none = UINT32_MAX;
    /// Tables with more entries than this are looked up in `index` instead of one by one.
    static constexpr uint32_t linear_entries_max = 16;

    /// What made a table or an array; it decides what may be added later.
    enum class Origin : unsigned char {
        value,           ///< written as a value: closed for ever
        implied,         ///< a parent in a longer header: a header may still define it
        dotted,          ///< by a dotted key: open for dotted keys of the same scope only
        header,          ///< by "[x]", and elements of "[[x]]", and the root
        array_of_tables, ///< by "[[x]]"
    };
    struct Node {
        uint32_t begin = 0, end = 0;         ///< of the value; of the header; empty when implied
        uint32_t key_begin = 0, key_end = 0; ///< of the last part of the key
        uint32_t parent = none;
        uint32_t first = none, last = none, next = none;
        uint32_t count = 0; ///< of children
        uint32_t scope = 0; ///< Origin::dotted: the header or inline table that it belongs to
        TomlNode::Kind kind = TomlNode::Kind::table;
        Origin origin = Origin::value;
        uint8_t depth = 0;
        bool key_decoded = false;   ///< the key is in `decoded`, not in the text
        bool value_decoded = false; ///< so is the string
    };
    /// The lines from one header to the next; the first has no header.
    struct Section {
        uint32_t begin = 0;       ///< of the header
        uint32_t header_end = 0;  ///< behind the closing bracket
        uint32_t entries_end = 0; ///< behind the last value; header_end when there is none
        uint32_t node = 0;
    };

    std::string text;
    std::vector<Node> nodes; ///< the first is the root
    std::vector<Section> sections;
    /// Strings with escapes, by node * 2 (+ 1 for values), ascending; addresses are stable.
    std::deque<std::pair<uint64_t, std::string>> decoded;
    std::map<std::pair<uint32_t, std::string_view>, uint32_t> index;

    std::string_view view(uint32_t begin, uint32_t end) const {
        return std::string_view(text).substr(begin, end - begin);
    }
    std::string_view decoded_text(uint64_t id) const;
    std::string_view key_of(uint32_t node) const;
    std::string_view string_of(uint32_t node) const;
    /// The entry of a table; none when it is absent.
    uint32_t find(uint32_t table, std::string_view key) const;
    /// Links a new node (its key is set already) as the last child.
    void append_child(uint32_t parent, uint32_t child);
};

} // namespace pawl::text
