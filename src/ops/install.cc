#include "ops/install.h"

#include <algorithm>
#include <array>

#include "base/fs.h"
#include "base/text.h"
#include "install/target.h"
#include "lock/read.h"
#include "lock/sources.h"
#include "ops/complete_lock.h"
#include "ops/environment.h"
#include "ops/lock_document.h"
#include "ops/lock_input.h"
#include "ops/lock_reuse.h"
#include "ops/requirements_input.h"
#include "ops/resolution.h"
#include "ops/rewrite_urls.h"
#include "ops/wheel_variants.h"
#include "store/environments.h"
#include "text/json.h"

namespace pawl::ops {

namespace {

/// What is a file's name rather than a project's: a lock that must be there, or something that is
/// installed in another way. ("discord.py" and "ruamel.yaml" are projects.)
Result<> check_names(const InstallRequest& request) {
    auto is_one_of = [](std::string_view text, std::span<const std::string_view> all) {
        return std::ranges::any_of(all, [text](auto one) { return text.ends_with(one); });
    };
    constexpr std::array<std::string_view, 2> lists = {".txt", ".in"};
    for (const std::string& text : request.what) {
        std::string shown = printable(text);
        if (text.ends_with(".toml") && !fs::exists(text)) {
            return fail(Error::Kind::usage, "there is no lock file " + shown);
        }
        if (text.ends_with(".toml") && !is_lock_name(text)) {
            return fail(Error{Error::Kind::usage, shown + " is no lock file's name"}.hint(
                "a lock is called pylock.toml or pylock.NAME.toml; pawl lock makes one"));
        }
        if (is_one_of(text, lists)) {
            return fail(Error{Error::Kind::usage, shown + " is not the name of a project"}.hint(
                "a file of requirements is installed with -r " + shown));
        }
    }
    return {};
}

struct LoadedLock {
    lock::Lock lock;
    std::string directory;
    Settings settings; ///< with what requirements files say
    std::set<std::string> requested;
};

/// Arguments and files, resolved for this interpreter.
Result<LoadedLock> lock_of_requirements(const InstallRequest& request, const Settings& settings,
                                        const python::Interpreter& interpreter,
                                        Services& services) {
    LockInput input{.name = request.requirements_files.empty()
                                ? "the command line"
                                : join_words(request.requirements_files)};
    ResolutionRequest& resolution = input.resolution;
    resolution.only_for = &interpreter;
    resolution.settings = settings;
    resolution.directory = TRY(fs::current_directory());
    project::RequirementsOptions options = TRY(requirements_options());
    for (const std::string& text : request.what) {
        project::FileRequirement one =
            TRY(project::read_requirement_argument(text, false, options));
        resolution.requirements.push_back({std::move(one.requirement), "the command line"});
    }
    TRY(add_requirements_files(request.requirements_files, request.constraints_files, input,
                               services));
    TRY(allow_wheel_variants(resolution.settings, interpreter));
    LoadedLock loaded;
    loaded.lock = TRY(resolve_input(input, services));
    loaded.directory = resolution.directory;
    loaded.settings = resolution.settings;
    for (const RootRequirement& root : resolution.requirements) {
        loaded.requested.insert(root.requirement.name.str());
    }
    if (request.no_deps) {
        std::erase_if(loaded.lock.packages, [&loaded](const lock::Package& package) {
            return !loaded.requested.contains(package.name.str());
        });
    }
    return loaded;
}

/// Extras and groups that the lock's maker declared to exclude each other.
Result<> check_conflicts(const lock::Lock& lock, const InstallRequest& request) {
    std::set<std::string> asked;
    for (const std::string& extra : request.extras) {
        asked.insert("extra " + pep::normalize_name(extra));
    }
    for (const std::string& group : request.groups.empty() ? lock.default_groups : request.groups) {
        asked.insert("group " + pep::normalize_name(group));
    }
    for (const std::string& conflict : TRY(read_record(lock)).conflicts) {
        std::vector<std::string> both;
        for (std::string_view item : split(conflict, ',')) {
            if (asked.contains(std::string(trim(item)))) {
                both.emplace_back(trim(item));
            }
        }
        if (both.size() > 1) {
            return fail(Error::Kind::usage,
                        printable(join_words(both)) + " conflict: the lock allows one of them");
        }
    }
    return {};
}

/// A lock of another tool, as the pylock that it would be.
Result<LoadedLock> load_foreign(const std::string& path, bool is_frozen, const Settings& settings,
                                Services& services) {
    exchange::Document document = TRY(load_document({path, "", is_frozen}, services));
    TRY(complete_lock(document, exchange::missing(document, exchange::Format::pylock), settings,
                      services));
    LoadedLock loaded{.lock = {}, .directory = {}, .settings = settings, .requested = {}};
    loaded.lock = std::move(document.lock);
    loaded.directory = std::move(document.directory);
    return loaded;
}

Result<LoadedLock> load(const InstallRequest& request, const Settings& settings,
                        const python::Interpreter& interpreter, Services& services) {
    if (request.what.size() != 1 || !is_lock_name(request.what[0])) {
        return lock_of_requirements(request, settings, interpreter, services);
    }
    const std::string& path = request.what[0];
    if (!lock::is_lock_file_name(fs::base_name(path))) {
        return load_foreign(path, request.is_frozen, settings, services);
    }
    LoadedLock loaded{.lock = {}, .directory = {}, .settings = settings, .requested = {}};
    std::string text = TRY(fs::read(path));
    lock::ReadResult read = TRY_IN(printable(path), lock::read(std::move(text)));
    TRY_IN(printable(path), lock::check_sources(read.lock));
    for (const std::string& warning : read.warnings) {
        services.terminal().warn(printable(path) + ": " + warning);
    }
    TRY_IN(printable(path), check_conflicts(read.lock, request));
    loaded.lock = std::move(read.lock);
    loaded.directory = fs::parent(TRY(fs::absolute(path)));
    return loaded;
}

/// With --variant a project or a script is named, and the lock of one of its variants is meant.
Result<InstallRequest> with_variant(InstallRequest request, Terminal& terminal) {
    // --explain alone is of what the arguments name, whatever that is.
    if (request.variant.name.empty()) {
        return request;
    }
    if (request.what.size() > 1 || !request.requirements_files.empty() ||
        std::ranges::any_of(request.what, is_lock_name)) {
        return fail(Error{Error::Kind::usage, "--variant takes a project or a script"}.hint(
            "nothing is the project here; a lock's own name needs no --variant"));
    }
    std::string what = request.what.empty() ? "" : request.what[0];
    request.what = {TRY(lock_of_variant(what, request.variant, terminal))};
    terminal.note("installing from " + printable(request.what[0]));
    return request;
}

/// `-r pylock.toml` is how pip names a lock.
Result<InstallRequest> with_lock_named(InstallRequest request) {
    std::vector<std::string>& files = request.requirements_files;
    bool names_lock = std::ranges::any_of(files, is_lock_name);
    if (names_lock && files.size() == 1 && request.what.empty()) {
        request.what = std::exchange(files, {});
    } else if (names_lock) {
        return fail(Error::Kind::usage, "a lock file is installed alone");
    }
    bool has_lock = std::ranges::any_of(request.what, is_lock_name);
    if (has_lock &&
        (request.what.size() > 1 || !files.empty() || !request.constraints_files.empty())) {
        return fail(Error::Kind::usage, "a lock file is installed alone");
    }
    if (request.what.empty() && files.empty()) {
        return fail(Error{Error::Kind::usage, "there is nothing to install"}.hint(
            "name a lock file, requirements, or -r FILE"));
    }
    return request;
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

/// Where the file with this hash comes from, as the lock says it; null when it was built of
/// something that has none.
text::Value origin_of(const lock::Lock& lock, std::string_view sha256) {
    for (const lock::Package& package : lock.packages) {
        auto is_it = [sha256](const lock::FileSource& source) {
            return std::ranges::any_of(source.hashes,
                                       [sha256](const Hash& hash) { return hash.hex == sha256; });
        };
        auto origin = [&package](const lock::FileSource& source) {
            text::Value value = text::Value::object({{"name", package.name.str()}});
            value.set(source.path.empty() ? "url" : "path",
                      source.path.empty() ? source.url : source.path);
            if (!package.index.empty()) {
                value.set("index", package.index);
            }
            return value;
        };
        if (package.archive && is_it(package.archive->source)) {
            return origin(package.archive->source);
        }
        if (package.sdist && is_it(package.sdist->source)) {
            return origin(package.sdist->source);
        }
        for (const lock::Wheel& wheel : package.wheels) {
            if (is_it(wheel.source)) {
                return origin(wheel.source);
            }
        }
    }
    return {};
}

/// What a program wants to know of an installation: which Python, and each file with its hash.
text::Value files_of(const WheelSet& set, const lock::Lock& lock) {
    text::Value files = text::Value::array();
    for (const install::Item& item : set.items) {
        text::Value file = text::Value::object({{"sha256", item.sha256}});
        if (text::Value origin = origin_of(lock, item.sha256); origin.is_object()) {
            for (const text::Value::Member& member : origin.as_object()) {
                file.set(member.key, member.value);
            }
        }
        if (!item.direct_url.empty()) {
            file.set("direct", true);
        }
        files.push_back(std::move(file));
    }
    return files;
}

void tell(const install::TargetReport& report, const InstallRequest& request, text::Value files,
          Terminal& terminal) {
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
    if (request.json || !request.report.empty()) {
        text::Value whole = text::Value::object({{"changes", std::move(list)}});
        if (!request.report.empty()) {
            whole.set("dry_run", request.dry_run);
            whole.set("files", std::move(files));
        }
        terminal.out(text::to_json(whole, {.indent = 2}) + "\n");
    }
}

} // namespace

Result<> install(const InstallRequest& given, Services& services) {
    InstallRequest request = TRY(with_variant(given, services.terminal()));
    request = TRY(with_lock_named(std::move(request)));
    TRY(check_names(request));
    if (!request.report.empty() && request.report != "json") {
        return fail(Error::Kind::usage, "--report takes json");
    }
    Settings settings = services.settings();
    bool from_lock = request.what.size() == 1 && is_lock_name(request.what[0]);
    if (!from_lock && !request.build && !settings.no_build) {
        settings.no_build = true;
        settings.build_advice = "allow it with --build, which runs the code of what is built";
    }
    python::Interpreter interpreter = TRY(python::find(TRY(python::Request::parse(settings.python)),
                                                       pep::Specifiers(), services.surroundings()));
    install::Target target = TRY(target_of(request, interpreter));
    LoadedLock loaded = TRY(load(request, settings, interpreter, services));
    TRY(rewrite_urls(loaded.lock, request.rewrite_urls));
    if (request.variant.explain) {
        TRY(explain_wheel_variants(loaded.lock, loaded.settings, interpreter, services));
    }

    EnvironmentRequest wanted;
    wanted.interpreter = &interpreter;
    wanted.settings = loaded.settings;
    wanted.lock_directory = loaded.directory;
    wanted.requested = loaded.requested;
    wanted.wanted.extras.insert(request.extras.begin(), request.extras.end());
    if (!request.groups.empty()) {
        wanted.wanted.dependency_groups.emplace(request.groups.begin(), request.groups.end());
    }
    store::Store& store = *TRY(services.store());
    store::UseLease use = TRY(store::UseLease::acquire(store));
    WheelSet set = TRY(wheels_of(loaded.lock, wanted, services));

    install::TargetOptions options{.inexact = request.inexact || !from_lock,
                                   .reinstall = request.reinstall,
                                   .dry_run = request.dry_run,
                                   .store = &store};
    if (!request.link_mode.empty()) {
        options.link_mode = TRY_IN("--link-mode", install::parse_link_mode(request.link_mode));
    }
    Timings::Scope scope(services.timings(), "install");
    install::TargetReport report = TRY(install::install_into(target, set.items, options));
    tell(report, request, files_of(set, loaded.lock), services.terminal());
    return {};
}

} // namespace pawl::ops
