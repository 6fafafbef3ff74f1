#pragma once
// Times as numbers, and RFC 3339 as text. What must be testable takes the time as an argument.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pawl {

/// Microseconds since 1970-01-01T00:00:00Z.
struct Timestamp {
    int64_t microseconds = 0;
    auto operator<=>(const Timestamp&) const = default;
};

Timestamp now();
/// Never goes back; for durations only.
int64_t monotonic_ns();

/// RFC 3339 ("2026-11-20T10:00:00.5+01:00", a blank for the T is fine, no offset means UTC) or a
/// date, which means its first moment in UTC.
Result<Timestamp> parse_timestamp(std::string_view text);
/// "2026-11-20T10:00:00Z", with as many digits of the second as are needed (none, 3 or 6).
std::string format_timestamp(Timestamp time);
/// A span of time: "7 days", "2w", "36h", "P7D", "PT36H" → microseconds.
Result<int64_t> parse_duration(std::string_view text);

} // namespace pawl
