// Commands that look at locks and change nothing.

#include <memory>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/builders.h"
#include "ops/ops.h"

namespace pawl::cli {

Action build_tree(CLI::App& table, const CommandLine&) {
    auto request = std::make_shared<ops::TreeRequest>();
    table.add_option("LOCK", request->what,
                     "A lock file, a script that has one, or a project (nothing: the one here)");
    table.add_flag("--invert", request->invert, "From what nothing stands below to what needs it");
    table.add_option("--depth", request->depth, "Show so many levels")->type_name("N");
    table.add_flag("--json", request->json, "Print the graph as JSON");
    return [request](ops::Services& services) { return ops::show_tree(*request, services); };
}

Action build_why(CLI::App& table, const CommandLine&) {
    auto request = std::make_shared<ops::WhyRequest>();
    table.add_option("PROJECT", request->project, "The project to explain")->required();
    table.add_option("LOCK", request->what,
                     "A lock file, a script that has one, or a project (nothing: the one here)");
    table.add_flag("--json", request->json, "Print what leads to it as JSON");
    return [request](ops::Services& services) { return ops::show_why(*request, services); };
}

Action build_validate(CLI::App& table, const CommandLine&) {
    auto request = std::make_shared<ops::ValidateRequest>();
    table.add_option("LOCK", request->what,
                     "Lock files, scripts that have one, projects (nothing: the one here)");
    table.add_flag("--deep", request->deep,
                   "Walk it on a grid of machines, against what its packages say they need");
    table.add_flag("--build", request->build, "With --deep: allow sdists to be built");
    table.add_flag("--json", request->json, "Print what was found as JSON");
    return [request](ops::Services& services) { return ops::validate_locks(*request, services); };
}

Action build_diff(CLI::App& table, const CommandLine&) {
    auto request = std::make_shared<ops::DiffRequest>();
    table.add_option("BEFORE", request->before, "A lock file, or a script or project that has one")
        ->required();
    table.add_option("AFTER", request->after, "The same")->required();
    table.add_flag("--json", request->json, "Print the changes as JSON");
    return [request](ops::Services& services) { return ops::diff_locks(*request, services); };
}

} // namespace pawl::cli
