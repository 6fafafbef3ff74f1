#pragma once
// What a lock is made from when it is no script: requirements files, or a project.

#include <set>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "lock/model.h"
#include "ops/lock.h"
#include "ops/resolution.h"
#include "ops/services.h"

namespace pawl::ops {

/// Hashes that a file gives for one version of a project.
struct ApprovedHashes {
    pep::Requirement requirement;
    std::vector<Hash> hashes;
    std::string origin; ///< "requirements.txt:3"
};

struct LockInput {
    std::string name;      ///< for messages: "requirements.in", "pyproject.toml"
    std::string what;      ///< in "what … asks for"
    std::string command;   ///< that locks it: "pawl lock -r requirements.in"
    std::string lock_path; ///< absolute
    std::string variant;   ///< of `[tool.pawl.variants]`; "" for none
    ResolutionRequest resolution;
    Settings declared; ///< what the input itself says, which needs no record in the lock
    std::string input_digest;
    /// The input says nothing of Pythons: what a lock of ours says stays.
    bool keeps_requires_python = false;

    std::vector<pep::Name> extras;           ///< PEP 751's, sorted
    std::vector<std::string> groups;         ///< without the default ones, sorted
    std::vector<std::string> default_groups; ///< sorted
    std::vector<std::string> conflicts;      ///< as in LockRecord
    std::set<pep::Name> editable;
    std::vector<ApprovedHashes> hashes;
    bool require_hashes = false;
    std::vector<std::string> warnings; ///< of the files that were read
};

/// Puts into a resolved lock which directories are editable.
void mark_editable(const LockInput& input, lock::Lock& lock);

/// Resolves, checks hashes, and says in the lock what only the input knows; the digest too.
Result<lock::Lock> resolve_input(const LockInput& input, Services& services);

/// `pawl lock` for it: checks (`--check`) or writes.
Result<> lock_input(LockInput input, const LockRequest& request, Services& services);

/// Where the lock of an input in `directory` is: `output` (a lock file's name), else pylock.toml,
/// or pylock.VARIANT.toml.
Result<std::string> lock_path_of(std::string_view output, std::string_view directory,
                                 std::string_view variant = "");

} // namespace pawl::ops
