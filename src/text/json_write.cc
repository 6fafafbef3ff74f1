#include "text/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/check.h"
#include "text/utf8.h"

namespace pawl::text {

namespace {

void append_unit(std::string& out, uint32_t unit) {
    static constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u";
    for (uint32_t shift = 16; shift > 0; shift -= 4) {
        out.push_back(digits[(unit >> (shift - 4)) & 0xfu]);
    }
}

void append_escape(std::string& out, unsigned char c) {
    switch (c) {
    case '"':
        out += "\\\"";
        break;
    case '\\':
        out += "\\\\";
        break;
    case '\b':
        out += "\\b";
        break;
    case '\f':
        out += "\\f";
        break;
    case '\n':
        out += "\\n";
        break;
    case '\r':
        out += "\\r";
        break;
    case '\t':
        out += "\\t";
        break;
    default:
        append_unit(out, c);
    }
}

void append_beyond_ascii(std::string& out, std::string_view character, bool ascii) {
    const uint32_t code_point = character.empty() ? 0xfffd : utf8_decode(character);
    if (!ascii) {
        utf8_append(out, code_point);
    } else if (code_point < 0x10000) {
        append_unit(out, code_point);
    } else {
        append_unit(out, 0xd800 + ((code_point - 0x10000) >> 10u));
        append_unit(out, 0xdc00 + ((code_point - 0x10000) & 0x3ffu));
    }
}

/// Shortest text that reads back as the same number, always with a mark of being no integer. JSON
/// has no infinity and no "not a number": they become null.
std::string number_text(double number) {
    if (!std::isfinite(number)) {
        return "null";
    }
    char buffer[40];
    auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, number);
    check(error == std::errc());
    std::string text(buffer, end);
    if (text.find_first_of(".e") == text.npos) {
        text += ".0";
    }
    return text;
}

void write_value(JsonWriter& writer, const Value& value, bool sorted) {
    switch (value.kind()) {
    case Value::Kind::null:
        writer.null();
        return;
    case Value::Kind::boolean:
        writer.value(value.as_bool());
        return;
    case Value::Kind::integer:
        writer.value(value.as_integer());
        return;
    case Value::Kind::big_integer:
        writer.raw(value.digits());
        return;
    case Value::Kind::floating:
        writer.value(value.as_double());
        return;
    case Value::Kind::string:
        writer.value(value.as_string());
        return;
    case Value::Kind::array:
        writer.begin_array();
        for (const Value& element : value.as_array()) {
            write_value(writer, element, sorted);
        }
        writer.end_array();
        return;
    case Value::Kind::object:
        break;
    }
    std::vector<const Value::Member*> members;
    for (const Value::Member& member : value.as_object()) {
        members.push_back(&member);
    }
    if (sorted) {
        // UTF-8 bytes sort as code points do.
        std::ranges::stable_sort(members, {}, [](const Value::Member* member) -> std::string_view {
            return member->key;
        });
    }
    writer.begin_object();
    for (const Value::Member* member : members) {
        writer.key(member->key);
        write_value(writer, member->value, sorted);
    }
    writer.end_object();
}

} // namespace

void append_json_string(std::string& out, std::string_view text, bool ascii) {
    out.push_back('"');
    size_t run = 0;
    size_t at = 0;
    while (at < text.size()) {
        const auto c = static_cast<unsigned char>(text[at]);
        if (c >= 0x20 && c != '"' && c != '\\' && c < 0x7f) {
            ++at;
            continue;
        }
        out.append(text, run, at - run);
        if (c < 0x80) {
            append_escape(out, c);
            ++at;
        } else {
            const uint32_t length = utf8_length(text, at);
            append_beyond_ascii(out, text.substr(at, length), ascii);
            at += std::max(length, 1u);
        }
        run = at;
    }
    out.append(text, run);
    out.push_back('"');
}

std::string to_json(const Value& value, const JsonStyle& style) {
    JsonWriter writer(style);
    write_value(writer, value, style.sorted);
    return writer.take();
}

void JsonWriter::line_break() {
    if (style_.indent > 0) {
        out_.push_back('\n');
        out_.append(filled_.size() * style_.indent, ' ');
    }
}

void JsonWriter::before_value() {
    if (after_key_) {
        after_key_ = false;
        return;
    }
    if (filled_.empty()) {
        return;
    }
    if (filled_.back()) {
        out_ += style_.blanks && style_.indent == 0 ? ", " : ",";
    }
    filled_.back() = true;
    line_break();
}

JsonWriter& JsonWriter::begin_object() {
    before_value();
    out_.push_back('{');
    filled_.push_back(false);
    return *this;
}

JsonWriter& JsonWriter::begin_array() {
    before_value();
    out_.push_back('[');
    filled_.push_back(false);
    return *this;
}

JsonWriter& JsonWriter::end(char bracket) {
    check(!filled_.empty() && !after_key_);
    const bool was_filled = filled_.back();
    filled_.pop_back();
    if (was_filled) {
        line_break();
    }
    out_.push_back(bracket);
    return *this;
}

JsonWriter& JsonWriter::end_object() {
    return end('}');
}
JsonWriter& JsonWriter::end_array() {
    return end(']');
}

JsonWriter& JsonWriter::key(std::string_view name) {
    check(!after_key_);
    before_value();
    append_json_string(out_, name, style_.ascii);
    out_ += style_.blanks || style_.indent > 0 ? ": " : ":";
    after_key_ = true;
    return *this;
}

JsonWriter& JsonWriter::value(const Value& value) {
    write_value(*this, value, style_.sorted);
    return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
    before_value();
    append_json_string(out_, text, style_.ascii);
    return *this;
}

JsonWriter& JsonWriter::value(double number) {
    return raw(number_text(number));
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    before_value();
    out_ += json;
    return *this;
}

} // namespace pawl::text
