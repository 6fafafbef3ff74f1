#pragma once
// `pawl wheel show WHEEL…`: the locks that wheels carry, each checked.

#include <string>
#include <vector>

#include "base/result.h"
#include "ops/services.h"

namespace pawl::ops {

struct WheelShowRequest {
    std::vector<std::string> wheels; ///< paths
    bool json = false;
};

/// Kind::check_failed when a lock is there that nobody could use.
Result<> show_wheels(const WheelShowRequest& request, Services& services);

} // namespace pawl::ops
