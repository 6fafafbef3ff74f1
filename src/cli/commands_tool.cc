// `pawl tool …`.
#include <array>
#include <memory>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/commands.h"
#include "ops/ops.h"

namespace pawl::cli {

namespace {

/// What every command has that finds a tool and its lock.
void add_lock_options(CLI::App& table, ops::ToolRequest& request) {
    table.add_option("--with", request.with, "A further requirement")
        ->type_name("REQ")
        ->allow_extra_args(false);
    table.add_option("--lock", request.lock.name, "The wheel's lock of this name")
        ->type_name("NAME");
    table.add_flag("--locked", request.lock.locked, "Fail when the wheel carries no lock");
    table.add_flag("--no-lock", request.lock.no_lock, "Resolve anew, whatever the wheel carries");
    table.add_flag("--build", request.build, "Allow sdists to be built, which runs their code");
}

Result<> check_lock_options(const ops::ToolLockChoice& choice) {
    if (choice.no_lock && (choice.locked || !choice.name.empty())) {
        return fail(Error::Kind::usage, "--no-lock contradicts --locked and --lock");
    }
    return {};
}

Action build_tool_install(CLI::App& table, const CommandLine&) {
    auto request = std::make_shared<ops::ToolInstallRequest>();
    table.add_option("WHAT", request->tool.source, "NAME[==V], a wheel or a URL")->required();
    add_lock_options(table, request->tool);
    table.add_flag("--force", request->force, "Take over commands that are there already");
    table.add_flag("--reinstall", request->reinstall, "Make it anew even when it is there");
    return [request](ops::Services& services) -> Result<> {
        if (Result<> checked = check_lock_options(request->tool.lock); !checked) {
            return checked;
        }
        return ops::install_tool(*request, services);
    };
}

struct ToolNames {
    std::vector<std::string> names;
    bool json = false;
    bool off = false;
};

Action build_tool_list(CLI::App& table, const CommandLine&) {
    auto given = std::make_shared<ToolNames>();
    table.add_flag("--json", given->json, "Print JSON");
    return [given](ops::Services& services) {
        return ops::list_installed_tools(given->json, services);
    };
}

Action build_tool_uninstall(CLI::App& table, const CommandLine&) {
    auto given = std::make_shared<ToolNames>();
    table.add_option("NAME", given->names, "Tools to take away")->required();
    return
        [given](ops::Services& services) { return ops::uninstall_tools(given->names, services); };
}

Action build_tool_pin(CLI::App& table, const CommandLine&) {
    auto given = std::make_shared<ToolNames>();
    table.add_option("NAME", given->names, "Tools that upgrades leave alone")->required();
    table.add_flag("--off", given->off, "Let upgrades change them again");
    return [given](ops::Services& services) {
        return ops::pin_tools(given->names, !given->off, services);
    };
}

Action build_tool_upgrade(CLI::App& table, const CommandLine&) {
    auto request = std::make_shared<ops::ToolUpgradeRequest>();
    table.add_option("NAME", request->names,
                     "Tools to upgrade, each with the lock of its new wheel");
    table.add_flag("--all", request->all, "All that are not pinned");
    table.add_flag("--reinstall", request->reinstall, "Make them anew even when nothing is newer");
    return [request](ops::Services& services) { return ops::upgrade_tools(*request, services); };
}

Action build_tool_ensure_path(CLI::App&, const CommandLine&) {
    return [](ops::Services& services) { return ops::ensure_path(services); };
}

Action build_tool_audit(CLI::App& table, const CommandLine&) {
    auto request = std::make_shared<ops::ToolAuditRequest>();
    table.add_option("NAME", request->names, "Tools to look at; nothing: all");
    table
        .add_option("--vulnerabilities", request->files,
                    "A file of OSV records, instead of asking the index")
        ->type_name("FILE")
        ->allow_extra_args(false);
    table.add_flag("--json", request->json, "Print JSON");
    return [request](ops::Services& services) { return ops::audit_tools(*request, services); };
}

Action build_tool_run(CLI::App& table, const CommandLine& line) {
    auto request = std::make_shared<ops::ToolRunRequest>();
    table
        .add_option("--from", request->tool.source,
                    "What has the command: NAME[==V], a wheel, a URL")
        ->type_name("WHAT");
    add_lock_options(table, request->tool);
    request->options = line.options;
    std::vector<std::string> program = line.program;
    return [request, program](ops::Services& services) -> Result<> {
        if (Result<> checked = check_lock_options(request->tool.lock); !checked) {
            return checked;
        }
        if (program.empty()) {
            return fail(Error::Kind::usage, "which tool? pawl tool run COMMAND [ARGS…]");
        }
        request->command = program[0];
        request->arguments.assign(program.begin() + 1, program.end());
        request->use_stamp = true;
        return fail(ops::run_tool(*request, services));
    };
}

constexpr std::array<Command, 8> all_tool_commands = {{
    {"tool install", "NAME[==V] | WHEEL | URL", "Install an application as its author tested it",
     build_tool_install},
    {"tool run", "COMMAND[@V] [ARGS…]", "Run a tool without installing it", build_tool_run},
    {"tool list", "", "Show the tools that are installed", build_tool_list},
    {"tool uninstall", "NAME…", "Take tools away", build_tool_uninstall},
    {"tool upgrade", "NAME… | --all", "Move tools to newer wheels and their locks",
     build_tool_upgrade},
    {"tool ensure-path", "", "Put tools' commands on the PATH of your shell",
     build_tool_ensure_path},
    {"tool audit", "[NAME…]", "Show what is known against the packages of tools", build_tool_audit},
    {"tool pin", "NAME…", "Keep tools at their version", build_tool_pin},
}};

} // namespace

std::span<const Command> tool_commands() {
    return all_tool_commands;
}

} // namespace pawl::cli
