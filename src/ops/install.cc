#include "ops/install.h"

#include <algorithm>

#include "base/fs.h"
#include "base/text.h"
#include "install/target.h"
#include "lock/read.h"
#include "lock/sources.h"
#include "ops/environment.h"
#include "ops/resolution.h"
#include "pep/wheel_name.h"
#include "store/environments.h"
#include "text/json.h"

namespace pawl::ops {

namespace {

bool is_lock(std::string_view text) {
    return text.ends_with(".toml") && lock::is_lock_file_name(fs::base_name(text));
}

/// "dir/six-1.16.0-py2.py3-none-any.whl" → "six @ file:///…/dir/six-….whl"; other texts are
/// requirements already.
Result<pep::Requirement> requirement_of(const std::string& text) {
    bool is_file = text.ends_with(".whl") || text.ends_with(".tar.gz") || text.ends_with(".zip");
    bool is_url = text.find("://") != std::string::npos && text.find('@') == std::string::npos;
    if (!is_file && !is_url) {
        return pep::Requirement::parse(text);
    }
    std::string path = is_url ? std::string() : TRY(fs::absolute(text));
    std::string url = is_url ? text : Url::from_path(path).text();
    std::string file_name =
        is_url ? TRY(Url::parse(text)).file_name() : std::string(fs::base_name(path));
    if (!path.empty() && !fs::exists(path)) {
        return fail(Error::Kind::usage, "there is no file " + printable(text));
    }
    std::string name = file_name.ends_with(".whl")
                           ? TRY(pep::WheelName::parse(file_name)).name.str()
                           : TRY(pep::SdistName::parse(file_name)).name.str();
    return pep::Requirement::parse(name + " @ " + url);
}

Result<lock::Lock> lock_of_requirements(const InstallRequest& request, const Settings& settings,
                                        const python::Interpreter& interpreter,
                                        Services& services) {
    ResolutionRequest resolution{.only_for = &interpreter, .settings = settings};
    resolution.directory = TRY(fs::current_directory());
    for (const std::string& text : request.what) {
        resolution.requirements.push_back(
            {TRY_IN(printable(text), requirement_of(text)), "the command line"});
    }
    lock::Lock lock = TRY(resolve_to_lock(resolution, services));
    if (request.no_deps) {
        std::erase_if(lock.packages, [&resolution](const lock::Package& package) {
            return std::ranges::none_of(resolution.requirements, [&](const RootRequirement& root) {
                return root.requirement.name == package.name;
            });
        });
    }
    return lock;
}

struct LoadedLock {
    lock::Lock lock;
    std::string directory;
    std::set<std::string> requested;
};

Result<LoadedLock> load(const InstallRequest& request, const Settings& settings,
                        const python::Interpreter& interpreter, Services& services) {
    LoadedLock loaded;
    if (request.what.size() == 1 && is_lock(request.what[0])) {
        const std::string& path = request.what[0];
        std::string text = TRY(fs::read(path));
        lock::ReadResult read = TRY_IN(printable(path), lock::read(std::move(text)));
        TRY_IN(printable(path), lock::check_sources(read.lock));
        for (const std::string& warning : read.warnings) {
            services.terminal().warn(printable(path) + ": " + warning);
        }
        loaded.lock = std::move(read.lock);
        loaded.directory = fs::parent(TRY(fs::absolute(path)));
        return loaded;
    }
    loaded.lock = TRY(lock_of_requirements(request, settings, interpreter, services));
    loaded.directory = TRY(fs::current_directory());
    for (const std::string& text : request.what) {
        loaded.requested.insert(TRY(requirement_of(text)).name.str());
    }
    return loaded;
}

/// An environment that may be changed: the one named by --python, else the active one.
Result<install::Target> target_of(const InstallRequest& request,
                                  const python::Interpreter& interpreter) {
    if (!request.target.empty()) {
        return install::Target::of_directory(TRY(fs::absolute(request.target)), interpreter);
    }
    if (!interpreter.is_virtual_environment) {
        return fail(
            Error{Error::Kind::environment, "there is no virtual environment to install into (" +
                                                interpreter.describe() + " is not one)"}
                .hint("activate one, name one with --python DIR, or use --target DIR"));
    }
    return install::Target::of_environment(interpreter);
}

std::string_view change_name(install::Change::What what) {
    switch (what) {
    case install::Change::What::added:
        return "added";
    case install::Change::What::removed:
        return "removed";
    case install::Change::What::replaced:
        return "replaced";
    case install::Change::What::kept:
        return "kept";
    }
    return "";
}

void tell(const install::TargetReport& report, const InstallRequest& request, Terminal& terminal) {
    for (const std::string& warning : report.warnings) {
        terminal.warn(warning);
    }
    text::Value list = text::Value::array();
    size_t changed = 0;
    for (const install::Change& change : report.changes) {
        bool is_kept = change.what == install::Change::What::kept;
        changed += is_kept ? 0 : 1;
        text::Value one = text::Value::object({{"change", change_name(change.what)},
                                               {"name", change.name.str()},
                                               {"version", change.version}});
        if (!change.version_old.empty()) {
            one.set("version_old", change.version_old);
        }
        list.push_back(std::move(one));
        if (!is_kept) {
            terminal.note(std::string(change_name(change.what)) + " " + change.name.str() + " " +
                          printable(change.version_old.empty()
                                        ? change.version
                                        : change.version_old + " -> " + change.version));
        }
    }
    std::string done = request.dry_run ? "would change " : "changed ";
    terminal.note(done + std::to_string(changed) + " of " + std::to_string(report.changes.size()) +
                  " packages");
    if (request.json) {
        terminal.out(
            text::to_json(text::Value::object({{"changes", std::move(list)}}), {.indent = 2}) +
            "\n");
    }
}

} // namespace

Result<> install(const InstallRequest& request, Services& services) {
    Settings settings = services.settings();
    bool from_lock = request.what.size() == 1 && is_lock(request.what[0]);
    settings.no_build = settings.no_build || (!from_lock && !request.build);
    python::Interpreter interpreter = TRY(python::find(TRY(python::Request::parse(settings.python)),
                                                       pep::Specifiers(), services.surroundings()));
    install::Target target = TRY(target_of(request, interpreter));
    LoadedLock loaded = TRY(load(request, settings, interpreter, services));

    EnvironmentRequest wanted;
    wanted.interpreter = &interpreter;
    wanted.settings = settings;
    wanted.lock_directory = loaded.directory;
    wanted.requested = loaded.requested;
    wanted.wanted.extras.insert(request.extras.begin(), request.extras.end());
    if (!request.groups.empty()) {
        wanted.wanted.dependency_groups.emplace(request.groups.begin(), request.groups.end());
    }
    store::UseLease use = TRY(store::UseLease::acquire(*TRY(services.store())));
    WheelSet set = TRY(wheels_of(loaded.lock, wanted, services));

    install::TargetOptions options{.inexact = request.inexact || !from_lock,
                                   .reinstall = request.reinstall,
                                   .dry_run = request.dry_run};
    if (!request.link_mode.empty()) {
        options.link_mode = TRY_IN("--link-mode", install::parse_link_mode(request.link_mode));
    }
    Timings::Scope scope(services.timings(), "install");
    install::TargetReport report = TRY(install::install_into(target, set.items, options));
    tell(report, request, services.terminal());
    return {};
}

} // namespace pawl::ops
