#pragma once
// Small helpers over text. All are pure and ASCII-minded: nothing here looks at a locale.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pawl {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
constexpr bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
constexpr bool is_alpha(char c) {
    return is_upper(c) || is_lower(c);
}
constexpr bool is_alnum(char c) {
    return is_alpha(c) || is_digit(c);
}
/// Blank, tab, line feed, vertical tab, form feed, carriage return.
constexpr bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}
constexpr char to_lower(char c) {
    return is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c;
}

std::string to_lower(std::string_view text);
std::string_view trim(std::string_view text);
std::string_view trim_right(std::string_view text);

/// The parts between separators; an empty text has one empty part. Views into `text`.
std::vector<std::string_view> split(std::string_view text, char separator);

/// The lines without their endings ("\n" and "\r\n"); a last empty line is not one.
std::vector<std::string_view> split_lines(std::string_view text);

struct Halves {
    std::string_view before, after;
};
/// What stands before and after the first `separator`; nothing when there is none.
std::optional<Halves> split_once(std::string_view text, char separator);

std::string join(std::span<const std::string> parts, std::string_view between);

/// "a", "a and b", "a, b and c".
std::string join_words(std::span<const std::string> words);

std::string replace_all(std::string_view text, std::string_view from, std::string_view to);
bool equals_ignoring_case(std::string_view a, std::string_view b);

/// Decimal digits only: no sign, no blanks; nothing when it is not a number or does not fit.
std::optional<uint64_t> parse_unsigned(std::string_view text);

std::string to_hex(std::span<const unsigned char> bytes);
/// Lower or upper case; nothing when a character is no hexadecimal digit or the count is odd.
std::optional<std::vector<unsigned char>> from_hex(std::string_view text);
/// Whether from_hex() takes it.
bool is_hex(std::string_view text);

/// Whether the bytes are UTF-8 without overlong forms or surrogates.
bool is_utf8(std::string_view text);

/// Makes foreign text safe to print: control characters, escape sequences, bidi controls and bytes
/// that are no UTF-8 become \xNN or \u{…}. Every message that quotes outside data passes through
/// it.
std::string printable(std::string_view text);

/// "512 B", "1.2 MiB".
std::string format_bytes(uint64_t bytes);

} // namespace pawl
