#include "text/json.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"

namespace pawl::text {

namespace {

template <class Objects>
auto find_in(Objects& members, std::string_view key) -> decltype(&members.front().value) {
    for (auto& member : members) {
        if (member.key == key) {
            return &member.value;
        }
    }
    return nullptr;
}

std::vector<const Value::Member*> sorted_members(const Value::Object& members) {
    std::vector<const Value::Member*> order;
    order.reserve(members.size());
    for (const Value::Member& member : members) {
        order.push_back(&member);
    }
    std::ranges::stable_sort(order, {},
                             [](const Value::Member* m) -> std::string_view { return m->key; });
    return order;
}

} // namespace

Value::Value(Array elements) : data_(std::move(elements)) {}
Value::Value(Object members) : data_(std::move(members)) {}
Value Value::array(std::initializer_list<Value> elements) {
    return {Array(elements)};
}
Value Value::object(std::initializer_list<Member> members) {
    return {Object(members)};
}

Value Value::integer_of(std::string_view digits) {
    int64_t number = 0;
    const char* end = digits.data() + digits.size();
    auto [stop, error] = std::from_chars(digits.data(), end, number);
    Value value;
    if (error == std::errc() && stop == end) {
        value.data_ = number;
    } else {
        value.data_ = BigInteger{std::string(digits)};
    }
    return value;
}

bool Value::as_bool() const {
    check(is_bool());
    return std::get<bool>(data_);
}

int64_t Value::as_integer() const {
    check(is_integer());
    return std::get<int64_t>(data_);
}

double Value::as_double() const {
    check(is_number());
    if (kind() == Kind::integer) {
        return static_cast<double>(as_integer());
    }
    if (kind() == Kind::floating) {
        return std::get<double>(data_);
    }
    double number = 0;
    std::from_chars(digits().data(), digits().data() + digits().size(), number);
    return number;
}

const std::string& Value::as_string() const {
    check(is_string());
    return std::get<std::string>(data_);
}

const std::string& Value::digits() const {
    check(kind() == Kind::big_integer);
    return std::get<BigInteger>(data_).digits;
}

const Value::Array& Value::as_array() const {
    check(is_array());
    return std::get<Array>(data_);
}

Value::Array& Value::as_array() {
    check(is_array());
    return std::get<Array>(data_);
}

const Value::Object& Value::as_object() const {
    check(is_object());
    return std::get<Object>(data_);
}

Value::Object& Value::as_object() {
    check(is_object());
    return std::get<Object>(data_);
}

const Value* Value::find(std::string_view key) const {
    return is_object() ? find_in(std::get<Object>(data_), key) : nullptr;
}

Value* Value::find(std::string_view key) {
    return is_object() ? find_in(std::get<Object>(data_), key) : nullptr;
}

std::optional<std::string_view> Value::string_at(std::string_view key) const {
    const Value* value = find(key);
    if (value == nullptr || !value->is_string()) {
        return std::nullopt;
    }
    return value->as_string();
}

std::optional<int64_t> Value::integer_at(std::string_view key) const {
    const Value* value = find(key);
    if (value == nullptr || !value->is_integer()) {
        return std::nullopt;
    }
    return value->as_integer();
}

std::optional<bool> Value::bool_at(std::string_view key) const {
    const Value* value = find(key);
    if (value == nullptr || !value->is_bool()) {
        return std::nullopt;
    }
    return value->as_bool();
}

const Value::Array* Value::array_at(std::string_view key) const {
    const Value* value = find(key);
    return value != nullptr && value->is_array() ? &value->as_array() : nullptr;
}

const Value* Value::object_at(std::string_view key) const {
    const Value* value = find(key);
    return value != nullptr && value->is_object() ? value : nullptr;
}

Value& Value::set(std::string_view key, Value value) {
    if (is_null()) {
        data_ = Object{};
    }
    if (Value* present = find_in(as_object(), key)) {
        *present = std::move(value);
        return *present;
    }
    as_object().push_back({std::string(key), std::move(value)});
    return as_object().back().value;
}

void Value::push_back(Value value) {
    if (is_null()) {
        data_ = Array{};
    }
    as_array().push_back(std::move(value));
}

bool Value::operator==(const Value& other) const {
    if (!is_object() || !other.is_object()) {
        if (is_array() && other.is_array()) {
            return as_array() == other.as_array();
        }
        if (kind() != other.kind()) {
            return false;
        }
        switch (kind()) {
        case Kind::boolean:
            return as_bool() == other.as_bool();
        case Kind::integer:
            return as_integer() == other.as_integer();
        case Kind::big_integer:
            return digits() == other.digits();
        case Kind::floating:
            return as_double() == other.as_double();
        case Kind::string:
            return as_string() == other.as_string();
        default:
            return true; // null
        }
    }
    auto mine = sorted_members(as_object());
    auto others = sorted_members(other.as_object());
    return std::ranges::equal(mine, others, [](const Member* a, const Member* b) {
        return a->key == b->key && a->value == b->value;
    });
}

} // namespace pawl::text
