#pragma once
// What the files around an interpreter say, without starting it.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pep/version.h"

namespace pawl::python {

/// pyvenv.cfg of a virtual environment (PEP 405), and of virtualenv and uv, which write more keys.
struct PyvenvConfig {
    std::string root;       ///< the environment's directory
    std::string home;       ///< where the base interpreter's executable is
    std::string executable; ///< the base interpreter itself (3.11 and newer, virtualenv), or ""
    std::string version;    ///< "3.12.1", perhaps "3.12.1.final.0", or ""
    bool system_site_packages = false;
};

PyvenvConfig parse_pyvenv(std::string_view text, std::string_view root);
/// The environment that `executable` stands in, as CPython itself looks for it: pyvenv.cfg beside
/// it or one directory up. Nothing when there is none.
std::optional<PyvenvConfig> pyvenv_of(std::string_view executable);
/// The base interpreter's file: where the environment's python leads, else what pyvenv.cfg says.
Result<std::string> base_executable_of(const PyvenvConfig& config, std::string_view executable);

/// What names and files give away.
struct Guess {
    std::optional<pep::Version> version; ///< "3.12.1", or only "3.12"
    bool is_exact = false;               ///< all three numbers are known
    std::string implementation;          ///< "cpython", "pypy" or ""
    bool free_threaded = false;
};

/// From a file name: "python3.12", "python3.13t", "pypy3.10"; all absent when it says nothing.
Guess guess_from_name(std::string_view file_name);
/// From a directory that a version manager made: "3.12.1", "3.13.0t", "pypy3.10-7.3.12",
/// "cpython-3.12.1-linux-x86_64-gnu", "cpython-3.13.0+freethreaded-linux-x86_64-gnu".
Guess guess_from_directory(std::string_view directory_name);
/// From build-details.json (PEP 739) or patchlevel.h below the prefix of a real executable, else
/// from its name.
Guess guess_from_files(std::string_view real_path);

} // namespace pawl::python
