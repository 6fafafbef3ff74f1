#include "python/probe.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/fs.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "python/libc.h"
#include "python/probe_script.h"
#include "text/json.h"

namespace pawl::python {

namespace {

constexpr uint64_t probe_output_bytes_max = uint64_t{1} << 20;
constexpr size_t quoted_bytes_max = 400;

/// Our environment without what would change an interpreter's mind about itself.
std::vector<std::string> probe_environment() {
    std::vector<std::string> kept;
    for (std::string& variable : environment_list()) {
        std::string_view text = variable;
        if (!text.starts_with("PYTHON") && !text.starts_with("__PYVENV_LAUNCHER__")) {
            kept.push_back(std::move(variable));
        }
    }
    return kept;
}

/// The last words of an output, made safe.
std::string last_words(std::string_view text) {
    text = trim(text);
    if (text.size() > quoted_bytes_max) {
        text = text.substr(text.size() - quoted_bytes_max);
    }
    return printable(text);
}

Error cannot_ask(const std::string& executable, const std::string& what, std::string_view output) {
    std::string message = "cannot ask the Python at " + printable(executable) + ": " + what;
    std::string words = last_words(output);
    if (!words.empty()) {
        message += "\n  it printed: " + words;
    }
    return Error{Error::Kind::environment, std::move(message)}.hint(
        "choose another one with --python (pawl python list shows them)");
}

/// One member that must be a text.
Result<std::string> text_at(const text::Value& facts, std::string_view key) {
    std::optional<std::string_view> value = facts.string_at(key);
    if (!value) {
        return fail(Error::Kind::environment, "its answer lacks " + std::string(key));
    }
    return std::string(*value);
}

/// "@/lib/python3.12/site-packages" → "lib/python3.12/site-packages".
Result<std::string> below_root(const text::Value& scheme, std::string_view key) {
    std::string path = TRY(text_at(scheme, key));
    if (!path.starts_with("@/") || path.find("/../") != std::string::npos) {
        return fail(Error::Kind::environment,
                    "its answer has an odd path for " + std::string(key) + ": " + printable(path));
    }
    return path.substr(2);
}

Result<pep::MarkerEnvironment> read_markers(const text::Value& facts) {
    pep::MarkerEnvironment markers;
    markers.os_name = TRY(text_at(facts, "os_name"));
    markers.sys_platform = TRY(text_at(facts, "sys_platform"));
    markers.platform_system = TRY(text_at(facts, "platform_system"));
    markers.platform_machine = TRY(text_at(facts, "platform_machine"));
    markers.platform_python_implementation = TRY(text_at(facts, "platform_python_implementation"));
    markers.implementation_name = TRY(text_at(facts, "implementation"));
    markers.implementation_version = TRY(text_at(facts, "implementation_version"));
    markers.python_full_version = TRY(text_at(facts, "python_full_version"));
    if (markers.python_full_version.ends_with('+')) {
        markers.python_full_version += "local"; // a build between releases; "+" alone is no version
    }
    utsname system{};
    if (uname(&system) == 0) {
        markers.platform_release = system.release;
        markers.platform_version = system.version;
    }
    return markers;
}

/// "13.6.1" → {13, 6}; "2.36" → {2, 36}; zeros for what is missing.
std::array<uint32_t, 2> first_two_numbers(std::string_view text) {
    std::array<uint32_t, 2> numbers{};
    std::vector<std::string_view> parts = split(text, '.');
    for (size_t i = 0; i < std::min<size_t>(parts.size(), 2); ++i) {
        size_t digits = 0;
        while (digits < parts[i].size() && is_digit(parts[i][digits])) {
            ++digits;
        }
        numbers[i] = static_cast<uint32_t>(
            std::min<uint64_t>(parse_unsigned(parts[i].substr(0, digits)).value_or(0), 9999));
    }
    return numbers;
}

/// The machine as wheel tags name it: a 32-bit interpreter on a 64-bit kernel is 32-bit.
std::string machine_of(std::string_view sysconfig_platform, uint32_t pointer_bits) {
    size_t dash = sysconfig_platform.rfind('-');
    std::string machine(dash == std::string_view::npos ? std::string_view()
                                                       : sysconfig_platform.substr(dash + 1));
    if (pointer_bits == 32 && machine == "x86_64") {
        return "i686";
    }
    if (pointer_bits == 32 && machine == "aarch64") {
        return "armv7l";
    }
    return machine;
}

pep::Platform read_platform(const text::Value& facts, const Interpreter& interpreter) {
    std::string sysconfig_platform(facts.string_at("sysconfig_platform").value_or(""));
    pep::Platform platform;
    platform.machine = machine_of(sysconfig_platform, interpreter.pointer_bits);
    platform.other = sysconfig_platform;
    const std::string& system = interpreter.markers.sys_platform;
    if (system == "darwin") {
        std::array<uint32_t, 2> numbers = first_two_numbers(facts.string_at("mac").value_or(""));
        platform.system = pep::Platform::System::macos;
        platform.machine = interpreter.markers.platform_machine;
        platform.major = numbers[0];
        platform.minor = numbers[1];
    } else if (system == "win32") {
        platform.system = pep::Platform::System::windows;
        platform.machine = to_lower(interpreter.markers.platform_machine);
    } else if (system == "linux") {
        Libc libc = libc_of(interpreter.real_path, facts.string_at("libc").value_or(""));
        std::array<uint32_t, 2> numbers = first_two_numbers(libc.version);
        platform.major = numbers[0];
        platform.minor = numbers[1];
        platform.system = libc.kind == Libc::Kind::glibc  ? pep::Platform::System::linux_glibc
                          : libc.kind == Libc::Kind::musl ? pep::Platform::System::linux_musl
                                                          : pep::Platform::System::other;
    }
    return platform;
}

/// What extension modules of this interpreter are called: from its own file-name suffix where it
/// says one, as the rules of tags want it.
std::vector<std::string> read_abis(const text::Value& facts, const Interpreter& interpreter) {
    std::string digits = std::to_string(interpreter.major) + std::to_string(interpreter.minor);
    if (interpreter.implementation == "cpython") {
        std::string abi = "cp" + digits + (interpreter.is_free_threaded ? "t" : "");
        if (!interpreter.is_debug) {
            return {abi};
        }
        return {abi + "d", abi}; // since 3.8 a debug build takes ordinary extensions too
    }
    // ".pypy310-pp73-x86_64-linux-gnu.so" → "pypy310_pp73"
    std::string suffix(facts.string_at("ext_suffix").value_or(""));
    std::vector<std::string_view> dotted = split(suffix, '.');
    std::vector<std::string_view> parts =
        split(dotted.size() > 2 ? dotted[1] : std::string_view(interpreter.soabi), '-');
    if (parts.size() >= 2 && !parts[0].empty()) {
        return {std::string(parts[0]) + "_" + std::string(parts[1])};
    }
    return {};
}

Result<> read_paths(const text::Value& facts, Interpreter& interpreter) {
    const text::Value* scheme = facts.object_at("scheme");
    const text::Value* paths = facts.object_at("paths");
    if (scheme == nullptr || paths == nullptr) {
        return fail(Error::Kind::environment, "its answer lacks its paths");
    }
    interpreter.scheme.purelib = TRY(below_root(*scheme, "purelib"));
    interpreter.scheme.platlib = TRY(below_root(*scheme, "platlib"));
    interpreter.scheme.scripts = TRY(below_root(*scheme, "scripts"));
    interpreter.scheme.headers = "include/site/python" + std::to_string(interpreter.major) + "." +
                                 std::to_string(interpreter.minor);
    interpreter.purelib = TRY(text_at(*paths, "purelib"));
    interpreter.platlib = TRY(text_at(*paths, "platlib"));
    interpreter.scripts = TRY(text_at(*paths, "scripts"));
    interpreter.headers = TRY(text_at(*paths, "include"));
    interpreter.data = TRY(text_at(*paths, "data"));
    return {};
}

Result<Interpreter> read_facts(const text::Value& facts, const std::string& executable) {
    if (facts.integer_at("format") != 1) {
        return fail(Error::Kind::environment, "its answer is not in our format");
    }
    std::string version_text = TRY(text_at(facts, "version"));
    pep::Version version = TRY(pep::Version::parse(version_text));
    Interpreter interpreter{.version = std::move(version)};
    interpreter.executable = executable;
    std::string started = TRY(text_at(facts, "executable"));
    interpreter.real_path = TRY(fs::real_path(started));
    interpreter.base_executable = interpreter.real_path;
    interpreter.base_prefix = TRY(text_at(facts, "base_prefix"));
    interpreter.prefix = interpreter.base_prefix;
    int64_t major = facts.integer_at("major").value_or(-1);
    int64_t minor = facts.integer_at("minor").value_or(-1);
    int64_t bits = facts.integer_at("pointer_bits").value_or(-1);
    if (major < 0 || major > 9 || minor < 0 || minor > 999 || (bits != 32 && bits != 64)) {
        return fail(Error::Kind::environment, "its answer has odd numbers");
    }
    interpreter.major = static_cast<uint32_t>(major);
    interpreter.minor = static_cast<uint32_t>(minor);
    interpreter.pointer_bits = static_cast<uint32_t>(bits);
    interpreter.is_free_threaded = facts.bool_at("free_threaded").value_or(false);
    interpreter.is_debug = facts.bool_at("debug").value_or(false);
    interpreter.is_externally_managed = facts.bool_at("externally_managed").value_or(false);
    interpreter.implementation = TRY(text_at(facts, "implementation"));
    interpreter.cache_tag = TRY(text_at(facts, "cache_tag"));
    interpreter.soabi = TRY(text_at(facts, "soabi"));
    interpreter.markers = TRY(read_markers(facts));
    interpreter.markers.python_version =
        std::to_string(interpreter.major) + "." + std::to_string(interpreter.minor);
    TRY(read_paths(facts, interpreter));
    interpreter.platform = read_platform(facts, interpreter);
    interpreter.tag_target.implementation = interpreter.implementation;
    interpreter.tag_target.major = interpreter.major;
    interpreter.tag_target.minor = interpreter.minor;
    interpreter.tag_target.abis = read_abis(facts, interpreter);
    interpreter.tag_target.platforms = pep::platform_tags(interpreter.platform);
    return interpreter;
}

} // namespace

Result<std::string> run_probe(const std::string& executable, int time_ms_max) {
    std::string mark = "pawl-" + fs::random_name();
    SpawnOptions options;
    options.arguments = {executable, "-I", "-S", "-B", "-c", probe_script, mark};
    options.environment = probe_environment();
    options.directory = "/";
    options.time_max = std::chrono::milliseconds(time_ms_max);
    options.output_bytes_max = probe_output_bytes_max;
    Result<SpawnResult> ran = spawn(options);
    if (!ran) {
        return fail(cannot_ask(executable, "it cannot be started: " + ran.error().message, ""));
    }
    std::string_view out = ran->out;
    size_t begin = out.find(mark);
    size_t end = begin == std::string_view::npos ? begin : out.find(mark, begin + mark.size());
    if (end != std::string_view::npos) {
        // The answer is whole: what happened to the process afterwards is not our concern.
        return std::string(out.substr(begin + mark.size(), end - begin - mark.size()));
    }
    std::string_view spoken = trim(ran->err).empty() ? out : std::string_view(ran->err);
    if (ran->timed_out) {
        return fail(cannot_ask(executable,
                               "it gave no answer within " + std::to_string(time_ms_max / 1000) +
                                   " s and was ended",
                               spoken));
    }
    if (ran->exit_code != 0) {
        return fail(cannot_ask(executable, "it ended with status " + std::to_string(ran->exit_code),
                               spoken));
    }
    return fail(cannot_ask(executable, "it is not a Python interpreter", spoken));
}

Result<Interpreter> read_answer(std::string_view answer, const std::string& executable) {
    text::JsonOptions options;
    options.allow_lone_surrogates = true;
    Result<text::Value> facts = text::parse_json(answer, options);
    if (!facts) {
        return fail(cannot_ask(executable, "its answer cannot be read", answer));
    }
    Result<Interpreter> interpreter = read_facts(*facts, executable);
    if (!interpreter) {
        return fail(cannot_ask(executable, interpreter.error().message, ""));
    }
    return interpreter;
}

std::string own_libc() {
#ifdef _CS_GNU_LIBC_VERSION
    std::array<char, 64> text{};
    if (confstr(_CS_GNU_LIBC_VERSION, text.data(), text.size()) > 0) {
        return text.data();
    }
#endif
    return "";
}

} // namespace pawl::python
