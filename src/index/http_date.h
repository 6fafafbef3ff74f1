#pragma once
// Dates as HTTP headers write them (RFC 9110 §5.6.7).

#include <cstdint>
#include <optional>
#include <string_view>

namespace pawl::index {

/// "Sun, 06 Nov 1994 08:49:37 GMT" → seconds since 1970. The two obsolete forms are not read: a
/// date that cannot be read counts as long past (RFC 9111 §5.3).
std::optional<int64_t> parse_http_date(std::string_view text);

} // namespace pawl::index
