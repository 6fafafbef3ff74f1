#pragma once
// `pawl merge BASE OURS THEIRS`: three locks as one, project by project: a merge driver for git.

#include <string>

#include "base/result.h"
#include "ops/services.h"

namespace pawl::ops {

struct MergeRequest {
    std::string base; ///< an empty file where both sides added the lock
    std::string ours; ///< becomes the merged lock
    std::string theirs;
    std::string path; ///< what the lock is called in the repository, for messages; may be ""
};

/// Kind::check_failed when both sides changed the same project in two ways, or when the merged lock
/// could not stand (two entries that apply at once, an entry that needs what is gone): then `ours`
/// holds the lock with conflict markers around these projects.
Result<> merge_locks(const MergeRequest& request, Services& services);

} // namespace pawl::ops
