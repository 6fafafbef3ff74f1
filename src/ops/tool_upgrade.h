#pragma once
// `pawl tool upgrade`: a newer wheel with its lock, as the tool was asked for.

#include <string>
#include <vector>

#include "base/result.h"
#include "ops/services.h"

namespace pawl::ops {

struct ToolUpgradeRequest {
    std::vector<std::string> names;
    bool all = false;
    bool reinstall = false; ///< make each anew even when nothing is newer
};

/// One that fails stays as it was, and the others are upgraded all the same; the first error is
/// the result.
Result<> upgrade_tools(const ToolUpgradeRequest& request, Services& services);

} // namespace pawl::ops
