#pragma once
// `pawl diff A B`: what changed from one lock to another, package by package.

#include <string>

#include "base/result.h"
#include "ops/services.h"

namespace pawl::ops {

struct DiffRequest {
    std::string before, after; ///< each as for find_named_lock()
    bool json = false;
};

/// Kind::check_failed when they differ.
Result<> diff_locks(const DiffRequest& request, Services& services);

} // namespace pawl::ops
