#pragma once
// `pawl imports SCRIPT…`: what inference found, and why.

#include <string>
#include <vector>

#include "base/result.h"
#include "ops/services.h"

namespace pawl::ops {

struct ImportsRequest {
    std::vector<std::string> scripts;
    bool json = false;
    bool write = false; ///< put what was found into the script as inline metadata
};

Result<> show_imports(const ImportsRequest& request, Services& services);

} // namespace pawl::ops
