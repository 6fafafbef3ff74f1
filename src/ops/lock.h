#pragma once
// `pawl lock SCRIPT…`, `pawl lock -r FILE…`, `pawl lock` in a project: write the lock, or check it.

#include <string>
#include <vector>

#include "base/result.h"
#include "ops/lock_record.h"
#include "ops/services.h"

namespace pawl::ops {

struct LockRequest {
    std::vector<std::string> scripts; ///< or one project: its directory or pyproject.toml
    std::vector<std::string> requirements_files; ///< instead of scripts
    std::vector<std::string> constraints_files;  ///< of requirements files; or locks, of anything
    std::string prefer;                ///< a lock whose versions are kept where they fit, or ""
    std::string requires_python;       ///< of requirements files, which cannot say it
    std::string output;                ///< "" for the usual place
    std::vector<std::string> variants; ///< of `[tool.pawl.variants]`, or "auto"; none: all of them
    bool embed = false;
    bool beside = false;  ///< a lock that is embedded moves into a file beside the script
    bool compact = false; ///< see make_compact()
    bool check = false;   ///< write nothing; Kind::check_failed when it is missing or stale
    bool upgrade = false;
    std::vector<std::string> upgrade_packages; ///< "P" or "P==V"
    bool this_environment = false;
    AskedOptions asked;
    std::string as_of; ///< of scripts: a date, or "git"; the lock records it
};

/// What the request names: scripts, requirements files, a project; nothing: the project here.
Result<> lock_any(const LockRequest& request, Services& services);

Result<> lock_scripts(const LockRequest& request, Services& services);

} // namespace pawl::ops
