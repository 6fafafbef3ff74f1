#include "ops/tool_list.h"

#include "base/text.h"
#include "ops/tool_links.h"
#include "ops/tool_state.h"
#include "text/json.h"

namespace pawl::ops {

namespace {

text::Value list_of(const std::vector<std::string>& texts) {
    text::Value list = text::Value::array();
    for (const std::string& text : texts) {
        list.push_back(text);
    }
    return list;
}

text::Value to_json(const InstalledTool& tool, const ToolPlaces& places) {
    const ToolReceipt& receipt = tool.receipt;
    text::Value commands = text::Value::array();
    for (const std::string& command : receipt.commands) {
        commands.push_back(
            text::Value::object({{"name", command}, {"path", fs::join(places.programs, command)}}));
    }
    text::Value lock(nullptr);
    if (receipt.is_locked()) {
        lock = text::Value::object({{"place", receipt.lock_place},
                                    {"path", receipt.lock_path},
                                    {"name", receipt.lock_name}});
    }
    return text::Value::object({{"name", tool.name},
                                {"version", receipt.version},
                                {"source", receipt.source},
                                {"locked", receipt.is_locked()},
                                {"lock", std::move(lock)},
                                {"pinned", receipt.pinned},
                                {"with", list_of(receipt.with)},
                                {"python", receipt.interpreter_version},
                                {"interpreter", receipt.interpreter},
                                {"commands", std::move(commands)},
                                {"environment", tool.environment()},
                                {"problems", list_of(tool.problems)}});
}

std::string to_text(const InstalledTool& tool) {
    const ToolReceipt& receipt = tool.receipt;
    std::string text = tool.name + " " + printable(receipt.version) +
                       (receipt.is_locked() ? " (locked" : " (no lock") +
                       (receipt.pinned ? ", pinned" : "") + ")\n";
    for (const std::string& command : receipt.commands) {
        text += "  " + printable(command) + "\n";
    }
    return text;
}

} // namespace

Result<> list_installed_tools(bool json, Services& services) {
    ToolPlaces places = TRY(tool_places());
    std::vector<InstalledTool> tools = TRY(list_tools(places));
    if (json) {
        text::Value list = text::Value::array();
        for (const InstalledTool& tool : tools) {
            list.push_back(to_json(tool, places));
        }
        services.terminal().out(
            text::to_json(text::Value::object({{"tools", std::move(list)}}), {.indent = 2}) + "\n");
        return {};
    }
    for (const InstalledTool& tool : tools) {
        services.terminal().out(to_text(tool));
        for (const std::string& problem : tool.problems) {
            services.terminal().warn(tool.name + ": " + problem +
                                     " (pawl tool upgrade --reinstall " + tool.name +
                                     " makes it anew)");
        }
    }
    if (tools.empty()) {
        services.terminal().note("no tools are installed");
    }
    return {};
}

Result<> uninstall_tools(const std::vector<std::string>& names, Services& services) {
    ToolPlaces places = TRY(tool_places());
    fs::FileLock lock = TRY(lock_tools(places));
    for (const std::string& text : names) {
        InstalledTool tool = TRY(require_tool(places, text));
        TRY(set_links(places, tool.name, {}, false));
        TRY(remove_revisions(places, tool.name));
        services.terminal().note("uninstalled " + tool.name + " " +
                                 printable(tool.receipt.version));
    }
    return {};
}

Result<> pin_tools(const std::vector<std::string>& names, bool on, Services& services) {
    ToolPlaces places = TRY(tool_places());
    fs::FileLock lock = TRY(lock_tools(places));
    for (const std::string& text : names) {
        InstalledTool tool = TRY(require_tool(places, text));
        if (tool.receipt.name.empty()) {
            return fail(Error::Kind::input, tool.name + ": " + tool.problems.at(0));
        }
        tool.receipt.pinned = on;
        TRY(fs::write_atomic(fs::join(tool.directory, receipt_name), write_receipt(tool.receipt)));
        services.terminal().note(tool.name + " " + printable(tool.receipt.version) +
                                 (on ? ": pinned, upgrades leave it alone" : ": no longer pinned"));
    }
    return {};
}

} // namespace pawl::ops
