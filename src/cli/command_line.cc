#include "cli/command_line.h"

#include <algorithm>
#include <array>

namespace pawl::cli {

namespace {

/// Of all commands that take a program; a test holds this list against the tables of options.
constexpr std::array<std::string_view, 18> options_with_value = {
    "--index-url",       "-i",
    "--extra-index-url", "--index",
    "--find-links",      "-f",
    "--index-strategy",  "--exclude-newer",
    "--python",          "-p",
    "--cache-dir",       "--prerelease",
    "--resolution",      "--fork-strategy",
    "--build-timeout",   "--trusted-host",
    "--color",           "--with",
};

/// Commands of two words.
bool is_group(std::string_view command) {
    return command == "tool" || command == "wheel";
}

bool starts_program(std::string_view command) {
    return command == "run" || command == "tool run";
}

} // namespace

bool takes_value(std::string_view option) {
    return std::ranges::find(options_with_value, option) != options_with_value.end();
}

CommandLine split_command_line(std::span<char* const> arguments) {
    CommandLine line;
    for (size_t i = 1; i < arguments.size(); ++i) {
        std::string_view argument = arguments[i];
        bool is_option = argument.size() > 1 && argument.starts_with('-');
        if (is_option && argument != "--") {
            line.options.emplace_back(argument);
            if (takes_value(argument) && i + 1 < arguments.size()) {
                line.options.emplace_back(arguments[++i]);
            }
        } else if (line.command.empty()) {
            line.command = argument;
        } else if (is_group(line.command)) {
            line.command += " " + std::string(argument);
        } else if (starts_program(line.command)) {
            size_t begin = argument == "--" ? i + 1 : i;
            line.program.assign(arguments.begin() + static_cast<ptrdiff_t>(begin), arguments.end());
            return line;
        } else {
            line.options.emplace_back(argument);
        }
    }
    return line;
}

} // namespace pawl::cli
