#pragma once
// `pawl cache size|clean|prune|verify`: what the cache takes, taking away what nobody uses, and
// finding what is no longer what it was.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace pawl::store {

struct SizePart {
    std::string name; ///< "wheels", "envs", "http", …
    uint64_t entries = 0;
    uint64_t bytes = 0; ///< on the disk; a hard link counts once
};
/// What the cache takes, by directory.
Result<std::vector<SizePart>> size(const Store& store);

struct Removed {
    uint64_t entries = 0;
    uint64_t bytes = 0;
    uint64_t kept_in_use = 0; ///< what could not be removed because somebody uses it
};
/// Removes everything that is not in use.
Result<Removed> clean(const Store& store, int wait_ms = 5'000);

struct PruneOptions {
    int64_t environment_age_us = int64_t{30} * 86'400 * 1'000'000; ///< since its last use
    int wait_ms = 5'000; ///< for installations that run; then wheels are left for the next time
};
/// Removes what died processes left, environments that were not used for long, and wheels that no
/// environment, root or running command refers to.
Result<Removed> prune(const Store& store, const PruneOptions& options = {});

/// Something of the cache that is not what was once put there.
struct Damage {
    enum class What : unsigned char {
        wheel,       ///< a file of a wheel, or its manifest
        bytecode,    ///< made again when it is needed
        environment, ///< a file of its own; made again when it is needed
        pack,        ///< records that are found to be damaged are not used anyway
        record,      ///< a small sealed file
    };
    What what = What::wheel;
    std::string path;    ///< of the entry, absolute
    std::string message; ///< printable; names the file
    // Of a wheel whose manifest can still be read, to fetch it anew:
    std::string sha256, file_name, url;
};
struct VerifyReport {
    uint64_t wheels = 0, environments = 0, others = 0; ///< that were looked at
    uint64_t unmarked = 0; ///< files of bytecode that Python itself wrote: nobody knows their hash
    std::vector<Damage> damaged;
    /// What a power cut left half of. Nobody uses it: it is checked, and made anew, before.
    std::vector<Damage> unfinished;
};
/// Hashes every file of the store. Changes nothing.
Result<VerifyReport> verify(const Store& store);
/// Takes away what is damaged, with the environments that link to it, so that it is made or fetched
/// again. False when somebody is using it: then it stays.
Result<bool> take_away(const Store& store, const Damage& damage);

} // namespace pawl::store
