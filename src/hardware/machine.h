#pragma once
// hardware: what this machine computes with beside its processor, and which of several named locks
// is meant for that.
//
// For: `[tool.pawl.variants]`, which says what markers cannot (a driver is no part of a Python).
// May use: base, text, pep. Loads no library into this process: a driver's own is asked in a child.
// Promises: on a machine without a driver a probe is a handful of stats; it never fails, it finds
//   nothing. What it looked at is told, so that who remembers the answer notices a changed machine.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pep/version.h"

namespace pawl::hardware {

/// The variable that says what there is in place of a look, for machines that lock or install for
/// others; or a directory below which the files of a machine lie.
constexpr const char* variable_name = "PAWL_HARDWARE";

/// A kind of device that programs can be built for.
enum class Platform : unsigned char { cuda, rocm };
std::string_view platform_word(Platform platform); ///< "cuda"
std::optional<Platform> platform_of_word(std::string_view word);
std::string_view platform_name(Platform platform); ///< "CUDA"

/// One that is there. Of CUDA the version is the newest that the driver supports.
struct Device {
    Platform platform = Platform::cuda;
    std::optional<pep::Version> version; ///< nothing: it is there, and does not tell
};

/// What was found and where it was looked for.
struct Machine {
    std::vector<Device> devices;
    std::vector<std::string> findings; ///< for the user, one sentence each
    std::vector<std::string> files;    ///< whose content decided
    std::vector<std::string> links;    ///< paths that led to a library
    std::vector<std::string> absent;   ///< places where something would have decided otherwise

    const Device* find(Platform platform) const;
    std::string str() const; ///< "CUDA 12.4 and ROCm", "no GPU that pawl knows"
};

/// "none", "cuda 12.4", "rocm", or several with commas between. Kind::usage names the variable.
Result<Machine> parse_machine(std::string_view text);

/// Looks at the system below `root`.
Machine probe_machine(std::string_view root = "/");

/// What the variable says, else what a look finds.
Result<Machine> this_machine();

/// What a driver's branch supports: {550} is CUDA 12.4. Of a newer one than pawl knows, what the
/// newest known one does; nothing of one that is too old.
std::optional<pep::Version> cuda_of_driver(const pep::Version& driver);

/// A driver's library as a program would find it.
struct DriverLibrary {
    std::string path;
    std::optional<pep::Version> cuda; ///< nothing: it was loaded, and gives no answer
};
/// The first of `candidates` (names or paths) that can be loaded, asked in a child process.
std::optional<DriverLibrary> ask_driver_library(const std::vector<std::string>& candidates);

} // namespace pawl::hardware
