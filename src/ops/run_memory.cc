// The key of a stamp is what the user wrote and where: program, options, variables, the current
// directory (which pawl.toml counts depends on it). What the stamp watches is what the slow path
// read and looked for on its way to the answer; it keeps a trace of that (FileTrace), so nothing
// that decides is forgotten here.

#include "ops/run_memory.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/fs.h"
#include "base/sha256.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "base/url.h"
#include "ops/standard_input.h"
#include "script/place.h"
#include "store/store.h"

namespace pawl::ops {

namespace {

/// Options that change how the answer is found, or what is said, but not the answer.
constexpr std::array<std::string_view, 12> indifferent_options = {
    "--upgrade", "-U",        "--refresh", "--timings",     "--offline", "--quiet",
    "-q",        "--verbose", "-v",        "--no-progress", "--yes",     "-y",
};
constexpr std::array<std::string_view, 4> indifferent_variables = {
    "PAWL_CACHE_DIR=", "PAWL_OFFLINE=", "PAWL_TIMINGS=", "PAWL_COLOR="};
/// Beside our own: what chooses an index, or a Python, or where a driver's library is found.
constexpr std::array<std::string_view, 8> variables = {
    "PIP_INDEX_URL=", "PIP_EXTRA_INDEX_URL=", "VIRTUAL_ENV=",           "CONDA_PREFIX=",
    "PYENV_ROOT=",    "PYENV_VERSION=",       "UV_PYTHON_INSTALL_DIR=", "LD_LIBRARY_PATH=",
};

bool is_deciding(std::string_view variable) {
    auto begins = [variable](std::string_view name) { return variable.starts_with(name); };
    return variable.starts_with("PAWL_") ? std::ranges::none_of(indifferent_variables, begins)
                                         : std::ranges::any_of(variables, begins);
}

std::string options_text(const RunRequest& request, std::string_view directory) {
    std::string text = PAWL_VERSION "\n" + std::string(directory) + "\n";
    for (const std::string& option : request.options) {
        if (std::ranges::find(indifferent_options, option) == indifferent_options.end()) {
            text += option + "\n";
        }
    }
    std::set<std::string> sorted;
    for (std::string& variable : environment_list()) {
        if (is_deciding(variable)) {
            sorted.insert(std::move(variable));
        }
    }
    for (const std::string& variable : sorted) {
        text += variable + "\n";
    }
    // An index's address may hold a password, and the stamp lies on the disk.
    return Sha256::hex_of(text);
}

/// `program` is the program's path, or what stands for it.
Result<install::StampKey> key_of(const RunRequest& request, std::string_view program) {
    std::string directory = TRY(fs::current_directory());
    std::string options = options_text(request, directory);
    return install::StampKey{fs::normalize(fs::join(directory, program)), std::move(options)};
}

/// The program as the key has it; "" when only the slow path can say what it is.
std::string known_program(RunRequest& request, const std::string& cache) {
    bool is_url = !request.is_module && request.program.find("://") != std::string::npos;
    if (is_url) {
        return request.sha256.empty() ? ""
                                      : kept_script_path(cache, request.sha256, request.program);
    }
    if (request.is_module || request.program != "-") {
        return request.program;
    }
    if (!request.standard_input) {
        request.standard_input = read_standard_input();
    }
    const Result<std::string>& script = *request.standard_input;
    return script ? "-" + Sha256::hex_of(*script) : "";
}

/// Replaces this process when the stamp holds.
void run_by_key(const RunRequest& request, const std::string& cache, std::string_view program) {
    Result<install::StampKey> key = key_of(request, program);
    if (!key || program.empty()) {
        return;
    }
    if (auto hit = recall(cache, *key)) {
        Launch known{.executable = std::move(hit->executable),
                     .environment = std::move(hit->environment),
                     .program = std::move(hit->note),
                     .lease = std::move(hit->lease)};
        // On failure (an interpreter that went away meanwhile) the slow path finds out why.
        static_cast<void>(launch(known, request));
    }
}

/// What stands for the program in the key, once it has been read.
std::string program_of(const RunRequest& request, const ScriptState& script) {
    bool is_text = script.form == ScriptState::Form::text;
    bool is_kept = !is_text && script.path.empty() && !request.is_module;
    return is_text   ? "-" + Sha256::hex_of(script.bytes)
           : is_kept ? script.spelled
                     : request.program;
}

/// The places where a lock would appear.
void add_lock_places(const ScriptState& script, install::StampFacts& facts) {
    if (script.path.empty()) {
        return;
    }
    for (const std::string& place : {script::lock_path_beside(script.path, script.variant),
                                     script::lock_path_workspace(script.path)}) {
        if (place != script.place.path) {
            facts.absent.push_back(place);
        }
    }
}

/// What a look at the machine depended on. What the variable said is in the key.
void add_machine(const ScriptState& script, install::StampFacts& facts) {
    if (!script.machine) {
        return;
    }
    for (const std::string& file : script.machine->files) {
        facts.inputs.push_back({file, ""});
    }
    const hardware::Machine& machine = *script.machine;
    facts.links.insert(facts.links.end(), machine.links.begin(), machine.links.end());
    facts.absent.insert(facts.absent.end(), machine.absent.begin(), machine.absent.end());
}

} // namespace

std::optional<install::StampHit> recall(const std::string& cache, const install::StampKey& key) {
    return store::Store::open(cache) ? install::check_stamp(cache, key) : std::nullopt;
}

Result<> watch_settings(const Settings& settings, install::StampFacts& facts) {
    if (!settings.configuration_file.empty()) {
        facts.inputs.push_back({settings.configuration_file, ""});
    }
    facts.absent.insert(facts.absent.end(), settings.configuration_places.begin(),
                        settings.configuration_places.end());
    if (settings.python.find('/') != std::string::npos) {
        facts.links.push_back(TRY(fs::absolute(settings.python))); // may lead to another one
    }
    return {};
}

void run_by_stamp(RunRequest& request, std::string_view cache_directory) {
    Result<std::string> cache =
        cache_directory.empty() ? store::default_directory() : fs::absolute(cache_directory);
    if (request.use_stamp && cache) {
        run_by_key(request, *cache, known_program(request, *cache));
    }
}

void run_by_stamp(const RunRequest& request, const std::string& cache, const std::string& file) {
    if (request.use_stamp) {
        run_by_key(request, cache, file);
    }
}

std::string remembered_environment(const RunRequest& request, const ScriptState& script,
                                   const std::string& cache) {
    Result<install::StampKey> key = key_of(request, program_of(request, script));
    return key ? install::stamped_environment(cache, *key) : std::string();
}

Result<> remember_run(const RunRequest& request, const ScriptState& script, const Launch& launch,
                      const RunSources& sources, const std::string& cache) {
    install::StampFacts facts{.interpreter = sources.interpreter,
                              .environment = launch.environment,
                              .executable = launch.executable,
                              .note = launch.program};
    for (const FileTrace::Read& read : script.trace->reads) {
        facts.inputs.push_back({read.path, read.sha256_hex});
    }
    for (const std::string& file : sources.files) {
        facts.inputs.push_back({file, ""});
    }
    facts.links = script.trace->links;
    facts.absent = script.trace->absent;
    TRY(watch_settings(*sources.settings, facts));
    add_lock_places(script, facts);
    add_machine(script, facts);
    install::StampKey key = TRY(key_of(request, program_of(request, script)));
    return install::write_stamp(cache, key, facts);
}

std::string kept_script_path(std::string_view cache, std::string_view sha256,
                             std::string_view url) {
    std::string name;
    if (Result<Url> parsed = Url::parse(url)) {
        for (char c : parsed->file_name()) {
            name += is_alnum(c) || c == '.' || c == '-' || c == '_' ? c : '_';
        }
    }
    constexpr size_t name_bytes_max = 100;
    bool is_plain = !name.empty() && name[0] != '.' && name[0] != '-';
    name = is_plain ? name.substr(0, name_bytes_max) : "script.py";
    return fs::join(cache, "scripts/" + to_lower(sha256) + "/" + name);
}

} // namespace pawl::ops
