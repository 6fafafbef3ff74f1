#include "text/utf8.h"

#include <cstring>

namespace pawl::text {

namespace {

constexpr unsigned char byte_at(std::string_view text, size_t at) {
    return static_cast<unsigned char>(text[at]);
}

constexpr bool is_continuation(unsigned char byte) {
    return (byte & 0xc0u) == 0x80u;
}

} // namespace

uint32_t utf8_length(std::string_view text, size_t at) {
    const unsigned char first = byte_at(text, at);
    if (first < 0x80) {
        return 1;
    }
    const uint32_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() - at < length) {
        return 0;
    }
    for (uint32_t i = 1; i < length; ++i) {
        if (!is_continuation(byte_at(text, at + i))) {
            return 0;
        }
    }
    // The second byte rules out overlong forms, surrogates and what lies above U+10FFFF.
    const unsigned char second = byte_at(text, at + 1);
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
        (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) {
        return 0;
    }
    return length;
}

uint32_t utf8_decode(std::string_view character) {
    const uint32_t first = byte_at(character, 0);
    if (first < 0x80) {
        return first;
    }
    uint32_t code_point = first >= 0xf0   ? first & 0x07u
                          : first >= 0xe0 ? first & 0x0fu
                                          : first & 0x1fu;
    const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    for (size_t i = 1; i < length; ++i) {
        code_point = (code_point << 6u) | (byte_at(character, i) & 0x3fu);
    }
    return code_point;
}

void utf8_append(std::string& out, uint32_t code_point) {
    auto put = [&out](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xc0u | (code_point >> 6u));
        put(0x80u | (code_point & 0x3fu));
    } else if (code_point < 0x10000) {
        put(0xe0u | (code_point >> 12u));
        put(0x80u | ((code_point >> 6u) & 0x3fu));
        put(0x80u | (code_point & 0x3fu));
    } else {
        put(0xf0u | (code_point >> 18u));
        put(0x80u | ((code_point >> 12u) & 0x3fu));
        put(0x80u | ((code_point >> 6u) & 0x3fu));
        put(0x80u | (code_point & 0x3fu));
    }
}

size_t utf8_error(std::string_view text) {
    size_t at = 0;
    while (at < text.size()) {
        // Eight ASCII bytes at a time: almost all of every text that we read.
        uint64_t word = 0;
        if (text.size() - at >= sizeof word) {
            std::memcpy(&word, text.data() + at, sizeof word);
            if ((word & 0x8080808080808080u) == 0) {
                at += sizeof word;
                continue;
            }
        }
        const uint32_t length = utf8_length(text, at);
        if (length == 0) {
            return at;
        }
        at += length;
    }
    return at;
}

} // namespace pawl::text
