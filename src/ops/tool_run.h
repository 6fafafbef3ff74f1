#pragma once
// `pawl tool run COMMAND [ARGS…]`: a tool without installing it, in this very process.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ops/services.h"
#include "ops/tool_plan.h"

namespace pawl::ops {

struct ToolRunRequest {
    ToolRequest tool;    ///< its source is what --from says; "": the command says it
    std::string command; ///< "black", "black@24.1", "black@latest", a wheel
    std::vector<std::string> arguments;
    /// The options as given: with the variables that matter, they are part of the stamp's key.
    std::vector<std::string> options;
    bool use_stamp = false;
};

/// The warm path: replaces this process by a tool that is installed, or by what a stamp remembers;
/// returns otherwise. Builds no Services, parses nothing.
void run_tool_by_stamp(const ToolRunRequest& request, std::string_view cache_directory);

/// Returns only on failure. What was found once stays, until --refresh, NAME@latest or a pruned
/// cache: versions do not move by themselves.
Error run_tool(ToolRunRequest request, Services& services);

} // namespace pawl::ops
