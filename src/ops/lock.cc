#include "ops/lock.h"

#include "base/fs.h"
#include "base/text.h"
#include "ops/lock_input.h"
#include "ops/lock_steps.h"
#include "ops/module_check.h"
#include "ops/project_input.h"
#include "ops/requirements_input.h"
#include "ops/script_state.h"

namespace pawl::ops {

namespace {

Result<> check_lock(const ScriptState& script) {
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
            return {};
        }
        reason = other->reason;
        command += " " + printable(other->option);
    }
    return fail(
        Error{Error::Kind::check_failed, shown + ": the lock is stale: " + printable(reason)}.hint(
            "refresh it with: " + command));
}

Result<> lock_one(const std::string& path, const LockRequest& request, Services& services) {
    ScriptState script = TRY(load_script(path, services));
    if (request.check) {
        TRY(check_lock(script));
        services.terminal().note(printable(path) + ": the lock is fresh");
        return {};
    }
    ResolutionRequest resolution = TRY(request_of(script));
    TRY(add_upgrades(resolution, request.upgrade, request.upgrade_packages));
    std::optional<python::Interpreter> interpreter = TRY(restrict_environments(
        resolution,
        {.markers = request.environments,
         .this_environment = request.this_environment || script.record.this_environment},
        services));
    resolution.only_for = interpreter ? &*interpreter : nullptr;
    lock::Lock lock = TRY_IN(printable(path), resolve_to_lock(resolution, services));
    TRY(check_modules(script, lock, services));
    std::string changes = changes_between(script.lock ? &*script.lock : nullptr, lock);
    size_t count = lock.packages.size();
    std::string written = TRY(
        write_lock(script, std::move(lock), {.embed = request.embed, .output = request.output}));
    services.terminal().note(
        (written.empty() ? printable(path) + ": unchanged"
                         : "locked " + printable(path) + " in " + printable(written)) +
        " (" + std::to_string(count) + (count == 1 ? " package" : " packages") +
        (changes.empty() || written.empty() ? "" : ": " + changes) + ")");
    return {};
}

/// A directory with a pyproject.toml, or that file.
bool is_project(const std::string& path) {
    return fs::base_name(path) == "pyproject.toml" || fs::is_directory(path);
}

Result<> check_usage(const LockRequest& request) {
    bool has_files = !request.requirements_files.empty();
    if (has_files && !request.scripts.empty()) {
        return fail(Error{Error::Kind::usage, "-r takes no scripts beside it"}.hint(
            "lock them one after the other"));
    }
    if (!request.constraints_files.empty() && !has_files) {
        return fail(Error{Error::Kind::usage, "-c needs -r"}.hint(
            "scripts and projects have constraints in [tool.pawl]"));
    }
    if (!request.requires_python.empty() && !has_files) {
        return fail(Error{Error::Kind::usage, "--requires-python needs -r"}.hint(
            "scripts and projects say it in their metadata"));
    }
    bool is_script = !request.scripts.empty() && !is_project(request.scripts[0]);
    if (request.embed && !is_script) {
        return fail(Error::Kind::usage, "--embed takes a script");
    }
    return {};
}

} // namespace

Result<> lock_any(const LockRequest& request, Services& services) {
    TRY(check_usage(request));
    if (!request.requirements_files.empty()) {
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

Result<> lock_scripts(const LockRequest& request, Services& services) {
    if (request.scripts.size() > 1 && !request.output.empty()) {
        return fail(Error::Kind::usage,
                    "-o takes one script, not " + std::to_string(request.scripts.size()));
    }
    std::optional<Error> first;
    size_t failed = 0;
    for (const std::string& path : request.scripts) {
        Result<> done = lock_one(path, request, services);
        if (!done) {
            if (request.scripts.size() == 1) {
                return done;
            }
            services.terminal().error(done.error());
            ++failed;
            if (!first) {
                first = std::move(done.error());
            }
        }
    }
    if (first) {
        return fail(first->kind, std::to_string(failed) + " of " +
                                     std::to_string(request.scripts.size()) +
                                     " scripts could not be locked");
    }
    return {};
}

} // namespace pawl::ops
