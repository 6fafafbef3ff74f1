#pragma once
// The commands: their names and one-line descriptions, and their tables of options, of which only
// the chosen one is built.

#include <functional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "cli/command_line.h"
#include "ops/services.h"

namespace CLI {
class App;
}

namespace pawl::cli {

/// What a command does once its options are parsed.
using Action = std::function<Result<>(ops::Services&)>;

struct Command {
    std::string_view name;
    std::string_view arguments; ///< as the help shows them
    std::string_view summary;
    /// Adds the command's options to the table and gives the action that reads them.
    Action (*build)(CLI::App& table, const CommandLine& line);
};

std::span<const Command> commands();
const Command* find_command(std::string_view name);

/// Options that every command takes, before or after its name.
void add_common_options(CLI::App& table, ops::Settings& settings);

} // namespace pawl::cli
