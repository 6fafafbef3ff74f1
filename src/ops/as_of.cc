#include "ops/as_of.h"

#include <array>

#include "base/clock.h"
#include "base/fs.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace pawl::ops {

namespace {

/// The first final release of each minor version (peps.python.org: 569, 596, 619, 664, 693, 719,
/// 745, 790).
struct MinorRelease {
    unsigned minor;
    std::string_view day;
};
constexpr std::array<MinorRelease, 7> minor_releases = {{
    {9, "2020-10-05"},
    {10, "2021-10-04"},
    {11, "2022-10-24"},
    {12, "2023-10-02"},
    {13, "2024-10-07"},
    {14, "2025-10-07"},
    {15, "2026-10-01"},
}};

Result<SpawnResult> git(const ScriptState& script, std::vector<std::string> words) {
    SpawnOptions options{.arguments = {"git", "-c", "core.fsmonitor=false"},
                         .directory = std::string(fs::parent(script.path))};
    options.arguments.insert(options.arguments.end(), words.begin(), words.end());
    Result<SpawnResult> done = spawn(options);
    if (!done) {
        return fail(Error{Error::Kind::environment, "--as-of git: " + done.error().message}.hint(
            "say the day instead: --as-of 2026-03-01"));
    }
    return done;
}

/// What the script is made of, for git: the file, or the folder that is run.
std::string committed_path(const ScriptState& script) {
    return script.form == ScriptState::Form::folder ? script.directory : script.path;
}

Result<std::string> commit_time(const ScriptState& script) {
    SpawnResult log = TRY(git(script, {"log", "-1", "--format=%cI", "--", committed_path(script)}));
    std::string time(trim(log.out));
    if (log.exit_code != 0 || !parse_timestamp(time)) {
        std::string why = log.exit_code == 0 ? "git has no commit of it" : log.err;
        return fail(Error{Error::Kind::usage,
                          "--as-of git: " + printable(script.name) + ": " + printable(trim(why))}
                        .hint("say the day instead: --as-of 2026-03-01"));
    }
    return time;
}

Result<> warn_of_changes(const ScriptState& script, Terminal& terminal) {
    SpawnResult status = TRY(git(script, {"status", "--porcelain", "--", committed_path(script)}));
    if (!trim(status.out).empty()) {
        terminal.warn(printable(script.name) +
                      " has changes since its last commit, whose day --as-of git takes");
    }
    return {};
}

/// What changes with every commit and checkout.
Result<std::vector<std::string>> log_files(const ScriptState& script) {
    SpawnResult where = TRY(git(script, {"rev-parse", "--git-path", "logs/HEAD"}));
    std::string path = fs::normalize(fs::join(fs::parent(script.path), trim(where.out)));
    return std::vector<std::string>{std::move(path)};
}

} // namespace

Result<std::vector<std::string>> set_as_of(ScriptState& script, std::string_view as_of,
                                           Terminal& terminal) {
    std::vector<std::string> files;
    if (as_of.empty()) {
        return files;
    }
    if (as_of != "git") {
        Settings day{.exclude_newer = std::string(as_of)};
        Result<std::optional<Timestamp>> limit = exclude_newer_limit(day, now());
        if (!limit) {
            return fail(Error{Error::Kind::usage, "--as-of takes a date (2026-03-01), a time or "
                                                  "\"git\", not \"" +
                                                      printable(as_of) + "\""});
        }
        script.settings.exclude_newer = as_of;
        return files;
    }
    if (script.path.empty()) {
        return fail(Error{Error::Kind::usage, "--as-of git: " + printable(script.name) +
                                                  " is no file that git could know"}
                        .hint("say the day instead: --as-of 2026-03-01"));
    }
    script.settings.exclude_newer = TRY(commit_time(script));
    terminal.detail(printable(script.name) + ": as of " + script.settings.exclude_newer);
    TRY(warn_of_changes(script, terminal));
    return log_files(script);
}

pep::Specifiers pythons_of_day(std::string_view exclude_newer) {
    Result<Timestamp> day = parse_timestamp(exclude_newer);
    for (const MinorRelease& release : minor_releases) {
        Result<Timestamp> released = parse_timestamp(release.day);
        if (day && released && *day < *released) {
            Result<pep::Specifiers> older =
                pep::Specifiers::parse("<3." + std::to_string(release.minor));
            return older ? *older : pep::Specifiers();
        }
    }
    return {};
}

} // namespace pawl::ops
