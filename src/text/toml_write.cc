#include "text/toml_write.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "text/utf8.h"

namespace pawl::text {

namespace {

void append_escaped(std::string& out, unsigned char c) {
    static constexpr std::string_view from = "\"\\\b\f\n\r\t";
    static constexpr std::string_view to = "\"\\bfnrt";
    if (const size_t index = from.find(static_cast<char>(c)); index != from.npos) {
        out.push_back('\\');
        out.push_back(to[index]);
        return;
    }
    static constexpr std::string_view digits = "0123456789ABCDEF";
    out += "\\u00";
    out.push_back(digits[c >> 4u]);
    out.push_back(digits[c & 0xfu]);
}

/// ASCII that stands for itself in a basic string.
constexpr std::array<bool, 256> is_plain = [] {
    std::array<bool, 256> plain{};
    for (size_t c = 0x20; c < 0x7f; ++c) {
        plain[c] = c != '"' && c != '\\';
    }
    return plain;
}();

bool is_bare(std::string_view key) {
    return !key.empty() &&
           std::ranges::all_of(key, [](char c) { return is_alnum(c) || c == '_' || c == '-'; });
}

void append_key(std::string& out, std::string_view key) {
    if (is_bare(key)) {
        out.append(key);
    } else {
        append_toml_string(out, key);
    }
}

} // namespace

void append_toml_string(std::string& out, std::string_view text) {
    out.push_back('"');
    size_t run = 0;
    size_t at = 0;
    while (at < text.size()) {
        const auto c = static_cast<unsigned char>(text[at]);
        if (is_plain[c]) {
            ++at;
            continue;
        }
        const uint32_t length = c < 0x80 ? 0 : utf8_length(text, at);
        if (length > 0) {
            at += length;
            continue;
        }
        out.append(text, run, at - run);
        if (c < 0x80) {
            append_escaped(out, c);
        } else {
            utf8_append(out, 0xfffd);
        }
        run = ++at;
    }
    out.append(text, run);
    out.push_back('"');
}

std::string toml_string(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    append_toml_string(out, text);
    return out;
}

std::string toml_key(std::string_view key) {
    std::string out;
    append_key(out, key);
    return out;
}

std::string toml_dotted_key(std::span<const std::string> keys) {
    std::string out;
    for (const std::string& key : keys) {
        out += (out.empty() ? "" : ".") + toml_key(key);
    }
    return out;
}

std::string toml_strings(std::span<const std::string> texts) {
    std::string out = "[";
    for (const std::string& text : texts) {
        out += (out.size() > 1 ? ", " : "") + toml_string(text);
    }
    return out + "]";
}

std::string toml_datetime(Timestamp time) {
    return format_timestamp(time);
}

void TomlInlineTable::begin_entry(std::string_view key) {
    if (!is_empty()) {
        body_ += ", ";
    }
    append_key(body_, key);
    body_ += " = ";
}

TomlInlineTable& TomlInlineTable::entry(std::string_view key, std::string_view value) {
    begin_entry(key);
    body_ += value;
    return *this;
}

TomlInlineTable& TomlInlineTable::string(std::string_view key, std::string_view text) {
    begin_entry(key);
    append_toml_string(body_, text);
    return *this;
}

void TomlWriter::blank_line() {
    if (!out_.empty() && !out_.ends_with("\n\n")) {
        out_.push_back('\n');
    }
}

TomlWriter& TomlWriter::entry(std::string_view key, std::string_view value) {
    append_key(out_, key);
    out_ += " = ";
    out_ += value;
    out_.push_back('\n');
    return *this;
}

TomlWriter& TomlWriter::string(std::string_view key, std::string_view text) {
    append_key(out_, key);
    out_ += " = ";
    append_toml_string(out_, text);
    out_.push_back('\n');
    return *this;
}

TomlWriter& TomlWriter::lines(std::string_view key, std::span<const std::string> values) {
    if (values.empty()) {
        return entry(key, "[]");
    }
    append_key(out_, key);
    out_ += " = [\n";
    for (const std::string& value : values) {
        out_.append("    ").append(value).append(",\n");
    }
    out_ += "]\n";
    return *this;
}

TomlWriter& TomlWriter::table(std::string_view header) {
    blank_line();
    out_.append("[").append(header).append("]\n");
    return *this;
}

TomlWriter& TomlWriter::array_table(std::string_view header) {
    blank_line();
    out_.append("[[").append(header).append("]]\n");
    return *this;
}

TomlWriter& TomlWriter::comment(std::string_view line) {
    out_.append(line.empty() ? "#" : "# ").append(line).append("\n");
    return *this;
}

TomlWriter& TomlWriter::raw(std::string_view text) {
    out_ += text;
    return *this;
}

} // namespace pawl::text
