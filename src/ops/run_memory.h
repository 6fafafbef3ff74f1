#pragma once
// What a run leaves behind for the next one: the stamp that lets it go from main to execve
// (install/run_stamp.h), and the warm path itself.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "install/environment.h"
#include "install/run_stamp.h"
#include "ops/launch.h"
#include "ops/run.h"
#include "ops/script_state.h"
#include "python/interpreter.h"

namespace pawl::ops {

/// What the stamp of this key leads to; nothing from a cache that others may change.
std::optional<install::StampHit> recall(const std::string& cache, const install::StampKey& key);

/// Has a stamp watch what settings came from: pawl.toml, or where one may appear, and the link
/// that `--python PATH` may be.
Result<> watch_settings(const Settings& settings, install::StampFacts& facts);

/// The warm path: replaces this process when a stamp holds, and returns otherwise. Builds no
/// Services, parses nothing. `cache_directory` "" is the default one. Of "-" it reads the script
/// into the request.
void run_by_stamp(RunRequest& request, std::string_view cache_directory);

/// The same for a program that was fetched meanwhile and lies in `file`.
void run_by_stamp(const RunRequest& request, const std::string& cache, const std::string& file);

/// The environment that this request had the last time; "" when it is not known.
std::string remembered_environment(const RunRequest& request, const ScriptState& script,
                                   const std::string& cache);

/// What the answer was made from, beside the script's own files.
struct RunSources {
    std::vector<std::string> files;     ///< of whatever kind: their content counts
    const Settings* settings = nullptr; ///< as complete_settings() made them
    std::string interpreter;
};

/// Writes the stamp for this request. A failure costs the next run some time and nothing else.
Result<> remember_run(const RunRequest& request, const ScriptState& script, const Launch& launch,
                      const RunSources& sources, const std::string& cache);

/// Where the script of a URL is kept, by its digest; the name is the URL's.
std::string kept_script_path(std::string_view cache, std::string_view sha256, std::string_view url);

} // namespace pawl::ops
