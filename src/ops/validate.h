#pragma once
// `pawl validate LOCK…`: what is wrong with a lock, by the standard and by pawl's own rules.

#include <string>
#include <vector>

#include "base/result.h"
#include "ops/services.h"

namespace pawl::ops {

struct ValidateRequest {
    std::vector<std::string> what; ///< each as for find_named_lock(); none: the project here
    bool deep = false;  ///< hold it against what its packages say they need (lock/verify.h)
    bool build = false; ///< with deep: sdists may be built
    bool json = false;
};

/// Kind::check_failed when one of them is not valid.
Result<> validate_locks(const ValidateRequest& request, Services& services);

} // namespace pawl::ops
