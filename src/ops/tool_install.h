#pragma once
// `pawl tool install`: an application with an environment of its own, its commands on the PATH.

#include "base/result.h"
#include "ops/services.h"
#include "ops/tool_plan.h"

namespace pawl::ops {

struct ToolInstallRequest {
    ToolRequest tool; ///< its settings are taken from the Services
    bool force = false;
    bool reinstall = false;
};

Result<> install_tool(ToolInstallRequest request, Services& services);

} // namespace pawl::ops
