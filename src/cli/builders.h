#pragma once
// The tables of options of the commands, by topic; commands.cc lists them all.

#include "cli/commands.h"
#include "ops/variant.h"

namespace pawl::cli {

/// --variant and --explain, of commands that take one variant.
void add_variant_options(CLI::App& table, ops::VariantWish& wish);

// commands_run.cc
Action build_run(CLI::App& table, const CommandLine& line);

// commands_edit.cc: changing what a script says of itself
Action build_add(CLI::App& table, const CommandLine& line);
Action build_remove(CLI::App& table, const CommandLine& line);

// commands_graph.cc: looking at locks
Action build_tree(CLI::App& table, const CommandLine& line);
Action build_why(CLI::App& table, const CommandLine& line);
Action build_validate(CLI::App& table, const CommandLine& line);
Action build_diff(CLI::App& table, const CommandLine& line);

// commands_exchange.cc: locks of other tools
Action build_convert(CLI::App& table, const CommandLine& line);
Action build_export(CLI::App& table, const CommandLine& line);
Action build_merge(CLI::App& table, const CommandLine& line);

} // namespace pawl::cli
