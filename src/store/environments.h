#pragma once
// Environments by digest, and leases: who uses what, so that prune never takes it away.
//
// A lease is a shared flock on the directory itself. It costs three system calls, needs no file
// of its own, works on a read-only file system, and the kernel drops it when its holder dies,
// however that happens. A lease whose descriptor is kept over exec (keep_over_exec) lives as long
// as the script that was started with it.

#include <cstdint>
#include <optional>
#include <set>
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

/// What an environment is made of, for whoever prunes and verifies.
struct EnvironmentContents {
    /// The sha256 of the entries that it refers to, which keeps them from being pruned.
    std::vector<std::string> wheels;
    /// Files that are its own, no links into the store; paths relative to it.
    struct OwnFile {
        std::string path, sha256;
    };
    std::vector<OwnFile> own_files;
    /// How many files and links there are outside of __pycache__ directories, without the two of
    /// the store.
    uint64_t entries = 0;
};

/// Publishes what was built. When another process was faster, its environment is the result.
Result<EnvironmentEntry> publish_environment(const Store& store, Staging staging,
                                             std::string_view digest,
                                             const EnvironmentContents& contents);

/// The wheels that an environment (its directory) is made of; none when it is gone or damaged.
std::set<std::string> wheels_of_environment(const std::string& directory);

/// Says that an environment outside the store (a tool's, a project's) refers to these wheels; holds
/// as long as `directory` exists. Replaces what was said about it before, or adds to it.
enum class RootChange : unsigned char { replace, add };
Result<> add_root(const Store& store, std::string_view directory,
                  std::span<const std::string> wheels, RootChange change = RootChange::replace);

} // namespace pawl::store
