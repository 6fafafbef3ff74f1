#pragma once
// One script as the verbs see it: its bytes, what it needs, where its lock is and whether that lock
// still fits.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lock/model.h"
#include "ops/lock_steps.h"
#include "ops/resolution.h"
#include "ops/services.h"
#include "script/needs.h"
#include "script/place.h"

namespace pawl::ops {

struct ScriptState {
    std::string path;    ///< absolute, links resolved; "" for a script without a file
    std::string spelled; ///< absolute, as the user named it: perhaps a link to `path`
    std::string name;    ///< for messages: as the user named it
    std::string bytes;
    std::string directory; ///< absolute; of the file, else the current one
    Settings settings;     ///< with the script's own table
    script::Needs needs;
    pep::Specifiers requires_python; ///< the script's, or pawl's default
    bool demands_lock = false;       ///< `[tool.pawl] locked = true`
    std::string input_digest;        ///< what a fresh lock would hold

    script::LockPlace place;
    std::optional<lock::Lock> lock;
    LockRecord record;

    /// Whether the lock that is there was made from what the script says now. A lock that another
    /// tool made holds no digest: then its versions must satisfy what the script asks for.
    Freshness freshness = Freshness::no_lock;
    std::string stale_reason; ///< one line for the user
};

/// Reads the script, its needs and its lock. `path` "-" takes `standard_input` instead.
Result<ScriptState> load_script(std::string_view path, Services& services,
                                std::optional<std::string> standard_input = {});

/// The same without looking for a lock (`pawl imports`).
Result<ScriptState> load_needs(std::string_view path, Services& services,
                               std::optional<std::string> standard_input = {});

/// The resolution that this script asks for.
Result<ResolutionRequest> request_of(const ScriptState& script);

/// Writes a lock of ours where it belongs: into the place it has, else beside the script.
struct WriteLock {
    bool embed = false;
    std::string output; ///< "" for the usual place
};
/// Returns the path written, "" when the file held the same bytes already.
Result<std::string> write_lock(const ScriptState& script, lock::Lock lock, const WriteLock& where);

} // namespace pawl::ops
