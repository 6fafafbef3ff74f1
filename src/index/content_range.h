#pragma once
// "Content-Range: bytes 10-19/100" (RFC 9110 §14.4).

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace pawl::index {

struct ContentRange {
    uint64_t first = 0, last = 0;
    std::optional<uint64_t> total; ///< absent for "*"
};

inline std::optional<ContentRange> parse_content_range(std::string_view text) {
    text = trim(text);
    if (!text.starts_with("bytes ")) {
        return std::nullopt;
    }
    auto range_and_total = split_once(text.substr(6), '/');
    auto ends = range_and_total ? split_once(range_and_total->before, '-') : std::nullopt;
    auto first = ends ? parse_unsigned(trim(ends->before)) : std::nullopt;
    auto last = ends ? parse_unsigned(trim(ends->after)) : std::nullopt;
    if (!first || !last || *last < *first) {
        return std::nullopt;
    }
    ContentRange range{.first = *first, .last = *last, .total = std::nullopt};
    if (range_and_total->after != "*") {
        range.total = parse_unsigned(range_and_total->after);
        if (!range.total || *range.total <= *last) {
            return std::nullopt;
        }
    }
    return range;
}

} // namespace pawl::index
