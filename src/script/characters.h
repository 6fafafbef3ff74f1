#pragma once
// What a byte can begin or be part of in Python's source.

#include <array>
#include <cstdint>
#include <string_view>

#include "base/text.h"

namespace pawl::script {

enum class CharClass : uint8_t {
    other,
    end,
    identifier,
    digit,
    quote,
    blank,
    newline,
    comment,
    escape
};

constexpr std::array<CharClass, 256> make_char_classes() {
    std::array<CharClass, 256> classes{};
    for (size_t byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        if (is_alpha(c) || c == '_' || byte >= 0x80) {
            classes[byte] = CharClass::identifier;
        } else if (is_digit(c)) {
            classes[byte] = CharClass::digit;
        }
    }
    classes[0] = CharClass::end;
    classes['\''] = classes['"'] = CharClass::quote;
    classes[' '] = classes['\t'] = classes['\f'] = CharClass::blank;
    classes['\n'] = CharClass::newline;
    classes['#'] = CharClass::comment;
    classes['\\'] = CharClass::escape;
    return classes;
}
inline constexpr std::array<CharClass, 256> char_classes = make_char_classes();

constexpr CharClass class_of(char c) {
    return char_classes[static_cast<unsigned char>(c)];
}
constexpr bool is_identifier_begin(char c) {
    return class_of(c) == CharClass::identifier;
}
constexpr bool is_identifier_part(char c) {
    return class_of(c) == CharClass::identifier || class_of(c) == CharClass::digit;
}
/// A quote, a backslash, a newline or the end.
constexpr bool may_end_string(char c) {
    const CharClass found = class_of(c);
    return found == CharClass::quote || found == CharClass::escape || found == CharClass::newline ||
           found == CharClass::end;
}
constexpr bool is_blank(char c) {
    return class_of(c) == CharClass::blank;
}

/// What may stand before a string's quote: r, u, b, f, t and some pairs of them, in any case.
bool is_string_prefix(std::string_view word);

/// The code point that begins at `offset` of valid UTF-8.
char32_t code_point_at(std::string_view text, size_t offset);

/// Characters that people paste and that no identifier may hold: typographic quotes and dashes,
/// no-break blanks, full-width punctuation, arrows, pictures. Not the whole of what UAX 31 forbids.
bool is_never_identifier(char32_t c);
/// Of those, the ones that cannot be seen.
bool is_invisible(char32_t c);

} // namespace pawl::script
