#include "python/layout.h"

#include <unistd.h>

#include "base/fs.h"
#include "base/text.h"
#include "text/json.h"

namespace pawl::python {

namespace {

constexpr uint64_t config_bytes_max = 64 * 1024;
constexpr uint64_t details_bytes_max = 1024 * 1024;

/// The longest text at the front that consists of digits and dots: "3.12.1-linux" → "3.12.1".
std::string_view leading_numbers(std::string_view text) {
    size_t length = 0;
    while (length < text.size() && (is_digit(text[length]) || text[length] == '.')) {
        ++length;
    }
    // "3.14.0rc2": the kind of a prerelease belongs to the version
    size_t after = length;
    while (after < text.size() && is_alnum(text[after])) {
        ++after;
    }
    std::string_view rest = text.substr(length, after - length);
    bool is_prerelease =
        rest.starts_with("rc") ||
        (rest.size() >= 2 && (rest[0] == 'a' || rest[0] == 'b') && is_digit(rest[1]));
    return text.substr(0, is_prerelease ? after : length);
}

/// A guess from text that begins with a version; free_threaded when a "t" follows.
Guess guess_version(std::string_view text, std::string_view implementation) {
    Guess guess;
    std::string_view numbers = leading_numbers(text);
    if (numbers.empty() || numbers.find('.') == std::string_view::npos) {
        return guess;
    }
    if (Result<pep::Version> version = pep::Version::parse(numbers)) {
        guess.is_exact = version->release().size() >= 3;
        guess.version = std::move(*version);
        guess.implementation = implementation;
        std::string_view rest = text.substr(numbers.size());
        guess.free_threaded = rest == "t" || rest.starts_with("t-") ||
                              rest.starts_with("+freethreaded") || rest.starts_with("td");
    }
    return guess;
}

/// `#define PY_VERSION "3.12.1+"` → "3.12.1".
std::optional<pep::Version> version_of_patchlevel(std::string_view header) {
    constexpr std::string_view key = "#define PY_VERSION";
    for (std::string_view line : split_lines(header)) {
        if (!line.starts_with(key) || line.size() <= key.size() || !is_space(line[key.size()])) {
            continue;
        }
        std::string_view value = trim(line.substr(key.size()));
        if (value.size() < 2 || value.front() != '"') {
            return std::nullopt;
        }
        value = value.substr(1, value.find('"', 1) - 1);
        while (value.ends_with('+')) {
            value.remove_suffix(1);
        }
        Result<pep::Version> version = pep::Version::parse(value);
        return version ? std::optional(std::move(*version)) : std::nullopt;
    }
    return std::nullopt;
}

/// PEP 739: {"language": {"version": "3.14"}, "implementation": {"name": …, "version": {…}}}.
std::optional<Guess> guess_from_details(const std::string& path) {
    Result<std::string> text = fs::read(path, details_bytes_max);
    if (!text) {
        return std::nullopt;
    }
    Result<text::Value> details = text::parse_json(*text);
    const text::Value* implementation = details ? details->object_at("implementation") : nullptr;
    const text::Value* version =
        implementation != nullptr ? implementation->object_at("version") : nullptr;
    if (version == nullptr || implementation->string_at("name") != "cpython") {
        return std::nullopt; // of other implementations this is not the language's version
    }
    std::string numbers;
    for (const char* key : {"major", "minor", "micro"}) {
        std::optional<int64_t> number = version->integer_at(key);
        if (!number) {
            return std::nullopt;
        }
        numbers += (numbers.empty() ? "" : ".") + std::to_string(*number);
    }
    std::string_view level = version->string_at("releaselevel").value_or("final");
    if (level != "final") {
        numbers += std::string(level == "candidate" ? "rc" : level.substr(0, 1)) +
                   std::to_string(version->integer_at("serial").value_or(0));
    }
    Result<pep::Version> parsed = pep::Version::parse(numbers);
    if (!parsed) {
        return std::nullopt;
    }
    Guess guess;
    guess.version = std::move(*parsed);
    guess.is_exact = true;
    guess.implementation = "cpython";
    if (const text::Value* abi = details->object_at("abi")) {
        const text::Value::Array* flags = abi->array_at("flags");
        for (const text::Value& flag : flags != nullptr ? *flags : text::Value::Array{}) {
            guess.free_threaded |= flag.is_string() && flag.as_string() == "t";
        }
    }
    return guess;
}

} // namespace

PyvenvConfig parse_pyvenv(std::string_view text, std::string_view root) {
    PyvenvConfig config;
    config.root = root;
    std::string base_executable;
    for (std::string_view line : split_lines(text)) {
        std::optional<Halves> halves = split_once(line, '=');
        if (!halves) {
            continue;
        }
        std::string key = to_lower(trim(halves->before));
        std::string value(trim(halves->after));
        if (key == "home") {
            config.home = value;
        } else if (key == "base-executable") {
            base_executable = value;
        } else if (key == "executable") {
            config.executable = value;
        } else if (key == "version" || (key == "version_info" && config.version.empty())) {
            config.version = value;
        } else if (key == "include-system-site-packages") {
            config.system_site_packages = to_lower(value) == "true";
        }
    }
    if (!base_executable.empty()) {
        config.executable = base_executable;
    }
    return config;
}

std::optional<PyvenvConfig> pyvenv_of(std::string_view executable) {
    std::string beside(fs::parent(executable));
    for (const std::string& root : {beside, std::string(fs::parent(beside))}) {
        Result<std::string> text = fs::read(fs::join(root, "pyvenv.cfg"), config_bytes_max);
        if (text) {
            return parse_pyvenv(*text, root);
        }
    }
    return std::nullopt;
}

Result<std::string> base_executable_of(const PyvenvConfig& config, std::string_view executable) {
    Result<std::string> real = fs::real_path(executable);
    std::string root = fs::real_path(config.root).value_or(config.root) + "/";
    if (real && !real->starts_with(root)) {
        return real;
    }
    // Made with copies instead of links, or its base is gone.
    std::vector<std::string> tries;
    if (!config.executable.empty()) {
        tries.push_back(config.executable);
    }
    std::string name(fs::base_name(executable));
    for (const std::string& file : {name, std::string("python3"), std::string("python")}) {
        if (!config.home.empty()) {
            tries.push_back(fs::join(config.home, file));
        }
    }
    for (const std::string& path : tries) {
        Result<std::string> found = fs::real_path(path);
        if (path.starts_with('/') && found && !found->starts_with(root)) {
            return found;
        }
    }
    return fail(Error{
        Error::Kind::environment,
        "the virtual environment " + printable(config.root) +
            " is broken: its base interpreter is gone (" +
            printable(tries.empty() ? std::string("pyvenv.cfg names none") : tries.front()) + ")"}
                    .hint("make the environment again, or choose a Python with --python"));
}

Guess guess_from_name(std::string_view file_name) {
    for (std::string_view implementation : {"python", "pypy"}) {
        if (file_name.starts_with(implementation)) {
            return guess_version(file_name.substr(implementation.size()),
                                 implementation == "python" ? "cpython" : implementation);
        }
    }
    return {};
}

Guess guess_from_directory(std::string_view directory_name) {
    for (std::string_view implementation : {"cpython-", "pypy-", "pypy"}) {
        if (directory_name.starts_with(implementation)) {
            std::string_view name = implementation;
            while (name.ends_with('-')) {
                name.remove_suffix(1);
            }
            return guess_version(directory_name.substr(implementation.size()), name);
        }
    }
    return guess_version(directory_name, "cpython");
}

Guess guess_from_files(std::string_view real_path) {
    Guess named = guess_from_name(fs::base_name(real_path));
    if (!named.version || named.implementation != "cpython" || named.is_exact) {
        return named;
    }
    std::string prefix(fs::parent(fs::parent(real_path)));
    std::string tagged = "python" + named.version->str() + (named.free_threaded ? "t" : "");
    std::optional<Guess> details =
        guess_from_details(fs::join(prefix, "lib/" + tagged + "/build-details.json"));
    if (details) {
        return *details;
    }
    Result<std::string> header =
        fs::read(fs::join(prefix, "include/" + tagged + "/patchlevel.h"), config_bytes_max);
    if (header) {
        if (std::optional<pep::Version> exact = version_of_patchlevel(*header)) {
            named.version = std::move(exact);
            named.is_exact = true;
        }
    }
    return named;
}

} // namespace pawl::python
