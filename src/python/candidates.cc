// Where interpreters may be. Looking starts nothing: directories are listed, links are resolved,
// and what names and neighbouring files say is a guess that decides only whom to ask first.

#include <algorithm>
#include <set>

#include "base/fs.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "python/find.h"
#include "python/layout.h"
#include "python/shim.h"

namespace pawl::python {

namespace {

constexpr size_t path_directories_max = 512;
constexpr size_t versions_max = 1024; // directories of one version manager

/// python, python3, python3.12, python3.13t, pypy, pypy3, pypy3.10; not python3-config or
/// python3.12-gdb.
bool is_interpreter_name(std::string_view name) {
    for (std::string_view stem : {"python", "pypy"}) {
        if (!name.starts_with(stem)) {
            continue;
        }
        std::string_view rest = name.substr(stem.size());
        if (rest.ends_with('t') || rest.ends_with('d')) {
            rest.remove_suffix(1);
        }
        return std::all_of(rest.begin(), rest.end(),
                           [](char c) { return is_digit(c) || c == '.'; });
    }
    return false;
}

/// Gathers candidates, each real file once.
class Gatherer {
  public:
    explicit Gatherer(std::string pyenv_shims) : pyenv_shims_(std::move(pyenv_shims)) {}

    void add(const std::string& executable, Source source, Guess guess = {}) {
        Result<std::string> real = fs::real_path(executable);
        if (!real || !is_binary(*real)) {
            return; // a dangling link, or a wrapper: shims are never asked
        }
        bool is_environment = source == Source::active_environment;
        if (!is_environment && (!seen_.insert(*real).second || pyvenv_of(executable))) {
            return;
        }
        if (!guess.is_exact) {
            Guess by_files = guess_from_files(*real);
            if (by_files.version) {
                guess = by_files;
            }
        }
        candidates_.push_back(Candidate{.executable = executable,
                                        .source = source,
                                        .version_guess = std::move(guess.version),
                                        .implementation_guess = std::move(guess.implementation),
                                        .free_threaded_guess = guess.free_threaded});
    }

    /// One directory a version below `root`, made by a version manager.
    void add_versions(const std::string& root, Source source) {
        Result<std::vector<fs::DirectoryEntry>> entries = fs::list(root);
        if (!entries) {
            return;
        }
        size_t count = 0;
        for (const fs::DirectoryEntry& entry : *entries) {
            if (++count > versions_max || entry.name.starts_with('.')) {
                continue;
            }
            std::string bin = fs::join(root, entry.name + "/bin");
            for (const char* name : {"python", "python3", "pypy3"}) {
                if (fs::exists(fs::join(bin, name))) {
                    add(fs::join(bin, name), source, guess_from_directory(entry.name));
                    break;
                }
            }
        }
    }

    /// Everything in a bin directory that is called like an interpreter.
    void add_directory(const std::string& directory, Source source) {
        Result<std::string> real = fs::real_path(directory);
        if (!real || *real == pyenv_shims_ || !directories_.insert(*real).second) {
            return;
        }
        Result<std::vector<fs::DirectoryEntry>> entries = fs::list(*real);
        if (!entries) {
            return;
        }
        std::vector<std::string> names;
        for (fs::DirectoryEntry& entry : *entries) {
            if (entry.type != fs::FileStat::Type::directory && is_interpreter_name(entry.name)) {
                names.push_back(std::move(entry.name));
            }
        }
        // The longest name first: python3.12 says more than python3.
        std::ranges::stable_sort(names, std::greater<>(), &std::string::size);
        for (const std::string& name : names) {
            add(fs::join(directory, name), source);
        }
    }

    std::vector<Candidate> take() { return std::move(candidates_); }

  private:
    std::string pyenv_shims_;
    std::set<std::string> seen_;        // real paths of executables
    std::set<std::string> directories_; // real paths
    std::vector<Candidate> candidates_;
};

} // namespace

std::string_view source_name(Source source) {
    switch (source) {
    case Source::active_environment:
        return "active environment";
    case Source::pyenv:
        return "pyenv";
    case Source::uv:
        return "uv";
    case Source::usr_local:
        return "/usr/local";
    case Source::usr:
        return "/usr";
    case Source::conda:
        return "conda";
    case Source::path:
        return "PATH";
    case Source::asked:
        return "asked for";
    }
    return "";
}

Surroundings Surroundings::of_process(std::string_view cache_directory) {
    Surroundings surroundings;
    auto variable = [](const char* name) { return environment_variable(name).value_or(""); };
    std::string home = variable("HOME");
    auto below_home = [&](const char* name) {
        return home.starts_with('/') ? fs::join(home, name) : std::string();
    };
    surroundings.path = variable("PATH");
    surroundings.virtual_environment = variable("VIRTUAL_ENV");
    surroundings.conda_prefix = variable("CONDA_PREFIX");
    surroundings.pyenv_root = environment_variable("PYENV_ROOT").value_or(below_home(".pyenv"));
    surroundings.uv_directory = environment_variable("UV_PYTHON_INSTALL_DIR")
                                    .value_or(below_home(".local/share/uv/python"));
    surroundings.ask.cache_directory = cache_directory;
    return surroundings;
}

std::vector<Candidate> candidates(const Surroundings& surroundings) {
    std::string shims = fs::join(surroundings.pyenv_root, "shims");
    Gatherer gatherer(fs::real_path(shims).value_or(shims));
    if (!surroundings.virtual_environment.empty()) {
        std::string python = fs::join(surroundings.virtual_environment, "bin/python");
        Guess guess;
        if (std::optional<PyvenvConfig> config = pyvenv_of(python)) {
            guess = guess_from_directory(config->version);
            guess.is_exact = false; // its base may have been upgraded since
        }
        gatherer.add(python, Source::active_environment, std::move(guess));
    }
    if (!surroundings.pyenv_root.empty()) {
        gatherer.add_versions(fs::join(surroundings.pyenv_root, "versions"), Source::pyenv);
    }
    if (!surroundings.uv_directory.empty()) {
        gatherer.add_versions(surroundings.uv_directory, Source::uv);
    }
    gatherer.add_directory(surroundings.system_root + "/usr/local/bin", Source::usr_local);
    gatherer.add_directory(surroundings.system_root + "/usr/bin", Source::usr);
    if (!surroundings.conda_prefix.empty()) {
        gatherer.add_directory(fs::join(surroundings.conda_prefix, "bin"), Source::conda);
    }
    std::vector<std::string_view> directories = split(surroundings.path, ':');
    directories.resize(std::min(directories.size(), path_directories_max));
    for (std::string_view directory : directories) {
        if (directory.starts_with('/')) { // a relative one would depend on where we stand
            gatherer.add_directory(std::string(directory), Source::path);
        }
    }
    return gatherer.take();
}

} // namespace pawl::python
