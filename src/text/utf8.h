#pragma once
// UTF-8, decoded strictly: no overlong forms, no surrogates, nothing above U+10FFFF.

#include <cstdint>
#include <string>
#include <string_view>

namespace pawl::text {

/// The bytes of the character that begins at `at`; 0 when there is none that is well formed.
uint32_t utf8_length(std::string_view text, size_t at);
/// The code point of a character that utf8_length() measured.
uint32_t utf8_decode(std::string_view character);
/// `code_point` must not be above U+10FFFF. Surrogates are encoded as they are (WTF-8).
void utf8_append(std::string& out, uint32_t code_point);
/// Where the first byte stands that is not UTF-8; text.size() when all is well.
size_t utf8_error(std::string_view text);

} // namespace pawl::text
