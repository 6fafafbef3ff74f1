#include "cli/command_line.h"

#include <algorithm>
#include <array>

namespace pawl::cli {

namespace {

/// Of all commands that take a program; a test holds this list against the tables of options.
constexpr auto options_with_value = std::to_array<std::string_view>({
    "--index-url",
    "-i",
    "--extra-index-url",
    "--index",
    "--find-links",
    "-f",
    "--index-strategy",
    "--exclude-newer",
    "--python",
    "-p",
    "--cache-dir",
    "--prerelease",
    "--resolution",
    "--fork-strategy",
    "--build-timeout",
    "--network-timeout",
    "--trusted-host",
    "--color",
    "--with",
    "--sha256",
    "--as-of",
    "--allow-host",
    "--from",
    "--lock",
    "--requirements",
    "-r",
    "--variant",
});

/// Commands of two words.
bool is_group(std::string_view command) {
    return command == "tool" || command == "wheel";
}

bool starts_program(std::string_view command) {
    return command == "run" || command == "tool run";
}

bool is_module_option(std::string_view option) {
    return option == "-m" || option == "--module";
}

/// "-qU" is "-q" "-U", and "-qp3.12" is "-q" "-p3.12".
std::vector<std::string> single_options(std::vector<std::string> options) {
    std::vector<std::string> single;
    for (size_t i = 0; i < options.size(); ++i) {
        std::string option = std::move(options[i]);
        while (option.size() > 2 && option[0] == '-' && option[1] != '-' &&
               !takes_value(option.substr(0, 2))) {
            single.push_back(option.substr(0, 2));
            option.erase(1, 1);
        }
        bool has_value = takes_value(option) && i + 1 < options.size();
        single.push_back(std::move(option));
        if (has_value) {
            single.push_back(std::move(options[++i]));
        }
    }
    return single;
}

} // namespace

bool takes_value(std::string_view option) {
    return std::ranges::find(options_with_value, option) != options_with_value.end();
}

CommandLine split_command_line(std::span<char* const> arguments) {
    CommandLine line;
    for (size_t i = 1; i < arguments.size(); ++i) {
        std::string_view argument = arguments[i];
        bool is_run = line.command == "run";
        bool is_program = starts_program(line.command);
        bool is_option = argument.size() > 1 && argument.starts_with('-');
        if (is_run && argument.starts_with("-m") && argument.size() > 2) {
            line.options.emplace_back("-m"); // "-mhttp.server"
            line.program.emplace_back(argument.substr(2));
            line.program.insert(line.program.end(),
                                arguments.begin() + static_cast<ptrdiff_t>(i) + 1, arguments.end());
            break;
        }
        if (is_option && argument != "--") {
            line.options.emplace_back(argument);
            if (takes_value(argument) && i + 1 < arguments.size()) {
                line.options.emplace_back(arguments[++i]);
            }
        } else if (line.command.empty()) {
            line.command = argument;
        } else if (is_group(line.command)) {
            line.command += " " + std::string(argument);
        } else if (!is_program) {
            line.options.emplace_back(argument);
        }
        bool is_module = is_run && is_module_option(argument);
        if (is_module || (is_program && (!is_option || argument == "--"))) {
            size_t begin = is_module || argument == "--" ? i + 1 : i;
            line.program.assign(arguments.begin() + static_cast<ptrdiff_t>(begin), arguments.end());
            break;
        }
    }
    if (line.command == "run") {
        line.options = single_options(std::move(line.options));
    }
    return line;
}

std::string option_value(const std::vector<std::string>& options, std::string_view name) {
    std::string found;
    for (size_t i = 0; i < options.size(); ++i) {
        if (options[i] == name && i + 1 < options.size()) {
            found = options[i + 1];
        } else if (options[i].starts_with(std::string(name) + "=")) {
            found = options[i].substr(name.size() + 1);
        }
    }
    return found;
}

bool is_module_run(const CommandLine& line) {
    return std::ranges::any_of(line.options, is_module_option);
}

bool may_use_stamp(const std::vector<std::string>& options) {
    constexpr std::array<std::string_view, 8> slow = {
        "--help", "-h", "--upgrade", "-U", "--refresh", "--timings", "--watch", "--explain"};
    for (size_t i = 0; i < options.size(); ++i) {
        if (std::ranges::find(slow, options[i]) != slow.end()) {
            return false;
        }
        i += takes_value(options[i]) ? size_t{1} : size_t{0};
    }
    return true;
}

} // namespace pawl::cli
