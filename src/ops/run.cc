#include "ops/run.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/fs.h"
#include "base/sha256.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "install/run_stamp.h"
#include "ops/environment.h"
#include "ops/module_check.h"
#include "ops/script_state.h"
#include "store/store.h"

namespace pawl::ops {

namespace {

constexpr uint64_t standard_input_bytes_max = uint64_t{64} << 20;

Result<std::string> read_standard_input() {
    std::string text;
    std::array<char, 65536> buffer{};
    for (;;) {
        ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (got == 0) {
            return text;
        }
        if (got < 0) {
            return fail(Error::Kind::input, "cannot read the script from standard input");
        }
        text.append(buffer.data(), static_cast<size_t>(got));
        if (text.size() > standard_input_bytes_max) {
            return fail(Error::Kind::input, "the script on standard input is larger than " +
                                                format_bytes(standard_input_bytes_max));
        }
    }
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
        return fail(Error{Error::Kind::check_failed,
                          printable(script.name) + " has no lock, and one is demanded"}
                        .hint("make one with: pawl lock " + printable(script.name)));
    }
    if (demanded && script.freshness == Freshness::stale) {
        return fail(
            Error{Error::Kind::check_failed,
                  printable(script.name) + ": the lock is stale: " + printable(script.stale_reason)}
                .hint("refresh it with: pawl lock " + printable(script.name)));
    }
    return {};
}

/// The lock to run with: the one that is there, refreshed when stale; else one in memory only.
Result<lock::Lock> lock_for_run(ScriptState& script, const RunRequest& request,
                                const python::Interpreter& interpreter, Services& services) {
    TRY(demand_lock(script, request));
    bool as_it_is = script.freshness == Freshness::fresh ||
                    (request.frozen && script.freshness == Freshness::stale);
    if (as_it_is && request.with.empty()) {
        return *script.lock;
    }
    ResolutionRequest resolution = TRY(request_of(script));
    TRY(add_with(request, resolution));
    bool is_kept = script.freshness == Freshness::stale && request.with.empty();
    bool universal = is_kept && !script.record.this_environment;
    if (!universal) {
        resolution.only_for = &interpreter;
        resolution.record_environment = is_kept;
    }
    lock::Lock lock = TRY_IN(printable(script.name), resolve_to_lock(resolution, services));
    if (is_kept) {
        TRY(check_modules(script, lock, services));
        lock::Lock copy = lock;
        Result<std::string> written = write_lock(script, std::move(copy), {});
        if (!written) {
            services.terminal().warn("the refreshed lock could not be written: " +
                                     written.error().message);
        } else {
            services.terminal().note("refreshed the lock of " + printable(script.name) + ": " +
                                     printable(script.stale_reason));
        }
    }
    return lock;
}

/// What the stamp must watch: the script, its lock, the local modules; and the places where a lock
/// would appear.
install::StampFacts facts_of(const ScriptState& script, const install::Environment& environment,
                             const python::Interpreter& interpreter) {
    install::StampFacts facts{.interpreter = interpreter.base_executable,
                              .environment = environment.path,
                              .executable = environment.executable};
    facts.inputs.push_back(script.path);
    if (script.spelled != script.path) {
        facts.inputs.push_back(script.spelled);
    }
    if (script.place.kind == script::LockPlace::Kind::none ||
        script.place.kind == script::LockPlace::Kind::embedded) {
        facts.absent.push_back(script::lock_path_beside(script.path));
    } else {
        facts.inputs.push_back(script.place.path);
    }
    for (const script::LocalModule& module : script.needs.local_modules) {
        facts.inputs.push_back(module.path);
    }
    return facts;
}

} // namespace

static std::string options_text(const RunRequest& request) {
    std::string text = PAWL_VERSION "\n";
    for (const std::string& option : request.options) {
        // What changes how the answer is found, or what is said, does not change the answer.
        constexpr std::array<std::string_view, 11> indifferent = {
            "--upgrade", "-U",        "--refresh", "--timings",     "--offline", "--quiet",
            "-q",        "--verbose", "-v",        "--no-progress", "--frozen"};
        if (std::ranges::find(indifferent, option) == indifferent.end()) {
            text += option + "\n";
        }
    }
    for (const char* variable :
         {"VIRTUAL_ENV", "PAWL_PYTHON", "PAWL_EXCLUDE_NEWER", "PAWL_PRERELEASE", "PAWL_RESOLUTION",
          "PAWL_NO_GUESS", "PAWL_ALL_IMPORTS", "PAWL_INDEX_URL", "PAWL_EXTRA_INDEX_URL",
          "PAWL_INDEX", "PAWL_FIND_LINKS", "PAWL_NO_INDEX"}) {
        if (auto value = environment_variable(variable)) {
            text += std::string(variable) + "=" + *value + "\n";
        }
    }
    // An index's address may hold a password, and the stamp lies on the disk.
    return Sha256::hex_of(text);
}

/// Gives the script that was read from standard input back to Python's "-": its standard input is
/// at its end then, as with `python -`.
static Result<> put_back_standard_input(std::string_view script) {
    int memory = memfd_create("script", 0);
    if (memory < 0) {
        return fail(Error::Kind::disk, "cannot keep the script of standard input in memory");
    }
    fs::Fd file(memory);
    TRY(fs::write_all(file, script, "the script of standard input"));
    if (lseek(file.get(), 0, SEEK_SET) != 0 || dup2(file.get(), STDIN_FILENO) < 0) {
        return fail(Error::Kind::disk, "cannot hand the script of standard input to Python");
    }
    return {};
}

/// The last step of every run, warm or not: replaces this process by the script.
static Error execute_script(const std::string& executable, const std::string& environment,
                            const RunRequest& request) {
    std::vector<std::string> arguments = {executable, request.script};
    arguments.insert(arguments.end(), request.arguments.begin(), request.arguments.end());
    // What the script starts by itself ("python", a console script) is the environment's own.
    std::vector<std::string> variables;
    std::string path = environment + "/bin";
    for (std::string& variable : environment_list()) {
        if (variable.starts_with("PATH=")) {
            path += ":" + variable.substr(5);
        } else if (!variable.starts_with("VIRTUAL_ENV=") && !variable.starts_with("PYTHONHOME=")) {
            variables.push_back(std::move(variable));
        }
    }
    variables.push_back("PATH=" + path);
    variables.push_back("VIRTUAL_ENV=" + environment);
    return execute(executable, arguments, variables);
}

void run_by_stamp(const RunRequest& request, std::string_view cache_directory) {
    Result<std::string> cache =
        cache_directory.empty() ? store::default_directory() : fs::absolute(cache_directory);
    Result<std::string> script = fs::absolute(request.script);
    if (!request.use_stamp || !cache || !script) {
        return;
    }
    auto hit = install::check_stamp(*cache, {*script, options_text(request)});
    if (hit) {
        // On failure (an interpreter that went away meanwhile) the slow path finds out why.
        static_cast<void>(execute_script(hit->executable, hit->environment, request));
    }
}

static Result<install::Environment> prepare(const RunRequest& request, Services& services) {
    std::optional<std::string> standard_input;
    if (request.script == "-") {
        standard_input = TRY(read_standard_input());
    }
    ScriptState script = TRY(load_script(request.script, services, standard_input));
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
    python::Interpreter interpreter = TRY(python::find(
        TRY(python::Request::parse(script.settings.python)), pythons, services.surroundings()));
    lock::Lock lock = TRY(lock_for_run(script, request, interpreter, services));
    EnvironmentRequest wanted{.interpreter = &interpreter,
                              .settings = script.settings,
                              .lock_directory = script.directory};
    install::Environment environment =
        TRY_IN(printable(script.name), environment_of(lock, wanted, services));
    TRY(check_modules(script, lock, services));
    TRY(environment.lease.keep_over_exec());
    if (standard_input) {
        TRY(put_back_standard_input(script.bytes));
    }
    if (request.use_stamp) {
        install::StampFacts facts = facts_of(script, environment, interpreter);
        Result<> written = install::write_stamp(TRY(services.cache_directory()),
                                                {script.spelled, options_text(request)}, facts, {});
        if (!written) {
            services.terminal().detail("no stamp: " + written.error().message);
        }
    }
    return environment;
}

Error run_script(const RunRequest& request, Services& services) {
    Result<install::Environment> ready = prepare(request, services);
    if (!ready) {
        return std::move(ready.error());
    }
    return execute_script(ready->executable, ready->path, request);
}

} // namespace pawl::ops
