#include "ops/tool_path.h"

#include <vector>

#include "base/fs.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "ops/tool_make.h"
#include "ops/tool_places.h"

namespace pawl::ops {

namespace {

constexpr uint64_t start_file_bytes_max = uint64_t{16} << 20;

/// In double quotes for sh, bash, zsh and fish alike.
std::string quoted(std::string_view text) {
    std::string quoted = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\' || c == '$' || c == '`') {
            quoted += '\\';
        }
        quoted += c;
    }
    return quoted + "\"";
}

struct StartFile {
    std::string path;
    std::string line;
};

/// What the user's shell reads when it starts: as a login shell and as any other. Only what is
/// known is written to.
Result<std::vector<StartFile>> start_files(const std::string& home, const std::string& programs) {
    std::string shell(fs::base_name(environment_variable("SHELL").value_or("sh")));
    std::string value = quoted(programs);
    value.insert(value.size() - 1, ":$PATH");
    std::string line = "export PATH=" + value + " # pawl tool ensure-path";
    if (shell == "fish") {
        std::string config = environment_variable("XDG_CONFIG_HOME").value_or(home + "/.config");
        return std::vector<StartFile>{
            {config + "/fish/conf.d/pawl.fish", "fish_add_path -g " + quoted(programs)}};
    }
    if (shell == "zsh") {
        return std::vector<StartFile>{
            {environment_variable("ZDOTDIR").value_or(home) + "/.zshrc", line}};
    }
    std::string login = home + "/.profile";
    if (shell == "bash") {
        // bash reads the first of these that is there.
        for (const char* name : {"/.bash_profile", "/.bash_login"}) {
            if (fs::exists(home + name)) {
                login = home + name;
                break;
            }
        }
        return std::vector<StartFile>{{home + "/.bashrc", line}, {login, line}};
    }
    if (!shell.ends_with("sh") || shell.ends_with("csh") || shell == "pwsh") {
        return fail(
            Error{Error::Kind::usage, "pawl does not know how " + printable(shell) + " starts"}
                .hint("add " + printable(programs) + " to its PATH in its own start file"));
    }
    return std::vector<StartFile>{{login, line}};
}

/// False when the line is there already.
Result<bool> add_line(const StartFile& file) {
    std::string text;
    std::string path = file.path;
    std::optional<fs::FileStat> found = TRY(fs::stat(path));
    if (found) {
        path = TRY(fs::real_path(path)); // people link these to where they keep them
        text = TRY(fs::read(path, start_file_bytes_max));
    }
    for (std::string_view line : split_lines(text)) {
        if (line == file.line) {
            return false;
        }
    }
    if (!text.empty() && !text.ends_with('\n')) {
        text += '\n';
    }
    TRY(fs::make_directories(fs::parent(path)));
    TRY(fs::replace_content(path, text + file.line + "\n"));
    return true;
}

} // namespace

Result<> ensure_path(Services& services) {
    ToolPlaces places = TRY(tool_places());
    Terminal& terminal = services.terminal();
    if (is_on_path(places)) {
        terminal.note(printable(places.programs) + " is on your PATH");
        return {};
    }
    std::optional<std::string> home = environment_variable("HOME");
    if (!home) {
        return fail(Error::Kind::environment, "HOME does not say whose shell it is");
    }
    std::vector<std::string> changed;
    for (const StartFile& file : TRY(start_files(*home, places.programs))) {
        if (TRY(add_line(file))) {
            changed.push_back(printable(file.path));
        }
    }
    terminal.note((changed.empty() ? "your shell's start files have it"
                                   : "added " + printable(places.programs) + " to the PATH in " +
                                         join_words(changed)) +
                  "; a new shell will see it");
    return {};
}

} // namespace pawl::ops
