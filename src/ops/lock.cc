#include "ops/lock.h"

#include <array>
#include <atomic>

#include "base/check.h"
#include "base/fs.h"
#include "base/parallel.h"
#include "base/text.h"
#include "ops/as_of.h"
#include "ops/lock_input.h"
#include "ops/lock_reuse.h"
#include "ops/lock_steps.h"
#include "ops/project_input.h"
#include "ops/requirements_input.h"
#include "ops/script_requirements.h"
#include "ops/script_state.h"

namespace pawl::ops {

namespace {

Result<> check_lock(const ScriptState& script, const AskedOptions& asked, const LockReuse& reuse) {
    std::string shown = printable(script.name);
    std::string command = "pawl lock " + shown;
    if (script.freshness == Freshness::no_lock) {
        return fail(Error{Error::Kind::check_failed, shown + " has no lock"}.hint(
            "make one with: " + command));
    }
    std::string reason = script.stale_reason;
    if (script.freshness == Freshness::fresh) {
        auto other = otherwise_asked(script.record, script.settings,
                                     with_script_table({}, script.needs.pawl));
        if (!other) {
            other = otherwise_asked(script.record, asked);
        }
        reason = other ? other->reason : broken_constraint(*script.lock, reuse.constraints);
        if (reason.empty()) {
            return {};
        }
        command += other ? " " + printable(other->option) : "";
    }
    return fail(
        Error{Error::Kind::check_failed, shown + ": the lock is stale: " + printable(reason)}.hint(
            "refresh it with: " + command));
}

enum class Outcome : unsigned char { fresh, unchanged, locked };

Result<Outcome> lock_one(const std::string& path, const LockRequest& request, Services& services) {
    Settings settings = services.settings();
    if (!request.requirements_files.empty()) {
        settings.requirements = request.requirements_files[0];
    }
    ScriptState script = TRY(load_script(path, settings, services.terminal()));
    LockReuse reuse =
        TRY(read_lock_reuse(request.constraints_files, request.prefer,
                            script.lock && !request.upgrade ? &*script.lock : nullptr, services));
    if (request.check) {
        TRY(check_lock(script, request.asked, reuse));
        return Outcome::fresh;
    }
    if (is_without_its_file(script)) {
        return fail(Error{Error::Kind::usage, "the lock of " + printable(path) + " was made with " +
                                                  printable(script.record.requirements_file) +
                                                  ", which is not there"}
                        .hint("name the file with -r, or lock for the imports with -r " +
                              std::string(no_requirements)));
    }
    TRY(set_as_of(script, request.as_of, services.terminal()));
    lock::Lock lock = TRY(resolve_script(
        script,
        {.upgrade = request.upgrade,
         .upgrade_packages = request.upgrade_packages,
         .restriction = {.asked = request.asked, .this_environment = request.this_environment},
         .reuse = &reuse},
        services));
    std::string changes = changes_between(script.lock ? &*script.lock : nullptr, lock);
    size_t count = lock.packages.size();
    std::string written = TRY(write_lock(script, std::move(lock),
                                         {.embed = request.embed,
                                          .beside = request.beside,
                                          .compact = request.compact,
                                          .output = request.output}));
    services.terminal().note(
        (written.empty() ? printable(path) + ": unchanged"
                         : "locked " + printable(path) + " in " + printable(written)) +
        " (" + std::to_string(count) + (count == 1 ? " package" : " packages") +
        (changes.empty() || written.empty() ? "" : ": " + changes) + ")");
    return written.empty() ? Outcome::unchanged : Outcome::locked;
}

/// A directory with a pyproject.toml, or that file.
bool is_project(const std::string& path) {
    return fs::base_name(path) == "pyproject.toml" || fs::is_directory(path);
}

Result<> check_usage(const LockRequest& request) {
    bool has_files = !request.requirements_files.empty();
    bool has_scripts = !request.scripts.empty();
    if (has_files && has_scripts && is_project(request.scripts[0])) {
        return fail(Error{Error::Kind::usage, "-r takes no project beside it"}.hint(
            "lock them one after the other"));
    }
    if (has_scripts && request.requirements_files.size() > 1) {
        return fail(Error{Error::Kind::usage, "scripts are given one requirements file, not " +
                                                  std::to_string(request.requirements_files.size())}
                        .hint("a line \"-r FILE\" in it includes another"));
    }
    if (!without_locks(request.constraints_files).empty() && (!has_files || has_scripts)) {
        return fail(Error{Error::Kind::usage, "-c needs -r and no scripts, or a lock"}.hint(
            "scripts and projects have constraints in [tool.pawl]"));
    }
    if (!request.requires_python.empty() && (!has_files || has_scripts)) {
        return fail(Error{Error::Kind::usage, "--requires-python needs -r"}.hint(
            "scripts and projects say it in their metadata"));
    }
    bool is_script = !request.scripts.empty() && !is_project(request.scripts[0]);
    if ((request.embed || request.beside || request.compact) && !is_script) {
        return fail(Error::Kind::usage, "--embed, --beside and --compact take scripts");
    }
    if (request.embed && request.beside) {
        return fail(Error::Kind::usage, "a lock is either inside a script or beside it");
    }
    if (!request.as_of.empty() && !is_script) {
        return fail(Error{Error::Kind::usage, "--as-of takes scripts"}.hint(
            "--exclude-newer DATE is for all that can be locked"));
    }
    return {};
}

} // namespace

Result<> lock_any(const LockRequest& request, Services& services) {
    TRY(check_usage(request));
    if (!request.requirements_files.empty() && request.scripts.empty()) {
        return lock_input(TRY(requirements_input(request, services)), request, services);
    }
    if (request.scripts.empty() && !fs::exists("pyproject.toml")) {
        return fail(Error{Error::Kind::usage, "there is nothing to lock here"}.hint(
            "name a script, -r FILE, or go to a directory with a pyproject.toml"));
    }
    if (request.scripts.empty() ||
        (request.scripts.size() == 1 && is_project(request.scripts[0]))) {
        return lock_input(TRY(project_input(request, services)), request, services);
    }
    return lock_scripts(request, services);
}

namespace {

/// Resolutions wait for the network more than for the processor.
constexpr size_t lock_threads_max = 8;

/// "3 locked, 120 unchanged, 2 failed": the last line of many.
std::string summary(const std::vector<Result<Outcome>>& outcomes) {
    size_t failed = 0;
    std::array<size_t, 3> counts{};
    for (const Result<Outcome>& outcome : outcomes) {
        outcome ? ++counts[static_cast<size_t>(*outcome)] : ++failed;
    }
    std::vector<std::string> parts;
    auto add = [&parts](size_t count, std::string_view what) {
        if (count != 0) {
            parts.push_back(std::to_string(count) + " " + std::string(what));
        }
    };
    add(counts[static_cast<size_t>(Outcome::locked)], "locked");
    add(counts[static_cast<size_t>(Outcome::unchanged)], "unchanged");
    add(counts[static_cast<size_t>(Outcome::fresh)], "fresh");
    add(failed, "failed");
    return std::to_string(outcomes.size()) + " scripts: " + join(parts, ", ");
}

/// All of them at once, with one view of the index.
std::vector<Result<Outcome>> lock_all(const LockRequest& request, Services& services) {
    const size_t count = request.scripts.size();
    std::vector<Result<Outcome>> outcomes(count, Outcome::fresh);
    std::atomic<size_t> done = 0;
    Result<> all = parallel_for(
        count,
        [&](size_t i) -> Result<> {
            outcomes[i] = lock_one(request.scripts[i], request, services);
            services.terminal().progress("scripts", ++done, count);
            return {};
        },
        lock_threads_max);
    check(all.has_value());
    services.terminal().progress_end();
    return outcomes;
}

} // namespace

Result<> lock_scripts(const LockRequest& request, Services& services) {
    if (request.scripts.size() == 1) {
        Outcome outcome = TRY(lock_one(request.scripts[0], request, services));
        if (outcome == Outcome::fresh) {
            services.terminal().note(printable(request.scripts[0]) + ": the lock is fresh");
        }
        return {};
    }
    if (!request.output.empty()) {
        return fail(Error::Kind::usage,
                    "-o takes one script, not " + std::to_string(request.scripts.size()));
    }
    std::vector<Result<Outcome>> outcomes = lock_all(request, services);
    const Error* first = nullptr;
    for (const Result<Outcome>& outcome : outcomes) {
        if (!outcome) {
            services.terminal().error(outcome.error());
            first = first != nullptr ? first : &outcome.error();
        }
    }
    services.terminal().note(summary(outcomes));
    if (first != nullptr) {
        return fail(first->kind, request.check ? "not all locks are there and fresh"
                                               : "not all scripts could be locked");
    }
    return {};
}

} // namespace pawl::ops
