#pragma once
// `pawl wheel lock WHEEL`: puts a lock into a wheel.

#include <string>
#include <vector>

#include "base/result.h"
#include "ops/services.h"

namespace pawl::ops {

struct WheelLockRequest {
    std::string wheel;            ///< path
    std::string name;             ///< "" for pylock.toml, else that of pylock.NAME.toml
    std::string lock;             ///< a lock to put in; "" resolves what the wheel asks for
    std::string output_directory; ///< "" changes the wheel in its place
    bool upgrade = false;         ///< forget the versions of the lock that is in the wheel
    std::vector<std::string> upgrade_packages; ///< "P" or "P==V"
    std::vector<std::string> environments;     ///< markers; none: wherever the wheel itself fits
    std::vector<std::string> extras;           ///< only these of the wheel's extras; none: all
    bool no_extras = false;
};

Result<> lock_wheel(const WheelLockRequest& request, Services& services);

} // namespace pawl::ops
