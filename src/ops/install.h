#pragma once
// `pawl install`: exactly what a lock says, or files and requirements resolved first, into an
// environment or a plain directory.

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "ops/services.h"
#include "ops/variant.h"

namespace pawl::ops {

struct InstallRequest {
    std::vector<std::string> what; ///< one lock file; or wheels, sdists and requirements
    std::vector<std::string> requirements_files, constraints_files;
    std::string target; ///< a plain directory; "" for the environment
    std::vector<std::string> extras, groups;
    std::string link_mode; ///< auto, reflink, hardlink, copy, symlink
    bool inexact = false;
    bool reinstall = false;
    bool dry_run = false;
    bool no_deps = false;                  ///< of files and requirements: they alone
    bool build = false;                    ///< of files and requirements: sdists may be built
    std::vector<std::string> rewrite_urls; ///< "FROM=TO", of a lock
    bool is_frozen = false;                ///< another tool's lock may be stale
    bool json = false;                     ///< what was done, as JSON on stdout
    VariantWish variant; ///< then `what` is a project or a script, whose variant's lock is meant
    std::string report;  ///< "json": the same, and where each file came from; or ""
};

Result<> install(const InstallRequest& request, Services& services);

} // namespace pawl::ops
