#pragma once
// `pawl lock SCRIPT…`: write the lock, or check it.

#include <string>
#include <vector>

#include "base/result.h"
#include "ops/services.h"

namespace pawl::ops {

struct LockRequest {
    std::vector<std::string> scripts;
    std::string output; ///< "" for the usual place
    bool embed = false;
    bool check = false; ///< write nothing; Kind::check_failed when it is missing or stale
    bool upgrade = false;
    std::vector<std::string> upgrade_packages; ///< "P" or "P==V"
    bool this_environment = false;
    std::vector<std::string> environments; ///< markers
};

Result<> lock_scripts(const LockRequest& request, Services& services);

} // namespace pawl::ops
