#pragma once
// argv before any table: which command it is, and where a script's own arguments begin.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pawl::cli {

/// `pawl [OPTIONS] COMMAND [OPTIONS] REST…`. For `run` and `tool run` everything from the first
/// word that is no option belongs to the script or tool and is never looked at.
struct CommandLine {
    std::string command;              ///< "lock", "tool install"; "" when there is none
    std::vector<std::string> options; ///< all but the command's name, in order
    std::vector<std::string> program; ///< of `run`: the script and its arguments
    /// The script of `run -`, when it was read already: that can be done once only.
    std::optional<Result<std::string>> standard_input;
    bool has_output_stream = true; ///< false when who started us has closed stdout
};

CommandLine split_command_line(std::span<char* const> arguments);

/// Whether the option takes the next word as its value.
bool takes_value(std::string_view option);

/// The value of `--name VALUE` or `--name=VALUE` among the options, the last one; "" without.
std::string option_value(const std::vector<std::string>& options, std::string_view name);

/// `-m`, before the program's words.
bool is_module_run(const CommandLine& line);

/// Whether the options of a `run` let it take the answer that a stamp holds: not those that ask for
/// more than the run (--help), or for a new answer (--upgrade).
bool may_use_stamp(const std::vector<std::string>& options);

} // namespace pawl::cli
