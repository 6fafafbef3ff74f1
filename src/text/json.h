#pragma once
// JSON (RFC 8259): a tree of values, a strict reader, and writers.
//
// Not for index pages, which are large and are read where the network lives (index/fetch).

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace pawl::text {

/// One JSON value. Objects keep the order of their members. A value: copies are deep; any thread
/// may read it.
class Value {
  public:
    enum class Kind : unsigned char {
        null,
        boolean,
        integer,     ///< fits int64_t
        big_integer, ///< any other integer, kept as its digits
        floating,
        string,
        array,
        object,
    };
    struct Member;
    using Array = std::vector<Value>;
    using Object = std::vector<Member>;

    Value();
    Value(const Value& other);
    Value(Value&& other) noexcept;
    Value& operator=(const Value& other);
    Value& operator=(Value&& other) noexcept;
    ~Value();
    Value(std::nullptr_t);
    template <class T>
    requires std::same_as<T, bool> Value(T value);
    template <class T>
    requires(std::integral<T> && !std::same_as<T, bool>) Value(T value);
    Value(double value);
    Value(std::string value);
    Value(std::string_view value);
    Value(const char* value);
    Value(Array elements);
    Value(Object members);
    static Value array(std::initializer_list<Value> elements = {});
    static Value object(std::initializer_list<Member> members = {});
    /// An integer from decimal digits with an optional "-", of any length.
    static Value integer_of(std::string_view digits);

    Kind kind() const { return static_cast<Kind>(data_.index()); }
    bool is_null() const { return kind() == Kind::null; }
    bool is_bool() const { return kind() == Kind::boolean; }
    bool is_integer() const { return kind() == Kind::integer; }
    bool is_number() const { return kind() >= Kind::integer && kind() <= Kind::floating; }
    bool is_string() const { return kind() == Kind::string; }
    bool is_array() const { return kind() == Kind::array; }
    bool is_object() const { return kind() == Kind::object; }

    /// The value as its kind; asking for another kind is our own mistake (checked).
    bool as_bool() const;
    int64_t as_integer() const;
    double as_double() const; ///< of any number
    const std::string& as_string() const;
    const std::string& digits() const; ///< of a big_integer
    const Array& as_array() const;
    Array& as_array();
    const Object& as_object() const;
    Object& as_object();

    /// The member of an object; null when it is absent or this is no object.
    const Value* find(std::string_view key) const;
    Value* find(std::string_view key);
    /// The text of a member that is there and is a string.
    std::optional<std::string_view> string_at(std::string_view key) const;
    std::optional<int64_t> integer_at(std::string_view key) const;
    std::optional<bool> bool_at(std::string_view key) const;
    /// The member that is there and is an array, else null.
    const Array* array_at(std::string_view key) const;
    const Value* object_at(std::string_view key) const;

    /// Replaces the member, or adds it at the end; this must be an object (or null: becomes one).
    Value& set(std::string_view key, Value value);
    /// Adds an element; this must be an array (or null: becomes one).
    void push_back(Value value);

    bool operator==(const Value& other) const; ///< objects: the same members in any order

  private:
    struct BigInteger {
        std::string digits;
        bool operator==(const BigInteger&) const = default;
    };
    std::variant<std::monostate, bool, int64_t, BigInteger, double, std::string, Array, Object>
        data_;
};

struct Value::Member {
    std::string key;
    Value value;
};

// Here and not in the class, since a Member must be complete for them.
inline Value::Value() = default;
inline Value::Value(const Value& other) = default;
inline Value::Value(Value&& other) noexcept = default;
inline Value& Value::operator=(const Value& other) = default;
inline Value& Value::operator=(Value&& other) noexcept = default;
inline Value::~Value() = default;
inline Value::Value(std::nullptr_t) {}
template <class T>
requires std::same_as<T, bool> Value::Value(T value) : data_(value) {}
template <class T>
requires(std::integral<T> && !std::same_as<T, bool>) Value::Value(T value) {
    if (std::in_range<int64_t>(value)) {
        data_ = static_cast<int64_t>(value);
    } else {
        data_ = BigInteger{std::to_string(value)};
    }
}
inline Value::Value(double value) : data_(value) {}
inline Value::Value(std::string value) : data_(std::move(value)) {}
inline Value::Value(std::string_view value) : data_(std::string(value)) {}
inline Value::Value(const char* value) : data_(std::string(value)) {}

struct JsonOptions {
    enum class Duplicates : unsigned char { refuse, last_wins };
    Duplicates duplicates = Duplicates::refuse;
    uint32_t depth_max = 128;
    /// "\ud800" alone is no character; Python's json lets it pass. As WTF-8 when allowed.
    bool allow_lone_surrogates = false;
};

/// One value with nothing but white space around it. Errors say "line 3, column 5: …".
Result<Value> parse_json(std::string_view text, const JsonOptions& options = {});

struct JsonStyle {
    uint32_t indent = 0; ///< 0: one line
    bool blanks = false; ///< ", " and ": " on one line, as Python's json.dumps writes
    bool ascii = false;  ///< everything beyond ASCII as \uXXXX
    bool sorted = false; ///< members in order of key (to_json only)
};

std::string to_json(const Value& value, const JsonStyle& style = {});
/// The text in quotes, escaped. Bytes that are no UTF-8 become U+FFFD, so the result is always
/// JSON.
void append_json_string(std::string& out, std::string_view text, bool ascii = false);

/// Writes JSON piece by piece without building a tree. Not for two threads at once.
///
///     JsonWriter writer;
///     writer.begin_object().key("name").value("six").key("tags").begin_array();
///     writer.value("a").end_array().end_object();
///     writer.take()  →  {"name":"six","tags":["a"]}
class JsonWriter {
  public:
    explicit JsonWriter(JsonStyle style = {}) : style_(style) {}

    JsonWriter& begin_object();
    JsonWriter& end_object();
    JsonWriter& begin_array();
    JsonWriter& end_array();
    JsonWriter& key(std::string_view name);
    JsonWriter& value(const Value& value);
    JsonWriter& value(std::string_view text);
    JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(double number);
    template <class T>
    requires std::integral<T> JsonWriter& value(T number) {
        if constexpr (std::same_as<T, bool>) {
            return raw(number ? "true" : "false");
        } else {
            return raw(std::to_string(number));
        }
    }
    JsonWriter& null() { return raw("null"); }
    /// JSON text as it is, as one value.
    JsonWriter& raw(std::string_view json);

    /// What was written so far, for sending in pieces; the writer goes on behind it.
    std::string take() { return std::exchange(out_, {}); }
    const std::string& text() const { return out_; }

  private:
    void before_value();
    void line_break();
    JsonWriter& end(char bracket);

    JsonStyle style_;
    std::string out_;
    std::vector<bool> filled_; // one a level: has it a value already?
    bool after_key_ = false;
};

} // namespace pawl::text
