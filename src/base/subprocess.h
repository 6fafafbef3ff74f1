#pragma once
// Child processes: posix_spawn with argument arrays, no shell anywhere, descriptors closed on exec.

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pawl {

struct SpawnOptions {
    std::vector<std::string> arguments;                  ///< the first is the program's path
    std::optional<std::vector<std::string>> environment; ///< "NAME=value"; absent: our own
    std::string directory;                               ///< empty: ours
    std::string input;                                   ///< the child's standard input
    std::chrono::milliseconds time_max{60'000};          ///< then its process group is killed
    uint64_t output_bytes_max = uint64_t{64} << 20;      ///< of stdout and stderr each
};

struct SpawnResult {
    int exit_code = 0; ///< 128 + n when a signal ended it
    std::string out;
    std::string err;
    bool timed_out = false;
};

/// Runs to the end. An error only when the program cannot be started or watched; callable from any
/// thread.
Result<SpawnResult> spawn(const SpawnOptions& options);

/// Replaces this process. Returns only on failure.
Error execute(const std::string& program, std::span<const std::string> arguments,
              std::span<const std::string> environment);

/// The environment as "NAME=value" texts.
std::vector<std::string> environment_list();
/// The value of one variable; nothing when it is unset or empty.
std::optional<std::string> environment_variable(const char* name);

} // namespace pawl
