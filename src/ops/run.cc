#include "ops/run.h"

#include "base/fs.h"
#include "base/sha256.h"
#include "base/text.h"
#include "ops/as_of.h"
#include "ops/environment.h"
#include "ops/launch.h"
#include "ops/module_check.h"
#include "ops/notebook_runner.h"
#include "ops/remote_script.h"
#include "ops/run_memory.h"
#include "ops/script_requirements.h"
#include "ops/script_source.h"
#include "ops/script_state.h"
#include "ops/standard_input.h"
#include "ops/watch.h"
#include "ops/wheel_variants.h"

namespace pawl::ops {

namespace {

using Form = ScriptState::Form;

/// The program's text, wherever it is. Of a URL it may end here: what was fetched may be known.
Result<ScriptState> open_program(RunRequest& request, Services& services) {
    if (request.is_module) {
        return script_of_module(request.program);
    }
    if (request.program == "-") {
        if (!request.standard_input) {
            request.standard_input = read_standard_input();
        }
        return script_of_text("-", TRY(Result<std::string>(*request.standard_input)));
    }
    if (is_url(request.program)) {
        std::string file = TRY(fetch_program(request, services));
        run_by_stamp(request, TRY(services.cache_directory()), file);
        return script_in_cache(request.program, file);
    }
    return script_at(request.program);
}

/// `--sha256` holds for whatever file is run.
Result<> check_digest(const ScriptState& script, const RunRequest& request) {
    if (request.sha256.empty()) {
        return {};
    }
    if (script.form == Form::folder || (script.form == Form::module && script.path.empty())) {
        return fail(Error::Kind::usage, "--sha256 takes a program of one file, which " +
                                            printable(script.name) + " is not");
    }
    std::string sha256 = script.form == Form::text ? Sha256::hex_of(script.bytes)
                                                   : script.trace->reads.at(0).sha256_hex;
    if (sha256 != request.sha256) {
        return fail(Error::Kind::integrity, printable(script.name) + " has the SHA-256 " + sha256 +
                                                ", and should have " + request.sha256);
    }
    return {};
}

Result<> add_with(const RunRequest& request, ResolutionRequest& resolution) {
    for (const std::string& text : request.with) {
        resolution.requirements.push_back(
            {TRY_IN("--with", pep::Requirement::parse(text)), "--with"});
    }
    return {};
}

Result<> demand_lock(const ScriptState& script, const RunRequest& request) {
    bool demanded = request.locked || (script.demands_lock && !request.frozen);
    if (script.freshness == Freshness::no_lock &&
        (demanded || request.frozen || script.demands_lock)) {
        return fail(
            Error{Error::Kind::check_failed, script.shown() + " has no lock, and one is demanded"}
                .hint("make one with: " + script.lock_command()));
    }
    if (demanded && script.freshness == Freshness::stale) {
        return fail(Error{Error::Kind::check_failed,
                          script.shown() + ": the lock is stale: " + printable(script.stale_reason)}
                        .hint("refresh it with: " + script.lock_command()));
    }
    return {};
}

/// Puts the refreshed lock where the stale one was, and says in one line what has changed. A script
/// that cannot be written runs all the same.
void keep_refreshed(ScriptState& script, const lock::Lock& lock, Services& services) {
    Terminal& terminal = services.terminal();
    std::string changes = changes_between(&*script.lock, lock);
    std::string what = script.shown() + ": " + (changes.empty() ? "the same versions" : changes) +
                       " (" + printable(script.stale_reason) + ")";
    bool embedded = script.place.kind == script::LockPlace::Kind::embedded;
    if (embedded && !script.is_editable()) {
        terminal.note("for this run only, refreshed the lock of " + what);
        return;
    }
    lock::Lock copy = lock;
    Result<std::string> written = write_lock(script, std::move(copy), {});
    if (!written) {
        terminal.warn("for this run only, refreshed the lock of " + what + "; " +
                      written.error().message);
        return;
    }
    terminal.note("refreshed the lock of " + what);
    for (FileTrace::Read& read : script.trace->reads) {
        if (read.path == *written) {
            read.sha256_hex.clear(); // now it is what we wrote
        }
    }
}

/// The user asks for a day of which the lock is not: then the run has a lock of its own.
bool is_of_other_day(const ScriptState& script, const RunRequest& request) {
    return !request.as_of.empty() && script.settings.exclude_newer != script.record.exclude_newer;
}

/// The lock to run with: the script's own, which it gives away, refreshed when stale; else one in
/// memory only.
Result<lock::Lock> lock_for_run(ScriptState& script, const RunRequest& request,
                                const python::Interpreter& interpreter, Services& services) {
    TRY(demand_lock(script, request));
    bool is_other_day = script.lock && is_of_other_day(script, request);
    bool is_own = !request.with.empty() || is_other_day;
    bool as_it_is = script.freshness == Freshness::fresh ||
                    (request.frozen && script.freshness == Freshness::stale);
    if (as_it_is && !is_own) {
        lock::Lock own = std::move(*script.lock);
        script.lock.reset();
        return own;
    }
    ResolutionRequest resolution = TRY(request_of(script));
    TRY(add_with(request, resolution));
    if (is_other_day) {
        resolution.previous = nullptr;
        services.terminal().note("the lock of " + printable(script.name) +
                                 " is left aside: it is not as of that day");
    }
    bool is_kept = script.freshness == Freshness::stale && !is_own;
    if (!is_kept || script.record.this_environment) {
        resolution.only_for = &interpreter;
        resolution.record_environment = is_kept;
    }
    if (!is_kept) {
        if (auto looked_at = TRY(allow_wheel_variants(resolution.settings, interpreter))) {
            script.machine = std::move(looked_at);
        }
    }
    Result<lock::Lock> lock = resolve_given(script, resolution, services);
    if (!lock && is_kept) {
        return fail(std::move(lock.error())
                        .in(printable(script.name) + ": its lock is stale (" +
                            printable(script.stale_reason) + ") and cannot be refreshed")
                        .hint("--frozen runs with the lock as it is"));
    }
    lock::Lock found = TRY_IN(printable(script.name), std::move(lock));
    if (is_kept) {
        TRY(check_modules(script, found, services));
        keep_refreshed(script, found, services);
    }
    return found;
}

/// The Python for it, which neither PATH's order nor the day decides: what the script asks for,
/// else the newest one (of that day, with --as-of).
Result<python::Interpreter> interpreter_for(ScriptState& script, const RunRequest& request,
                                            Services& services) {
    bool is_free = !script.lock && script.needs.requires_python.empty();
    if (is_free) {
        // Nobody said which Pythons: the one that is asked for will do.
        script.requires_python = pep::Specifiers();
    }
    pep::Specifiers pythons = script.requires_python;
    if (script.lock && script.lock->requires_python) {
        pythons = TRY(pep::Specifiers::parse(pythons.str() + (pythons.is_empty() ? "" : ",") +
                                             script.lock->requires_python->str()));
    }
    python::Request wanted = TRY(python::Request::parse(script.settings.python));
    if (is_free && !request.as_of.empty() && wanted.text.empty()) {
        pep::Specifiers of_day = pythons_of_day(script.settings.exclude_newer);
        auto found = python::find(wanted, of_day, services.surroundings());
        if (found) {
            return found;
        }
    }
    return TRY_IN(printable(script.name), python::find(wanted, pythons, services.surroundings()));
}

/// What Python is given in place of the word that the user gave; "" for that word.
Result<std::string> program_file(const ScriptState& script, const RunRequest& request,
                                 const std::string& cache) {
    if (script.form == Form::notebook) {
        std::string text = notebook_runner(*script.notebook, script.spelled);
        std::string path = kept_script_path(cache, Sha256::hex_of(text), "");
        if (!fs::exists(path)) {
            TRY(fs::make_directories(fs::parent(path), 0700));
            TRY(fs::write_atomic(path, text, 0600));
        }
        return path;
    }
    return is_url(request.program) && !request.is_module ? script.spelled : std::string();
}

/// All that a run was prepared from stays until exec makes away with it, at no cost: to free a lock
/// of a hundred packages takes as long as to make their environment's directories.
struct Prepared {
    ScriptState script;
    lock::Lock lock;
    Launch launch;
};

Result<Prepared> prepare(RunRequest& request, Services& services) {
    ScriptState script = TRY(open_program(request, services));
    TRY(check_digest(script, request));
    TRY(settle_variant(script, request.variant, services.terminal()));
    TRY(find_lock(script, services.terminal()));
    TRY(find_needs(script, services.settings()));
    tell_needs(script, services.terminal());
    judge_lock(script);
    RunSources sources{.settings = &services.settings()};
    sources.files = TRY(set_as_of(script, request.as_of, services.terminal()));
    python::Interpreter interpreter = TRY(interpreter_for(script, request, services));
    lock::Lock lock = TRY(lock_for_run(script, request, interpreter, services));
    if (request.variant.explain) {
        TRY(explain_wheel_variants(lock, script.settings, interpreter, services));
    }
    std::string cache = TRY(services.cache_directory());
    EnvironmentRequest wanted{.interpreter = &interpreter,
                              .settings = script.settings,
                              .lock_directory = script.directory,
                              .sibling = remembered_environment(request, script, cache)};
    install::Environment environment =
        TRY_IN(printable(script.name), environment_of(lock, wanted, services));
    TRY(check_modules(script, lock, services));
    TRY(environment.lease.keep_over_exec());

    Launch launch{.executable = environment.executable, .environment = environment.path};
    launch.program = TRY(program_file(script, request, cache));
    launch.lease = std::move(environment.lease);
    if (script.form == Form::notebook) {
        sources.files.push_back(launch.program);
    }
    sources.interpreter = interpreter.base_executable;
    Result<> remembered = remember_run(request, script, launch, sources, cache);
    if (!remembered) {
        services.terminal().detail("no stamp: " + remembered.error().message);
    }
    return Prepared{std::move(script), std::move(lock), std::move(launch)};
}

Result<> check_usage(RunRequest& request) {
    if (!request.as_of.empty() && (request.locked || request.frozen)) {
        return fail(Error{Error::Kind::usage, "--as-of makes a lock of that day for this run, so "
                                              "--locked and --frozen do not go with it"}
                        .hint("pawl lock --as-of writes one"));
    }
    if (request.locked && request.frozen) {
        return fail(Error::Kind::usage, "--locked and --frozen exclude each other");
    }
    request.sha256 = TRY(checked_sha256(request.sha256));
    return {};
}

} // namespace

Error run_program(RunRequest request, Services& services) {
    Result<> usable = check_usage(request);
    if (!usable) {
        return std::move(usable.error());
    }
    if (request.watch) {
        return watch_program(request, services);
    }
    Result<Prepared> ready = prepare(request, services);
    if (!ready) {
        return std::move(ready.error());
    }
    services.close();
    return launch(ready->launch, request);
}

} // namespace pawl::ops
