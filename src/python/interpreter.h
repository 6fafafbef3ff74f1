#pragma once
// What is known about one interpreter.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pep/marker.h"
#include "pep/tag.h"
#include "pep/version.h"

namespace pawl::python {

/// Where the parts of a wheel go inside a virtual environment of this interpreter, relative to the
/// environment's root ("lib/python3.12/site-packages").
struct Scheme {
    std::string purelib;
    std::string platlib; ///< mostly equal to purelib
    std::string scripts; ///< "bin"
    std::string headers; ///< "include/site/python3.12"; a project adds its own name below
    std::string data;    ///< "" : the root itself
    bool operator==(const Scheme&) const = default;
};

/// One interpreter, as it answered. A value; safe to read from any thread.
struct Interpreter {
    std::string executable; ///< absolute, as it was found; perhaps a link, or in an environment
    std::string real_path;  ///< the file that runs in the end, no links
    std::string base_executable; ///< outside virtual environments: what new ones point to
    std::string prefix;          ///< the virtual environment's root, else base_prefix
    std::string base_prefix;
    bool is_virtual_environment = false;
    bool is_free_threaded = false;
    bool is_debug = false;
    bool is_externally_managed = false; ///< PEP 668: its own site-packages are not ours to change

    pep::Version version; ///< full: "3.13.0", "3.14.0rc2"
    uint32_t major = 0, minor = 0;
    std::string implementation; ///< "cpython", "pypy"
    std::string cache_tag;      ///< "cpython-313": names .pyc files; "" when it writes none
    std::string soabi;          ///< "cpython-313t-x86_64-linux-gnu", "" when unknown
    uint32_t pointer_bits = 64;

    Scheme scheme;                         ///< of virtual environments made from it
    std::string purelib, platlib, scripts; ///< absolute: its own (the environment's, if it is one)
    std::string headers, data;             ///< absolute, likewise

    pep::MarkerEnvironment markers;
    pep::Platform platform;
    pep::TagTarget tag_target;

    /// The tags it takes, best first.
    std::vector<pep::Tag> tags() const { return pep::compatible_tags(tag_target); }
    /// Equal for interpreters that may share an environment: the base executable's real path,
    /// the full version, the implementation, the ABI and the platform. Goes into digests.
    std::string identity() const;
    /// "CPython 3.12.1 (/usr/bin/python3.12)".
    std::string describe() const;
    /// 3.8 or newer: what pawl installs for and runs with.
    bool is_supported() const { return major == 3 && minor >= minor_min; }

    static constexpr uint32_t minor_min = 8;
};

struct AskOptions {
    std::string cache_directory; ///< where answers are kept; "" keeps none
    int time_ms_max = 20'000;    ///< then it counts as hanging
};

/// The facts of the interpreter at `path` (a file, or a virtual environment's root), from the cache
/// when its file has not changed, else by starting it once. Errors are Kind::environment and say
/// what it did instead. Callable from any thread, and from many processes at once.
Result<Interpreter> ask(std::string_view path, const AskOptions& options);

/// As ask(), but never starts anything: nothing when the cache has no valid answer.
Result<std::optional<Interpreter>> ask_cache(std::string_view path, const AskOptions& options);

} // namespace pawl::python
