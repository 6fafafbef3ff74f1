#pragma once
// RECORD of a wheel as it came: what it says about each file (packaging.python.org "Recording
// installed projects" and "Binary distribution format").

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"

namespace pawl::install {

struct RecordRow {
    std::optional<Hash> hash;
    std::optional<uint64_t> size_bytes;
    bool operator==(const RecordRow&) const = default;
};

/// By path. `weak` are the paths whose hash is md5 or sha1, which says nothing.
struct WheelRecord {
    std::map<std::string, RecordRow, std::less<>> rows;
    std::vector<std::string> weak;
};

/// Strict: UTF-8, CSV, three fields, paths by the grammar of archive members, digests of the right
/// length in URL-safe base64, sizes of decimal digits, and no path with two different rows.
Result<WheelRecord> parse_wheel_record(std::string_view text);

} // namespace pawl::install
