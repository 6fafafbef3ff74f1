#pragma once
// Environments by digest, and leases: who uses what, so that prune never takes it away.
//
// A lease is a shared flock on the directory itself. It costs three system calls, needs no file
// of its own, works on a read-only file system, and the kernel drops it when its holder dies,
// however that happens. A lease whose descriptor is kept over exec (keep_over_exec) lives as long
// as the script that was started with it.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "store/store.h"

namespace pawl::store {

/// Keeps a directory of the store from being pruned; until it is destroyed.
class Lease {
  public:
    /// Nothing when there is no such directory (any more).
    static Result<std::optional<Lease>> acquire(std::string_view directory);
    /// The lock then stays with whatever this process becomes.
    Result<> keep_over_exec() const;

    /// What the entry's state says, for survival_of().
    const std::string& state() const { return state_; }

  private:
    Lease(fs::Fd fd, std::string state) : fd_(std::move(fd)), state_(std::move(state)) {}
    fs::Fd fd_;
    std::string state_;
};

/// Held by a command from its first find_wheel() to the end of the installation: wheels are not
/// pruned meanwhile. Waits for a prune that runs.
class UseLease {
  public:
    static Result<UseLease> acquire(const Store& store);

  private:
    explicit UseLease(std::optional<fs::FileLock> lock) : lock_(std::move(lock)) {}
    std::optional<fs::FileLock> lock_; // absent on a read-only cache, which nobody can prune
};

/// An environment has two files of the store at its top, ".pawl-state" and ".pawl-wheels"; names
/// that begin with ".pawl-" are not for wheels.
struct EnvironmentEntry {
    std::string digest;
    std::string directory; ///< absolute: "<cache>/envs/<digest>"
    Lease lease;           ///< released when the entry is destroyed
};

/// `digest`: 16 to 64 characters out of [0-9a-z]. Where the environment will be, for paths inside.
Result<std::string> environment_path(const Store& store, std::string_view digest);

/// Nothing when it is not there, or is not known to have survived a power cut (it is moved away).
Result<std::optional<EnvironmentEntry>> find_environment(const Store& store,
                                                         std::string_view digest);

/// Publishes what was built; `wheels` are the sha256 of the entries that it refers to, which keeps
/// them from being pruned. When another process was faster, its environment is the result.
Result<EnvironmentEntry> publish_environment(const Store& store, Staging staging,
                                             std::string_view digest,
                                             std::span<const std::string> wheels);

/// Says that an environment outside the store (a tool's, a project's) refers to these wheels; holds
/// as long as `directory` exists. Replaces what was said about it before.
Result<> add_root(const Store& store, std::string_view directory,
                  std::span<const std::string> wheels);

// --- pawl cache … -------------------------------------------------------------------------------

struct SizePart {
    std::string name; ///< "wheels", "envs", "http", …
    uint64_t entries = 0;
    uint64_t bytes = 0; ///< on the disk; a hard link counts once
};
/// What the cache takes, by directory.
Result<std::vector<SizePart>> size(const Store& store);

struct Removed {
    uint64_t entries = 0;
    uint64_t bytes = 0;
    uint64_t kept_in_use = 0; ///< what could not be removed because somebody uses it
};
/// Removes everything that is not in use.
Result<Removed> clean(const Store& store, int wait_ms = 5'000);

struct PruneOptions {
    int64_t environment_age_us = int64_t{30} * 86'400 * 1'000'000; ///< since its last use
    int wait_ms = 5'000; ///< for installations that run; then wheels are left for the next time
};
/// Removes what died processes left, environments that were not used for long, and wheels that no
/// environment, root or running command refers to.
Result<Removed> prune(const Store& store, const PruneOptions& options = {});

struct VerifyReport {
    uint64_t checked = 0;
    std::vector<std::string> damaged; ///< messages that name the entry and the file
};
/// Hashes every file of every wheel; with `repair`, damaged entries are moved away.
Result<VerifyReport> verify(const Store& store, bool repair);

} // namespace pawl::store
