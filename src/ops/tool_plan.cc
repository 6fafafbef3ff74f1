// From a name to what is installed, in one order: the wheel, its lock, the interpreter that both
// are for, the hosts that the lock leads to, what of the lock applies here, what --with adds to it.
//
// The wheel decides about the lock, and the lock about the interpreter: a tool that was tested with
// Python 3.9 to 3.12 gets one of these, where one is there and the user named none.

#include "ops/tool_plan.h"

#include <algorithm>
#include <set>

#include "base/fs.h"
#include "base/text.h"
#include "lock/select.h"
#include "ops/resolution.h"
#include "ops/tool_hosts.h"
#include "ops/tool_yanked.h"
#include "wheel/carried_lock.h"

namespace pawl::ops {

namespace {

Result<python::Interpreter> find_interpreter(const ToolRequest& request,
                                             const pep::Specifiers& pythons, Services& services) {
    return python::find(TRY(python::Request::parse(request.settings.python)), pythons,
                        services.surroundings());
}

class Planner {
  public:
    Planner(ToolPlan plan, ToolRequest& request, Services& services)
        : plan_(std::move(plan)), request_(request), services_(services) {}

    Result<ToolPlan> make() {
        TRY(find_wheel());
        if (plan_.wheel) {
            TRY(fit_interpreter(plan_.wheel->metadata.requires_python, described()));
            plan_.carried =
                TRY(find_tool_lock(*plan_.wheel, request_.lock, request_.settings, services_));
        } else if (request_.lock.locked || !request_.lock.name.empty()) {
            return fail(Error::Kind::check_failed,
                        printable(request_.source) + " has no wheel that could carry a lock");
        }
        TRY(plan_.carried ? take_carried() : resolve());
        plan_.environment.settings = request_.settings;
        plan_.environment.lock_directory = "/";
        plan_.environment.requested.insert(plan_.name().str());
        return std::move(plan_);
    }

  private:
    std::string described() const {
        return plan_.wheel ? plan_.name().str() + " " + plan_.wheel->metadata.version.str()
                           : plan_.name().str();
    }

    Result<> find_wheel() {
        ToolSearch search{.interpreter = &plan_.interpreter,
                          .settings = &request_.settings,
                          .build = request_.build};
        plan_.wheel = TRY(find_tool_wheel(plan_.source, search, services_));
        return {};
    }

    /// Another interpreter when this one does not do; the wheel must be for that one, too.
    Result<> fit_interpreter(const std::optional<pep::Specifiers>& pythons, std::string_view who) {
        if (!pythons || pythons->contains(plan_.interpreter.version, pep::Prereleases::yes)) {
            return {};
        }
        plan_.interpreter = TRY_IN(who, find_interpreter(request_, *pythons, services_));
        std::string sha256 = plan_.wheel->entry.sha256;
        TRY(find_wheel());
        if (!plan_.wheel || plan_.wheel->entry.sha256 != sha256) {
            return fail(Error::Kind::environment,
                        printable(who) + " needs Python " + printable(pythons->str()) +
                            ", and has no wheel for " + plan_.interpreter.describe());
        }
        return {};
    }

    // --- with the lock that the wheel carries ------------------------------------------------

    Result<> take_carried() {
        lock::Lock& lock = plan_.carried->lock;
        if (request_.settings.python.empty()) {
            Result<> fitted = fit_interpreter(lock.requires_python, "the lock of " + described());
            if (!fitted) {
                return unsupported(fitted.error().message);
            }
        }
        TRY(agree_to_hosts(lock, {.name = described(), .url = plan_.wheel->url}, request_.settings,
                           request_.allowed_hosts, services_));
        std::vector<const lock::Package*> chosen = TRY(choose());
        std::set<std::string> extras = wanted_extras();
        TRY_IN(described(),
               wheel::check_chosen(chosen, plan_.wheel->metadata,
                                   {.environment = &plan_.interpreter.markers, .extras = extras}));
        TRY(warn_of_yanked(chosen, request_.settings, services_));
        plan_.lock = lock;
        if (!request_.with.empty()) {
            TRY(add_with(chosen));
        } else {
            plan_.environment.wanted.extras = extras;
        }
        plan_.lock.packages.push_back(plan_.wheel->package);
        plan_.version = plan_.wheel->metadata.version.str();
        return {};
    }

    std::set<std::string> wanted_extras() const {
        std::set<std::string> extras;
        for (const pep::Name& extra : plan_.source.requirement.extras) {
            extras.insert(extra.str());
        }
        return extras;
    }

    /// What of the lock applies to this interpreter.
    Result<std::vector<const lock::Package*>> choose() {
        const lock::Lock& lock = plan_.carried->lock;
        pep::TagSet tags(plan_.interpreter.tags());
        lock::Request wanted;
        wanted.extras = wanted_extras();
        Result<std::vector<lock::Selection>> selections =
            lock::select(lock, {.environment = plan_.interpreter.markers, .tags = &tags}, wanted);
        if (!selections && selections.error().kind == Error::Kind::environment) {
            return unsupported(selections.error().message);
        }
        std::vector<const lock::Package*> chosen;
        for (const lock::Selection& selection : TRY(std::move(selections))) {
            const lock::Package& package = lock.packages[selection.package];
            bool is_wheel = selection.kind == lock::Selection::Kind::wheel ||
                            (package.archive && package.archive->file_name().ends_with(".whl"));
            if (!is_wheel && !request_.build) {
                return needs_build(package);
            }
            chosen.push_back(&package);
        }
        return chosen;
    }

    std::string here() const {
        return plan_.interpreter.describe() + " on " + plan_.interpreter.markers.sys_platform +
               " " + plan_.interpreter.markers.platform_machine;
    }

    std::string how_unlocked() const {
        return "to install it as it resolves today, untested: --no-lock";
    }

    /// Nothing of the lock is for here: what it is for, and the way out.
    tl::unexpected<Error> unsupported(std::string_view why) const {
        const lock::Lock& lock = plan_.carried->lock;
        std::string message =
            here() + " is not supported by this release: the lock of " + described() + " is for ";
        message += lock.requires_python && !lock.requires_python->is_empty()
                       ? "Python " + printable(lock.requires_python->str())
                       : std::string("any Python");
        for (const pep::Marker& marker : lock.environments) {
            message += ", where " + printable(marker.str());
        }
        message += "\n  " + replace_all(why, "\n  hint: ", "; ");
        return fail(Error{Error::Kind::environment, std::move(message)}.hint(how_unlocked()));
    }

    tl::unexpected<Error> needs_build(const lock::Package& package) const {
        return fail(Error{Error::Kind::permission,
                          here() + " is not supported by this release: the lock of " + described() +
                              " has no wheel of " + package.name.str() +
                              (package.version ? " " + package.version->str() : "") +
                              " for it, only its source"}
                        .hint("to build that, which runs its code: --build")
                        .hint(how_unlocked()));
    }

    /// Resolves the further requirements with the chosen versions fixed; what is new is added.
    Result<> add_with(const std::vector<const lock::Package*>& chosen) {
        ResolutionRequest resolution = TRY(resolution_of_with());
        std::set<pep::Name> fixed;
        auto fix = [&](const lock::Package& package) {
            fixed.insert(package.name);
            if (!package.version) {
                return;
            }
            pep::Requirement pin{.name = package.name, .name_as_written = package.name.str()};
            pin.specifiers =
                pep::Specifiers::parse("==" + package.version->str()).value_or(pep::Specifiers());
            resolution.constraints.push_back({std::move(pin), "the lock of " + described()});
        };
        for (const lock::Package* package : chosen) {
            fix(*package);
        }
        fix(plan_.wheel->package);
        Result<lock::Lock> added = resolve_to_lock(resolution, services_);
        if (!added) {
            return fail(std::move(added.error())
                            .in("--with")
                            .hint("what the lock of " + described() +
                                  " holds is never changed; --no-lock resolves all of it anew"));
        }
        std::vector<lock::Package> packages;
        for (const lock::Package* package : chosen) {
            packages.push_back(*package);
            packages.back().marker.reset();
        }
        for (lock::Package& package : added->packages) {
            if (!fixed.contains(package.name)) {
                package.marker.reset();
                packages.push_back(std::move(package));
            }
        }
        plan_.lock.packages = std::move(packages);
        plan_.lock.environments.clear();
        plan_.lock.extras.emplace();
        plan_.lock.dependency_groups.emplace();
        plan_.lock.default_groups.clear();
        return {};
    }

    // --- without one -------------------------------------------------------------------------

    Result<ResolutionRequest> resolution_of_with() const {
        ResolutionRequest resolution;
        resolution.only_for = &plan_.interpreter;
        resolution.settings = request_.settings;
        for (const std::string& text : request_.with) {
            ToolSource further = TRY_IN("--with", parse_tool_source(text));
            resolution.requirements.push_back({std::move(further.requirement), "--with"});
        }
        return resolution;
    }

    Result<> resolve() {
        ResolutionRequest resolution = TRY(resolution_of_with());
        resolution.requirements.insert(resolution.requirements.begin(),
                                       {plan_.source.requirement, ""});
        plan_.lock = TRY(resolve_to_lock(resolution, services_));
        std::vector<const lock::Package*> found = plan_.lock.find(plan_.name());
        plan_.version = !found.empty() && found[0]->version ? found[0]->version->str() : "";
        if (plan_.wheel && plan_.wheel->metadata.version.str() != plan_.version) {
            plan_.wheel.reset(); // what it needs has led to another release
        }
        return {};
    }

    ToolPlan plan_;
    ToolRequest& request_;
    Services& services_;
};

} // namespace

Result<ToolPlan> plan_tool(ToolRequest& request, Services& services) {
    if (!request.lock.name.empty()) {
        TRY_IN("--lock", wheel::check_lock_name(request.lock.name));
    }
    ToolSource source = TRY(parse_tool_source(request.source));
    if (source.login) {
        request.settings.logins.push_back(*source.login);
    }
    request.settings.no_build = request.settings.no_build || !request.build;
    python::Interpreter interpreter = TRY(find_interpreter(request, {}, services));
    ToolPlan plan{.source = std::move(source), .interpreter = std::move(interpreter)};
    return Planner(std::move(plan), request, services).make();
}

} // namespace pawl::ops
