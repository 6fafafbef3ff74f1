#include "ops/tool_install.h"

#include "base/fs.h"
#include "ops/tool_make.h"

namespace pawl::ops {

Result<> install_tool(ToolInstallRequest request, Services& services) {
    request.tool.settings = services.settings();
    // A path means the same from anywhere.
    std::string& python = request.tool.settings.python;
    if (python.find('/') != std::string::npos) {
        python = TRY(fs::absolute(python));
    }
    request.tool.allowed_hosts = services.settings().allowed_hosts;
    ToolPlaces places = TRY(tool_places());
    ToolPlan plan = TRY(plan_tool(request.tool, services));
    fs::FileLock lock = TRY(lock_tools(places));
    std::optional<InstalledTool> before = TRY(find_tool(places, plan.name().str()));
    ToolReceipt receipt = receipt_of(request.tool, plan);
    receipt.pinned = before && before->receipt.pinned;
    ToolMaking making{.places = &places,
                      .before = before ? &*before : nullptr,
                      .force = request.force,
                      .reinstall = request.reinstall};
    std::optional<InstalledTool> made = TRY(make_tool(plan, std::move(receipt), making, services));
    if (!made) {
        services.terminal().note("installed already: " + described(*before));
        return {};
    }
    services.terminal().note("installed " + described(*made));
    warn_of_path(places, services.terminal());
    return {};
}

} // namespace pawl::ops
