#pragma once
// Whether a lock that came from elsewhere may take files from the hosts that it names.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lock/model.h"
#include "ops/services.h"

namespace pawl::ops {

/// Where the lock came from.
struct LockOrigin {
    std::string name; ///< "black 24.1", for the question
    std::string url;  ///< of the wheel or of the lock itself; "" for a file of this disk
};

/// Allowed are the host that the lock itself came from, the user's indexes, hosts on which these
/// indexes have the very files, and those that the user listed (`allowed`, settings). For any other
/// the user is asked on the terminal; no answer is a refusal (Kind::permission). Hosts that were
/// agreed to now are added to `allowed`. Ports do not count.
Result<> agree_to_hosts(const lock::Lock& lock, const LockOrigin& origin, const Settings& settings,
                        std::vector<std::string>& allowed, Services& services);

} // namespace pawl::ops
