#pragma once
// Where something stands in a text: what every error of a parser says.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace pawl::text {

/// Counted from one. A column is a character, not a byte.
struct Place {
    uint32_t line = 1;
    uint32_t column = 1;
    std::string str() const {
        return "line " + std::to_string(line) + ", column " + std::to_string(column);
    }
    bool operator==(const Place&) const = default;
};

/// The place of a byte offset; walks the text, so it is for errors.
inline Place place_of(std::string_view text, size_t offset) {
    const std::string_view before = text.substr(0, offset);
    const size_t line_begin = before.rfind('\n') + 1; // npos + 1 is 0
    const auto is_character_begin = [](char c) { return (c & '\xc0') != '\x80'; };
    Place place;
    place.line += static_cast<uint32_t>(std::ranges::count(before, '\n'));
    place.column +=
        static_cast<uint32_t>(std::ranges::count_if(before.substr(line_begin), is_character_begin));
    return place;
}

} // namespace pawl::text
