#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace pawl {

std::string to_lower(std::string_view text) {
    std::string lowered(text);
    for (char& c : lowered) {
        c = to_lower(c);
    }
    return lowered;
}

std::string_view trim_right(std::string_view text) {
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    return trim_right(text);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        size_t at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(at + 1);
    }
}

std::vector<std::string_view> split_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        size_t at = text.find('\n');
        std::string_view line = text.substr(0, at);
        text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        lines.push_back(line);
    }
    return lines;
}

std::optional<Halves> split_once(std::string_view text, char separator) {
    size_t at = text.find(separator);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    return Halves{text.substr(0, at), text.substr(at + 1)};
}

std::string join(std::span<const std::string> parts, std::string_view between) {
    std::string joined;
    for (const std::string& part : parts) {
        if (&part != parts.data()) {
            joined += between;
        }
        joined += part;
    }
    return joined;
}

std::string join_words(std::span<const std::string> words) {
    if (words.size() < 2) {
        return words.empty() ? std::string() : words[0];
    }
    return join(words.first(words.size() - 1), ", ") + " and " + words.back();
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
    std::string replaced;
    for (;;) {
        size_t at = from.empty() ? std::string_view::npos : text.find(from);
        replaced += text.substr(0, at);
        if (at == std::string_view::npos) {
            return replaced;
        }
        replaced += to;
        text.remove_prefix(at + from.size());
    }
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return to_lower(x) == to_lower(y); });
}

std::optional<uint64_t> parse_unsigned(std::string_view text) {
    uint64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::string to_hex(std::span<const unsigned char> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (unsigned char byte : bytes) {
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return hex;
}

static int hex_value(char c) {
    if (is_digit(c)) {
        return c - '0';
    }
    char lowered = to_lower(c);
    return lowered >= 'a' && lowered <= 'f' ? lowered - 'a' + 10 : -1;
}

std::optional<std::vector<unsigned char>> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) {
        return std::nullopt;
    }
    std::vector<unsigned char> bytes;
    bytes.reserve(text.size() / 2);
    for (size_t i = 0; i < text.size(); i += 2) {
        int high = hex_value(text[i]);
        int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        bytes.push_back(static_cast<unsigned char>(high * 16 + low));
    }
    return bytes;
}

bool is_hex(std::string_view text) {
    return text.size() % 2 == 0 &&
           std::ranges::all_of(text, [](char c) { return hex_value(c) >= 0; });
}

namespace {

struct CodePoint {
    uint32_t value = 0;
    size_t bytes = 0; // 0: these bytes are no UTF-8
};

CodePoint decode_utf8(std::string_view text) {
    auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    unsigned char first = byte(0);
    if (first < 0x80) {
        return {first, 1};
    }
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) {
        return {};
    }
    uint32_t value = first & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) {
            return {};
        }
        value = (value << 6) | (byte(i) & 0x3Fu);
    }
    constexpr std::array<uint32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
    bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < smallest[length] || value > 0x10FFFF || surrogate) {
        return {};
    }
    return {value, length};
}

/// Characters that move the cursor, hide text or turn its direction.
bool is_treacherous(uint32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
           (c >= 0xE0000 && c <= 0xE007F);
}

} // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        size_t bytes = decode_utf8(text).bytes;
        if (bytes == 0) {
            return false;
        }
        text.remove_prefix(bytes);
    }
    return true;
}

std::string printable(std::string_view text) {
    std::string safe;
    safe.reserve(text.size());
    std::array<char, 16> escape{};
    while (!text.empty()) {
        CodePoint point = decode_utf8(text);
        if (point.bytes == 0 || (point.value < 0x100 && is_treacherous(point.value))) {
            uint32_t value = point.bytes == 0 ? static_cast<unsigned char>(text[0]) : point.value;
            std::snprintf(escape.data(), escape.size(), "\\x%02x", value);
            safe += escape.data();
        } else if (is_treacherous(point.value)) {
            std::snprintf(escape.data(), escape.size(), "\\u{%x}", point.value);
            safe += escape.data();
        } else {
            safe += text.substr(0, point.bytes);
        }
        text.remove_prefix(std::max<size_t>(point.bytes, 1));
    }
    return safe;
}

std::string format_bytes(uint64_t bytes) {
    constexpr std::array<const char*, 5> units = {"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(bytes);
    size_t unit = 0;
    while (value >= 1024 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    return text.data();
}

} // namespace pawl
