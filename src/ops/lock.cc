#include "ops/lock.h"

#include <algorithm>

#include "base/text.h"
#include "ops/module_check.h"
#include "ops/script_state.h"

namespace pawl::ops {

namespace {

/// "added x 1, updated y 1 -> 2, removed z": what changed between two locks, for one line.
std::string changes_between(const lock::Lock* before, const lock::Lock& after) {
    auto versions = [](const lock::Lock* lock, const pep::Name& name) {
        std::vector<std::string> list;
        if (lock != nullptr) {
            for (const lock::Package* package : lock->find(name)) {
                list.push_back(package->version ? package->version->str() : "source");
            }
        }
        std::ranges::sort(list);
        return list;
    };
    std::vector<std::string> changes;
    std::vector<pep::Name> names;
    auto collect = [&names](const lock::Lock& lock) {
        for (const lock::Package& package : lock.packages) {
            names.push_back(package.name);
        }
    };
    collect(after);
    if (before != nullptr) {
        collect(*before);
    }
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    for (const pep::Name& name : names) {
        std::vector<std::string> old = versions(before, name);
        std::vector<std::string> now = versions(&after, name);
        if (old == now) {
            continue;
        }
        changes.push_back(old.empty()   ? "added " + name.str() + " " + join(now, " and ")
                          : now.empty() ? "removed " + name.str()
                                        : "updated " + name.str() + " " + join(old, " and ") +
                                              " -> " + join(now, " and "));
    }
    constexpr size_t shown_max = 6;
    if (changes.size() > shown_max) {
        size_t more = changes.size() - shown_max;
        changes.resize(shown_max);
        changes.push_back(std::to_string(more) + " more");
    }
    return join(changes, ", ");
}

/// "P==V" moves P to V, "P" to whatever is newest.
Result<> add_upgrades(const LockRequest& request, ResolutionRequest& resolution) {
    if (request.upgrade) {
        resolution.previous = nullptr;
    }
    for (const std::string& text : request.upgrade_packages) {
        pep::Requirement requirement = TRY_IN("--upgrade-package", pep::Requirement::parse(text));
        resolution.upgrade_packages.push_back(requirement.name);
        if (!requirement.specifiers.is_empty()) {
            resolution.constraints.push_back({requirement, "--upgrade-package"});
        }
    }
    return {};
}

Result<> check_lock(const ScriptState& script) {
    if (script.freshness == ScriptState::Freshness::fresh) {
        return {};
    }
    std::string shown = printable(script.name);
    if (script.freshness == ScriptState::Freshness::no_lock) {
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
    TRY(add_upgrades(request, resolution));
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
