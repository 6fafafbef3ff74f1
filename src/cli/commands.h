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

/// Those of one word; groups ("tool") stand for theirs.
std::span<const Command> commands();
/// By one word or two ("tool install"); null when there is none.
const Command* find_command(std::string_view name);

/// A group's own command, which only says what there is.
Action build_group(CLI::App& table, const CommandLine& line);
/// Commands of two words: "tool …", "wheel …".
std::span<const Command> tool_commands();
std::span<const Command> wheel_commands();

/// Options that every command takes, before or after its name.
void add_common_options(CLI::App& table, ops::Settings& settings);

} // namespace pawl::cli
