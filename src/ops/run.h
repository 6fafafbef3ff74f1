#pragma once
// `pawl run SCRIPT [ARGS…]`: the script with its locked dependencies, in this very process.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ops/services.h"

namespace pawl::ops {

struct RunRequest {
    std::string script; ///< a path, or "-"
    std::vector<std::string> arguments;
    bool locked = false;           ///< a missing or stale lock is an error
    bool frozen = false;           ///< the lock is used as it is
    bool upgrade = false;          ///< without a lock: forget what was resolved before
    std::vector<std::string> with; ///< further requirements
    /// The options as given: with the variables that matter, they are part of the stamp's key.
    std::vector<std::string> options;
    bool use_stamp = false; ///< the options leave the answer to the script's own files
};

/// The warm path: replaces this process when a stamp holds, and returns otherwise. Builds no
/// Services, parses nothing. `cache_directory` "" is the default one.
void run_by_stamp(const RunRequest& request, std::string_view cache_directory);

/// Returns only on failure: a success has replaced this process.
Error run_script(const RunRequest& request, Services& services);

} // namespace pawl::ops
