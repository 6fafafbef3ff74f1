#pragma once
// A wheel file into the store: check, unpack, verify, publish.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "archive/archive.h"
#include "base/digest.h"
#include "base/result.h"
#include "store/wheel_entry.h"

namespace pawl::install {

/// A wheel that lies on this disk, whole.
struct WheelSource {
    std::string_view path;
    std::string_view file_name;         ///< as index or lock name it; it must be a wheel's
    std::span<const Hash> hashes;       ///< expected; empty: nobody said (a local file)
    std::optional<uint64_t> size_bytes; ///< expected
    std::string_view verified_sha256;   ///< of its bytes, all hashes were checked; "" : not yet
    std::string_view url;               ///< to fetch it anew one day; without a password
};

struct UnpackOptions {
    archive::Limits limits;
    uint64_t metadata_bytes_max = uint64_t{16} << 20; ///< of METADATA, WHEEL, RECORD …
    bool allow_record_mismatch = false; ///< a digest that RECORD gets wrong is only warned about
    bool replace = false;               ///< the store's entry of this wheel, which is damaged
    bool strict_record = false;         ///< files that RECORD does not list are an error
};

/// The warning in a wheel's manifest about a file that RECORD does not list. Of dist-info's pylock/
/// such files are left out altogether: a lock that nobody vouches for is not even kept.
std::string unlisted_warning(std::string_view path);

/// Finds the wheel in the store by the sha256 of its bytes, or unpacks it there. The size and all
/// hashes are checked before the first byte is parsed, all rules before the entry gets its name:
/// on an error nothing is left. Any thread; several processes may unpack the same wheel.
///
/// Kinds: integrity (size, hash, RECORD, names disagree), refused (archive or names dangerous),
/// input (METADATA, WHEEL, entry_points.txt or file name malformed), disk.
Result<store::WheelEntry> unpack_wheel(const store::Store& store, const WheelSource& source,
                                       const UnpackOptions& options = {});

} // namespace pawl::install
