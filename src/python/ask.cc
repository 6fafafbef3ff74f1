// Asking an interpreter, at most once.
//
// A start of Python costs 10 to 40 ms, so its answer is kept in `<cache>/interpreters/<hash of the
// real path>`: a line with what the file was (device, inode, size, times) and which C library this
// machine had, then the answer as it was given. A virtual environment is never started: its
// pyvenv.cfg leads to the base interpreter, whose facts it shares, and its own paths follow from
// the scheme.

#include <array>

#include "base/fs.h"
#include "base/seal.h"
#include "base/sha256.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "python/interpreter.h"
#include "python/layout.h"
#include "python/probe.h"
#include "python/shim.h"

namespace pawl::python {

namespace {

constexpr std::string_view cache_head = "pawl interpreter 2";
constexpr uint64_t answer_bytes_max = 1024 * 1024;

std::string cache_path(const AskOptions& options, std::string_view real_path) {
    std::string name = Sha256::hex_of(real_path).substr(0, 32);
    return fs::join(fs::join(options.cache_directory, "interpreters"), name);
}

/// The first line of what is sealed; equal as long as the interpreter and the system are the same.
std::string cache_key(const fs::FileStat& stat, std::string_view real_path) {
    std::string key;
    for (uint64_t number : {stat.device, stat.inode, stat.size_bytes}) {
        key += std::to_string(number) + " ";
    }
    key += std::to_string(stat.modified_ns) + " " + std::to_string(stat.changed_ns) + " ";
    return key + own_libc() + " " + printable(real_path);
}

std::optional<std::string> cached_answer(const AskOptions& options, std::string_view real_path,
                                         std::string_view key) {
    if (options.cache_directory.empty()) {
        return std::nullopt;
    }
    Result<std::string> text = fs::read(cache_path(options, real_path), answer_bytes_max);
    if (!text) {
        return std::nullopt;
    }
    std::optional<std::string_view> body = unseal(cache_head, *text);
    std::optional<Halves> halves = body ? split_once(*body, '\n') : std::nullopt;
    if (!halves || halves->before != key) {
        return std::nullopt;
    }
    return std::string(halves->after);
}

/// Best effort: an answer that cannot be kept is asked for again.
void keep_answer(const AskOptions& options, std::string_view real_path, const std::string& text) {
    std::string path = cache_path(options, real_path);
    if (!options.cache_directory.empty() && fs::make_directories(fs::parent(path), 0700)) {
        static_cast<void>(fs::write_atomic(path, seal(cache_head, text), 0600));
    }
}

/// A base interpreter (no virtual environment), by its real path.
Result<std::optional<Interpreter>> ask_base(const std::string& real_path, const AskOptions& options,
                                            bool may_start) {
    std::optional<fs::FileStat> stat = TRY(fs::stat(real_path));
    if (!stat || stat->type != fs::FileStat::Type::file) {
        return fail(Error::Kind::environment,
                    "there is no Python interpreter at " + printable(real_path));
    }
    std::string key = cache_key(*stat, real_path);
    if (std::optional<std::string> answer = cached_answer(options, real_path, key)) {
        Result<Interpreter> interpreter = read_answer(*answer, real_path);
        if (interpreter) {
            return std::optional(std::move(*interpreter));
        }
    }
    if (!may_start) {
        return std::optional<Interpreter>();
    }
    std::string answer = TRY(run_probe(real_path, options.time_ms_max));
    Interpreter interpreter = TRY(read_answer(answer, real_path));
    if (interpreter.real_path == real_path) { // else it is a wrapper, which says nothing of changes
        keep_answer(options, real_path, key + "\n" + answer);
    }
    return std::optional(std::move(interpreter));
}

/// Puts the environment's own places into the facts of its base.
Result<> enter_environment(Interpreter& interpreter, const PyvenvConfig& config) {
    interpreter.is_virtual_environment = true;
    interpreter.is_externally_managed = false;
    interpreter.prefix = config.root;
    interpreter.purelib = fs::join(config.root, interpreter.scheme.purelib);
    interpreter.platlib = fs::join(config.root, interpreter.scheme.platlib);
    interpreter.scripts = fs::join(config.root, interpreter.scheme.scripts);
    interpreter.headers = fs::join(config.root, interpreter.scheme.headers);
    interpreter.data = config.root;
    if (!fs::is_directory(interpreter.purelib)) {
        return fail(Error{Error::Kind::environment,
                          "the virtual environment " + printable(config.root) +
                              " was made for another Python than its base, " +
                              interpreter.describe() + ": it has no " + interpreter.scheme.purelib}
                        .hint("make the environment again"));
    }
    return {};
}

/// The file to look at for what the user named: an environment's root means its python.
Result<std::string> executable_at(std::string_view path) {
    std::string absolute = TRY(fs::absolute(path));
    if (fs::is_directory(absolute)) {
        for (const char* name : {"bin/python", "bin/python3", "python", "Scripts/python.exe"}) {
            std::string file = fs::join(absolute, name);
            if (fs::exists(file) && !fs::is_directory(file)) {
                return file;
            }
        }
        return fail(Error::Kind::environment,
                    "there is no Python interpreter in " + printable(absolute));
    }
    return resolve_shim(absolute);
}

Result<std::optional<Interpreter>> ask_path(std::string_view path, const AskOptions& options,
                                            bool may_start) {
    std::string executable = TRY(executable_at(path));
    std::optional<PyvenvConfig> config = pyvenv_of(executable);
    Result<std::string> real =
        config ? base_executable_of(*config, executable) : fs::real_path(executable);
    if (!real) {
        return config ? Result<std::optional<Interpreter>>(fail(std::move(real.error())))
                      : fail(Error::Kind::environment,
                             "there is no Python interpreter at " + printable(executable));
    }
    std::optional<Interpreter> interpreter = TRY(ask_base(*real, options, may_start));
    if (interpreter) {
        interpreter->executable = executable;
        if (config) {
            TRY(enter_environment(*interpreter, *config));
        }
    }
    return interpreter;
}

} // namespace

std::string Interpreter::identity() const {
    std::string text = real_path;
    for (const std::string* part : {&version.str(), &implementation, &soabi, &cache_tag}) {
        text += "\n" + *part;
    }
    for (const std::string& abi : tag_target.abis) {
        text += "\n" + abi;
    }
    return text + "\n" + platform.other + "\n" + scheme.purelib + "\n" + scheme.platlib;
}

std::string Interpreter::describe() const {
    std::string name = markers.platform_python_implementation.empty()
                           ? implementation
                           : markers.platform_python_implementation;
    return printable(name) + " " + version.str() + (is_free_threaded ? "t" : "") +
           (is_debug ? " (debug)" : "") + " (" + printable(executable) + ")";
}

Result<Interpreter> ask(std::string_view path, const AskOptions& options) {
    std::optional<Interpreter> interpreter = TRY(ask_path(path, options, true));
    return std::move(*interpreter);
}

Result<std::optional<Interpreter>> ask_cache(std::string_view path, const AskOptions& options) {
    return ask_path(path, options, false);
}

} // namespace pawl::python
