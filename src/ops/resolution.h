#pragma once
// From requirements to a lock: what `lock`, `run`, `install` and builds have in common.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "lock/model.h"
#include "ops/lock_record.h"
#include "ops/services.h"
#include "ops/settings.h"
#include "pep/marker.h"
#include "pep/requirement.h"
#include "python/interpreter.h"

namespace pawl::ops {

/// A requirement and where it stands: "report.py:3:8", "requirements.in:2"; may be "".
struct RootRequirement {
    pep::Requirement requirement;
    std::string origin;
    bool is_passing = false; ///< of this one resolution: `--upgrade-package P==V`
};

/// Which kinds of files a project may come from.
struct FormatRule {
    bool wheels = true;
    bool sdists = true;
};
struct FormatRules {
    FormatRule others; ///< for all that have no rule of their own
    std::map<pep::Name, FormatRule> of;
    FormatRule rule(const pep::Name& name) const {
        auto found = of.find(name);
        return found == of.end() ? others : found->second;
    }
};

struct ResolutionRequest {
    std::vector<RootRequirement> requirements;
    std::vector<RootRequirement> constraints;
    std::vector<RootRequirement> overrides;
    std::vector<pep::Name> excludes; ///< requirements on these are dropped
    /// Relative paths in requirements (file names without a scheme) are below it.
    std::string directory;
    pep::Specifiers requires_python;
    /// The lock must hold where one of them does; empty: everywhere.
    std::vector<pep::Marker> environments;
    /// Where every project without an sdist must have a wheel.
    std::vector<pep::Marker> required_environments;
    /// The lock need not hold where one of them does: extras and groups that conflict.
    std::vector<pep::Marker> left_out;
    std::map<pep::Name, std::string> prereleases_of; ///< "allow", "disallow", …
    FormatRules formats;
    /// Only for this interpreter's environment: files that do not fit it do not count.
    const python::Interpreter* only_for = nullptr;
    /// Its versions are kept where they fit.
    const lock::Lock* previous = nullptr;
    std::vector<pep::Name> upgrade_packages; ///< but not of these
    AskedOptions asked;                      ///< of the above, what the command line said
    bool record_environment = false;         ///< with only_for: `environments` says so in the lock
    Settings settings;                       ///< with the script's own table
    unsigned build_depth = 0;                ///< how many builds this resolution is for
};

/// The lock that answers the request, without `[tool.pawl]`'s input digest, which is the caller's.
/// Warnings go to the terminal.
Result<lock::Lock> resolve_to_lock(const ResolutionRequest& request, Services& services);

/// Records these requirements in a lock that is known to answer them, too.
Result<> restate_requirements(lock::Lock& lock, const ResolutionRequest& request);

} // namespace pawl::ops
