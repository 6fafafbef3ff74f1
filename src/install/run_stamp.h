#pragma once
// The stamp: what lets a second `pawl run` go from main to execve.
//
// `<cache>/runs/<key>` remembers what the slow path found out: "while these files are as they were,
// and those are not there, this environment runs it". Checking it costs one stat per file and one
// per folder, no parsing, no thread, no database. A file whose stat changed but whose content did
// not (a touch, a checkout) is hashed, and the stamp is refreshed.
//
// A stamp is only ever a memory: missing, damaged or stale, it sends the caller down the slow path.
// The environment is held by a lease (store/environments.h) whose descriptor survives execve, so
// that prune does not take it away while the script runs.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/environments.h"

namespace pawl::install {

/// What the stamp is about. `options` is any text over everything beside the files that decides the
/// answer: options, PAWL_ variables, the current directory, version of pawl.
struct StampKey {
    std::string script; ///< absolute path as the caller spells it, or the digest of a text
    std::string options;
};

/// A file that the answer was made from.
struct StampInput {
    std::string path;
    /// Hexadecimal, of the bytes that were looked at, so that an edit since then is noticed; ""
    /// when it is read for the stamp only.
    std::string sha256;
};

/// What must hold for the answer to be good, and the answer.
struct StampFacts {
    std::vector<StampInput> inputs;  ///< script, lock, local modules, settings
    std::vector<std::string> links;  ///< paths that must go on leading to the same file
    std::vector<std::string> absent; ///< paths where nothing may appear (a lock beside, a module)
    std::string interpreter;         ///< the base interpreter's real path: same stat
    std::string environment;         ///< `<cache>/envs/<digest>`
    std::string executable;          ///< what to exec
    std::string note;                ///< free text for the caller, handed back as it is
};

struct StampHit {
    std::string executable;
    std::string environment;
    std::string note;
    store::Lease lease;     ///< kept over exec already
    bool refreshed = false; ///< stats had changed, contents had not
};

/// Nothing: take the slow path. Never fails: an unreadable stamp is none.
std::optional<StampHit> check_stamp(std::string_view cache_directory, const StampKey& key);

/// The environment that the stamp names, whether it still holds or not; "" when there is none.
std::string stamped_environment(std::string_view cache_directory, const StampKey& key);

/// Hashes the inputs and writes the stamp atomically.
Result<> write_stamp(std::string_view cache_directory, const StampKey& key,
                     const StampFacts& facts);

} // namespace pawl::install
