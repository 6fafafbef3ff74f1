#pragma once
// What an index says today about files that a lock chose some time ago.

#include <vector>

#include "base/result.h"
#include "lock/model.h"
#include "ops/services.h"

namespace pawl::ops {

/// Warns of each locked file that was yanked since. What no index can be asked about (offline, no
/// answer, not there) is passed over: a lock installs without its index.
Result<> warn_of_yanked(const std::vector<const lock::Package*>& packages, const Settings& settings,
                        Services& services);

/// One of them: the reason may be "".
struct Yanked {
    const lock::Package* package = nullptr;
    std::string reason;
};
Result<std::vector<Yanked>> find_yanked(const std::vector<const lock::Package*>& packages,
                                        const Settings& settings, Services& services);

} // namespace pawl::ops
