#pragma once
// Which interpreters there are, and which one to take. The rule is in python.h.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pep/specifier.h"
#include "python/interpreter.h"

namespace pawl::python {

/// What the user asked for: "3.12", "3.12.1", ">=3.10,<3.13", "3.13t", "pypy3.10", "python3.11",
/// "cpython3.12", "any", a path to an interpreter or to an environment's root.
struct Request {
    std::string text;                        ///< as written; "" asks for nothing
    std::string path;                        ///< not empty: this one
    std::string implementation;              ///< "cpython", "pypy", "" for any (CPython first)
    std::optional<pep::Specifiers> versions; ///< absent: any
    std::optional<bool> free_threaded;       ///< absent: the default build first

    static Result<Request> parse(std::string_view text);
    /// Whether this interpreter is what was asked for (paths are compared elsewhere).
    bool admits(const Interpreter& interpreter) const;
};

enum class Source : unsigned char {
    active_environment, ///< VIRTUAL_ENV
    pyenv,
    uv,
    usr_local,
    usr,
    conda,
    path,
    asked, ///< named by a path
};
std::string_view source_name(Source source);

/// A place where an interpreter seems to be; not started yet.
struct Candidate {
    std::string executable;
    Source source = Source::path;
    std::optional<pep::Version>
        version_guess;                ///< from names and files beside it; perhaps "3.12" only
    std::string implementation_guess; ///< "cpython", "pypy" or ""
    bool free_threaded_guess = false;
};

/// One line of `pawl python list`.
struct Found {
    Candidate candidate;
    std::optional<Interpreter> interpreter; ///< absent: see note
    std::string note;                       ///< "too old for pawl", or why it could not be asked
};

/// Whether a Python of this version is what requires-python (or a request) wants; a prerelease
/// counts by its release numbers unless the text itself names a prerelease.
bool admits_python(const pep::Specifiers& specifiers, const pep::Version& version);

/// What of the surroundings decides; tests make their own.
struct Surroundings {
    std::string path;                ///< PATH
    std::string virtual_environment; ///< VIRTUAL_ENV
    std::string conda_prefix;        ///< CONDA_PREFIX
    std::string pyenv_root;          ///< PYENV_ROOT, else ~/.pyenv
    std::string uv_directory;        ///< UV_PYTHON_INSTALL_DIR, else ~/.local/share/uv/python
    std::string system_root;         ///< "" for "/": where usr/bin and usr/local/bin are looked for
    AskOptions ask;

    static Surroundings of_process(std::string_view cache_directory);
};

/// Every candidate, each real file once (the environment's own python apart), in order of
/// preference. Starts nothing.
std::vector<Candidate> candidates(const Surroundings& surroundings);

/// All of them, asked; too old ones and broken ones with a note. Asks several at a time.
Result<std::vector<Found>> list(const Surroundings& surroundings);

/// The interpreter to use by the rule of python.h: `request` (parse("") for none) and
/// `requires_python` must both hold. An error (Kind::environment) names those that are there.
Result<Interpreter> find(const Request& request, const pep::Specifiers& requires_python,
                         const Surroundings& surroundings);

} // namespace pawl::python
