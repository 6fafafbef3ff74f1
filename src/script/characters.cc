#include "script/characters.h"

#include <algorithm>

namespace pawl::script {

bool is_string_prefix(std::string_view word) {
    static constexpr std::string_view prefixes[] = {"r",  "u",  "b",  "f",  "t", "br",
                                                    "rb", "fr", "rf", "tr", "rt"};
    if (word.empty() || word.size() > 2) {
        return false;
    }
    const char lower[2] = {to_lower(word[0]), to_lower(word.back())};
    return std::ranges::count(prefixes, std::string_view(lower, word.size())) != 0;
}

char32_t code_point_at(std::string_view text, size_t offset) {
    const auto byte = [&](size_t i) -> char32_t {
        return offset + i < text.size() ? static_cast<unsigned char>(text[offset + i]) : 0;
    };
    const auto tail = [&](size_t i) { return byte(i) & 0x3f; };
    const char32_t first = byte(0);
    if (first < 0xc0) {
        return first;
    }
    if (first < 0xe0) {
        return ((first & 0x1f) << 6) | tail(1);
    }
    if (first < 0xf0) {
        return ((first & 0x0f) << 12) | (tail(1) << 6) | tail(2);
    }
    return ((first & 0x07) << 18) | (tail(1) << 12) | (tail(2) << 6) | tail(3);
}

bool is_never_identifier(char32_t c) {
    struct Range {
        char32_t first, last;
    };
    // Blocks of punctuation, symbols and blanks without the few letters and joiners in them.
    static constexpr Range ranges[] = {
        {0x80, 0xa9},       {0xab, 0xb4},     {0xb6, 0xb6},     {0xb8, 0xb9},     {0xbb, 0xbf},
        {0xd7, 0xd7},       {0xf7, 0xf7},     {0x2000, 0x203e}, {0x2041, 0x2053}, {0x2055, 0x206f},
        {0x20a0, 0x20cf},   {0x2190, 0x2bff}, {0x3000, 0x3004}, {0x3008, 0x3020}, {0xfeff, 0xfeff},
        {0xff01, 0xff0f},   {0xff1a, 0xff20}, {0xff3b, 0xff3e}, {0xff5b, 0xff65}, {0xfffd, 0xfffd},
        {0x1f000, 0x1fbef},
    };
    return std::ranges::any_of(ranges, [c](const Range& r) { return c >= r.first && c <= r.last; });
}

bool is_invisible(char32_t c) {
    return (c >= 0x80 && c <= 0xa0) || c == 0xad || (c >= 0x2000 && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202f) || (c >= 0x205f && c <= 0x206f) || c == 0x3000 ||
           c == 0xfeff;
}

} // namespace pawl::script
