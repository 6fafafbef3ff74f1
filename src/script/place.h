#pragma once
// Where a script's lock is (design §4): beside it, inside it, or as `<path>.lock` in a workspace.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "script/lock_block.h"

namespace pawl::script {

struct LockPlace {
    enum class Kind : unsigned char { none, beside, embedded, workspace };
    Kind kind = Kind::none;
    std::string path;               ///< the file that holds the lock; the script when embedded
    std::optional<LockBlock> block; ///< when embedded
};

/// "dir/report.py" → "dir/pylock.report.toml". A dot in the stem becomes "-", since PEP 751 allows
/// none between "pylock." and ".toml".
/// A variant's is "dir/pylock.report-cuda12.toml".
std::string lock_path_beside(std::string_view script_path, std::string_view variant = "");
/// "f/folder/job.py" → "f/folder/job.lock"
std::string lock_path_workspace(std::string_view script_path);
/// Whether `<path>.yaml` lies beside `<path>.py`, which makes it a workspace's script.
bool is_workspace_script(std::string_view script_path);

/// Finds the lock of a script whose bytes are `text`; more than one is an error that names both.
/// `script_path` is "" for a script from a URL or stdin: only an embedded lock can be there.
/// The lock of a variant is beside its script, and a script that has variants has no other one: one
/// inside it, or in a workspace, is an error.
Result<LockPlace> find_lock(std::string_view script_path, std::string_view text,
                            std::string_view variant = "");

} // namespace pawl::script
