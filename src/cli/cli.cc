#include "cli/cli.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/text.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "ops/run.h"
#include "ops/run_memory.h"
#include "ops/tool_run.h"

namespace pawl::cli {

namespace {

/// "  install   Install an application …" for each.
std::string listed(std::span<const Command> commands, size_t prefix_size, size_t width) {
    std::string text;
    for (const Command& command : commands) {
        std::string left = "  " + std::string(command.name.substr(prefix_size));
        left.resize(width, ' ');
        text += left + std::string(command.summary) + "\n";
    }
    return text;
}

std::string overview() {
    return "pawl gives every Python script a lock.\n\nUsage: pawl COMMAND [OPTIONS]\n\n" +
           listed(commands(), 0, 12) + "\nMore: pawl COMMAND --help\n";
}

struct TerminalFlags {
    bool quiet = false;
    bool verbose = false;
    bool no_progress = false;
    std::string color;
};

void add_terminal_options(CLI::App& table, TerminalFlags& flags) {
    table.add_flag("--quiet,-q", flags.quiet, "Say less")->group("Everywhere");
    table.add_flag("--verbose,-v", flags.verbose, "Say more")->group("Everywhere");
    table.add_flag("--no-progress", flags.no_progress, "No progress bars")->group("Everywhere");
    table.add_option("--color", flags.color, "auto, always, never")
        ->type_name("WHEN")
        ->group("Everywhere");
}

Result<Terminal::Options> terminal_options(const TerminalFlags& flags) {
    Terminal::Options options{.progress = !flags.no_progress};
    options.verbosity = flags.quiet     ? Terminal::Verbosity::quiet
                        : flags.verbose ? Terminal::Verbosity::verbose
                                        : Terminal::Verbosity::normal;
    if (flags.color == "always") {
        options.color = Terminal::Color::always;
    } else if (flags.color == "never") {
        options.color = Terminal::Color::never;
    } else if (!flags.color.empty() && flags.color != "auto") {
        return fail(Error::Kind::usage, "--color must be auto, always or never");
    }
    return options;
}

/// What one command line asks for, or the text that answers it at once (--help).
struct Parsed {
    ops::Settings settings;
    Action action;
    std::string answer;
};

/// The arguments as our table of commands has them; of a group, its commands.
class HelpFormatter final : public CLI::Formatter {
  public:
    explicit HelpFormatter(const Command& command) : command_(command) {}

    std::string make_usage(const CLI::App*, std::string) const override {
        std::string usage = "Usage: pawl " + std::string(command_.name);
        if (command_.build == build_group) {
            std::span<const Command> members =
                command_.name == "tool" ? tool_commands() : wheel_commands();
            return usage + " ACTION [OPTIONS]\n\n" + listed(members, command_.name.size() + 1, 16);
        }
        usage += " [OPTIONS]";
        return usage + (command_.arguments.empty() ? "" : " ") + std::string(command_.arguments) +
               "\n";
    }

  private:
    const Command& command_;
};

/// CLI11 throws; nothing leaves this function that way.
Result<Parsed> parse(const Command& command, const CommandLine& line) {
    Parsed parsed;
    TerminalFlags flags;
    CLI::App table{std::string(command.summary)};
    table.formatter(std::make_shared<HelpFormatter>(command));
    table.get_formatter()->column_width(34);
    parsed.action = command.build(table, line);
    add_common_options(table, parsed.settings);
    add_terminal_options(table, flags);
    try {
        std::vector<std::string> reversed(line.options.rbegin(), line.options.rend());
        table.parse(std::move(reversed));
    } catch (const CLI::CallForHelp&) {
        parsed.answer = table.help();
        return parsed;
    } catch (const CLI::ParseError& error) {
        return fail(Error{Error::Kind::usage, printable(error.what())}.hint(
            "pawl " + std::string(command.name) + " --help shows what there is"));
    }
    parsed.settings.terminal = TRY(terminal_options(flags));
    parsed.settings = TRY(ops::complete_settings(std::move(parsed.settings), "."));
    return parsed;
}

int finish(const Error& error, Terminal& terminal) {
    terminal.error(error);
    std::fflush(stdout);
    return static_cast<int>(error.kind);
}

/// What was printed has arrived, or that is an error.
int finish_output(Terminal& terminal, const CommandLine& line) {
    errno = 0;
    bool is_lost = !line.has_output_stream && terminal.has_output();
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && !is_lost) {
        return 0;
    }
    int number = is_lost ? EBADF : errno;
    return finish(Error{Error::Kind::disk, std::string("cannot write the output: ") +
                                               std::strerror(number == 0 ? EIO : number)},
                  terminal);
}

int run_command(const CommandLine& line) {
    Terminal early((Terminal::Options()));
    const Command* command = find_command(line.command);
    std::string group = line.command.substr(0, line.command.find(' '));
    if (command == nullptr && group != line.command) {
        return finish(
            Error{Error::Kind::usage, "there is no command \"" + printable(line.command) + "\""}
                .hint("pawl " + group + " has: " + std::string(find_command(group)->arguments)),
            early);
    }
    if (command == nullptr) {
        return finish(
            Error{Error::Kind::usage, "there is no command \"" + printable(line.command) + "\""}
                .hint("pawl --help lists them"),
            early);
    }
    Result<Parsed> parsed = parse(*command, line);
    if (!parsed) {
        return finish(parsed.error(), early);
    }
    if (!parsed->answer.empty()) {
        early.out(parsed->answer);
        return finish_output(early, line);
    }
    ops::Services services(std::move(parsed->settings));
    Result<> done = parsed->action(services);
    if (!done) {
        return finish(done.error(), services.terminal());
    }
    return finish_output(services.terminal(), line);
}

/// Options that ask for an answer of pawl itself.
int answer_without_command(const CommandLine& line) {
    Terminal terminal((Terminal::Options()));
    for (const std::string& option : line.options) {
        if (option == "--version" || option == "-V") {
            terminal.out("pawl " PAWL_VERSION "\n");
            return finish_output(terminal, line);
        }
        if (option == "--help" || option == "-h") {
            terminal.out(overview());
            return finish_output(terminal, line);
        }
    }
    std::fputs(overview().c_str(), stderr);
    return static_cast<int>(Error::Kind::usage);
}

/// The run path: answered before any table is built.
void try_run_path(CommandLine& line) {
    if (line.command != "run" || line.program.empty() || !may_use_stamp(line.options)) {
        return;
    }
    ops::RunRequest request{.program = line.program[0],
                            .is_module = is_module_run(line),
                            .arguments = {line.program.begin() + 1, line.program.end()},
                            .sha256 = option_value(line.options, "--sha256"),
                            .options = line.options,
                            .use_stamp = true};
    ops::run_by_stamp(request, option_value(line.options, "--cache-dir"));
    line.standard_input = std::move(request.standard_input);
}

/// The same for a tool.
void try_tool_path(const CommandLine& line) {
    if (line.command != "tool run" || line.program.empty() || !may_use_stamp(line.options)) {
        return;
    }
    ops::ToolRunRequest request{.command = line.program[0],
                                .arguments = {line.program.begin() + 1, line.program.end()},
                                .options = line.options,
                                .use_stamp = true};
    ops::run_tool_by_stamp(request, option_value(line.options, "--cache-dir"));
}

/// Who starts us may have closed stdin, stdout or stderr. The next files to be opened would get
/// their numbers, and what is printed would go into them. Whether there was a stdout.
bool open_standard_streams() {
    std::array<pollfd, 3> streams = {{{.fd = STDIN_FILENO, .events = 0, .revents = 0},
                                      {.fd = STDOUT_FILENO, .events = 0, .revents = 0},
                                      {.fd = STDERR_FILENO, .events = 0, .revents = 0}}};
    auto is_closed = [](const pollfd& stream) { return (stream.revents & POLLNVAL) != 0; };
    const bool is_known = ::poll(streams.data(), streams.size(), 0) >= 0;
    if (is_known && std::ranges::none_of(streams, is_closed)) {
        return true;
    }
    int number = 0;
    do {
        number = ::open("/dev/null", O_RDWR);
    } while (number >= 0 && number <= STDERR_FILENO);
    if (number >= 0) {
        ::close(number);
    }
    return !is_closed(streams[STDOUT_FILENO]);
}

/// What is thrown in a thread that nobody joins there. Memory that there is not: one word and the
/// exit code of the disk's troubles, instead of a core dump. Anything else is a mistake of ours.
[[noreturn]] void end_uncaught() {
    try {
        if (std::exception_ptr thrown = std::current_exception()) {
            std::rethrow_exception(thrown);
        }
    } catch (const std::bad_alloc&) {
        constexpr std::string_view words = "pawl: internal error: out of memory\n";
        static_cast<void>(::write(STDERR_FILENO, words.data(), words.size()) < 0);
        ::_exit(static_cast<int>(Error::Kind::disk));
    } catch (...) {
        std::abort();
    }
    std::abort();
}

} // namespace

int main(int count, char** arguments) {
    std::set_terminate(end_uncaught);
    CommandLine line = split_command_line({arguments, static_cast<size_t>(count)});
    try {
        try_run_path(line);
        try_tool_path(line);
        line.has_output_stream = open_standard_streams();
        if (line.command.empty()) {
            return answer_without_command(line);
        }
        if (line.command == "help") {
            bool has_topic = !line.options.empty();
            line.command = has_topic ? line.options[0] : "";
            line.options = {"--help"};
            return has_topic ? run_command(line) : answer_without_command(line);
        }
        return run_command(line);
    } catch (const std::exception& error) {
        // Out of memory, or a library's throw that no room has stopped.
        std::fprintf(stderr, "pawl: internal error: %s\n", error.what());
        return static_cast<int>(Error::Kind::disk);
    }
}

} // namespace pawl::cli
