#pragma once
// argv before any table: which command it is, and where a script's own arguments begin.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pawl::cli {

/// `pawl [OPTIONS] COMMAND [OPTIONS] REST…`. For `run` and `tool run` everything from the first
/// word that is no option belongs to the script or tool and is never looked at.
struct CommandLine {
    std::string command;              ///< "lock", "tool install"; "" when there is none
    std::vector<std::string> options; ///< all but the command's name, in order
    std::vector<std::string> program; ///< of `run`: the script and its arguments
};

CommandLine split_command_line(std::span<char* const> arguments);

/// Whether the option takes the next word as its value.
bool takes_value(std::string_view option);

} // namespace pawl::cli
