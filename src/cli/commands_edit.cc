// Commands that change what a script says of itself.

#include <memory>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/builders.h"
#include "ops/ops.h"

namespace pawl::cli {

Action build_add(CLI::App& table, const CommandLine&) {
    auto request = std::make_shared<ops::EditRequest>();
    table.add_option("SCRIPT", request->script, "The script to edit")->required();
    table
        .add_option("REQUIREMENT", request->words, "What to add: \"rich\", \"httpx[http2]>=0.27\"")
        ->required();
    table.add_flag("--raw", request->raw, "As given, without a lower bound where none is said");
    table.add_flag("--frozen", request->frozen, "Only the metadata: resolve nothing");
    return [request](ops::Services& services) { return ops::add_requirements(*request, services); };
}

Action build_remove(CLI::App& table, const CommandLine&) {
    auto request = std::make_shared<ops::EditRequest>();
    table.add_option("SCRIPT", request->script, "The script to edit")->required();
    table.add_option("PROJECT", request->words, "Projects that it no longer needs")->required();
    table.add_flag("--frozen", request->frozen, "Only the metadata: resolve nothing");
    return
        [request](ops::Services& services) { return ops::remove_requirements(*request, services); };
}

} // namespace pawl::cli
