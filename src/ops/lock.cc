#include "ops/lock.h"

#include <algorithm>

#include "base/text.h"
#include "ops/lock_steps.h"
#include "ops/module_check.h"
#include "ops/script_state.h"

namespace pawl::ops {

namespace {

Result<> check_lock(const ScriptState& script) {
    if (script.freshness == Freshness::fresh) {
        return {};
    }
    std::string shown = printable(script.name);
    if (script.freshness == Freshness::no_lock) {
        return fail(Error{Error::Kind::check_failed, shown + " has no lock"}.hint(
            "make one with: pawl lock " + shown));
    }
    return fail(Error{Error::Kind::check_failed,
                      shown + ": the lock is stale: " + printable(script.stale_reason)}
                    .hint("refresh it with: pawl lock " + shown));
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
    for (const std::string& text : request.environments) {
        resolution.environments.push_back(TRY_IN("--environment", pep::Marker::parse(text)));
    }
    std::optional<python::Interpreter> interpreter;
    bool this_environment = request.this_environment || script.record.this_environment;
    if (this_environment) {
        interpreter = TRY(python::find(TRY(python::Request::parse(script.settings.python)),
                                       script.requires_python, services.surroundings()));
        resolution.only_for = &*interpreter;
        resolution.record_environment = true;
    }
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

} // namespace

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
