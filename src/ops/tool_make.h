#pragma once
// A planned tool becomes an installed one, or replaces one, in one step that others see.

#include "base/result.h"
#include "ops/services.h"
#include "ops/tool_plan.h"
#include "ops/tool_receipt.h"
#include "ops/tool_state.h"

namespace pawl::ops {

/// The receipt of a tool that is made from this plan; commands and interpreter are filled in when
/// it is made.
ToolReceipt receipt_of(const ToolRequest& request, const ToolPlan& plan);

struct ToolMaking {
    const ToolPlaces* places = nullptr;
    const InstalledTool* before = nullptr; ///< what is there of that name
    bool force = false;                    ///< commands of others are taken over
    bool reinstall = false;                ///< even when nothing would change
};

/// Nothing when what is there is the same and works. The caller holds lock_tools(). On an error
/// what was there works as before, and nothing else is left.
Result<std::optional<InstalledTool>> make_tool(ToolPlan& plan, ToolReceipt receipt,
                                               const ToolMaking& making, Services& services);

/// "black 24.1 (locked: 12 packages, CPython 3.12.1)".
std::string described(const InstalledTool& tool);

/// Whether the directory of programs is on the PATH; a warning when it is not.
bool is_on_path(const ToolPlaces& places);
void warn_of_path(const ToolPlaces& places, Terminal& terminal);

} // namespace pawl::ops
