// `pawl wheel …`, and what groups of commands have in common.
#include <array>
#include <memory>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/commands.h"
#include "ops/ops.h"

namespace pawl::cli {

namespace {

Action build_wheel_lock(CLI::App& table, const CommandLine&) {
    auto request = std::make_shared<ops::WheelLockRequest>();
    table.add_option("WHEEL", request->wheel, "The wheel, changed in its place")->required();
    table.add_option("--name", request->name, "Put it in as pylock.NAME.toml")->type_name("NAME");
    table.add_option("--lock", request->lock, "Put this lock in instead of resolving")
        ->type_name("FILE");
    table
        .add_option("--output-dir,-o", request->output_directory,
                    "Write the locked wheel into this directory")
        ->type_name("DIR");
    table.add_flag("--upgrade,-U", request->upgrade,
                   "Forget the versions of the lock in the wheel");
    table
        .add_option("--upgrade-package,-P", request->upgrade_packages,
                    "Forget the version of this project (P), or move it (P==V)")
        ->type_name("P")
        ->allow_extra_args(false);
    table
        .add_option("--environment", request->environments,
                    "Lock for environments with this marker (may be repeated)")
        ->type_name("MARKER")
        ->allow_extra_args(false);
    CLI::Option* extra = table.add_option("--extra", request->extras,
                                          "Lock this extra of the wheel, and no other but named");
    extra->type_name("EXTRA")->allow_extra_args(false);
    table.add_flag("--no-extras", request->no_extras, "Lock none of the wheel's extras")
        ->excludes(extra);
    return [request](ops::Services& services) { return ops::lock_wheel(*request, services); };
}

Action build_wheel_show(CLI::App& table, const CommandLine&) {
    auto request = std::make_shared<ops::WheelShowRequest>();
    table.add_option("WHEEL", request->wheels, "Wheels to look at")->required();
    table.add_flag("--json", request->json, "Print JSON");
    return [request](ops::Services& services) { return ops::show_wheels(*request, services); };
}

constexpr std::array<Command, 2> all_wheel_commands = {{
    {"wheel lock", "WHEEL", "Put a lock into a wheel", build_wheel_lock},
    {"wheel show", "WHEEL…", "Show and check the locks in wheels", build_wheel_show},
}};

} // namespace

Action build_group(CLI::App& table, const CommandLine& line) {
    const Command* group = find_command(line.command);
    std::string words(group->arguments);
    table.footer("More: pawl " + line.command + " ACTION --help");
    return [words, command = line.command](ops::Services&) -> Result<> {
        return fail(Error::Kind::usage, "pawl " + command + " needs one of: " + words);
    };
}

std::span<const Command> wheel_commands() {
    return all_wheel_commands;
}

} // namespace pawl::cli
