#pragma once
// store: what stays on disk between commands, shared by any number of processes.
//
// For: the cache directory (this header), one entry a wheel (wheel_entry.h), environments and who
//   is using them (environments.h), records by key in one mapped file (pack.h).
// May use: base.
// Promises: an entry is there whole or not at all: it is built under tmp/ and gets its name, which
//   says what it holds, by one rename. Losing a race for a name is success. Processes may be
//   killed at any moment; what they leave under tmp/ is removed by a later prune. After a power
//   cut an entry that is not known to be on the disk is checked once before it is used (see
//   durability.h). Nothing in use is ever removed. docs/formats/store.md describes the files.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fs.h"
#include "base/result.h"

namespace pawl::store {

/// What lies directly in the cache directory. A room that needs another name adds it here.
constexpr std::string_view names[] = {
    "wheels", "envs",      "tmp",     "roots", "http",         "metadata", "pages",
    "runs",   "python",    "builds",  "built", "sdists",       "git",      "index",
    "tools",  "downloads", "imports", "files", "interpreters", "scripts",
};

/// Where the cache is: PAWL_CACHE_DIR, else XDG_CACHE_HOME/pawl, else HOME/.cache/pawl; an error
/// when none of them is set.
Result<std::string> default_directory();

/// A directory that is being built; removed unless it is published. It lies on the store's own
/// file system. For one thread at a time.
class Staging {
  public:
    Staging(Staging&&) noexcept = default;
    Staging& operator=(Staging&&) noexcept = default;

    const std::string& path() const { return directory_.path(); }

  private:
    friend class Store;
    Staging(fs::TemporaryDirectory directory, fs::Fd lock)
        : directory_(std::move(directory)), lock_(std::move(lock)) {}
    fs::TemporaryDirectory directory_;
    fs::Fd lock_; // a shared flock on the directory itself says that its builder is alive
};

/// The cache directory. Cheap to open; copies nothing. Callable from any thread.
class Store {
  public:
    /// Makes nothing yet. Refuses (Kind::refused) a directory that belongs to another user or that
    /// others may write to; one that is not there is made by the first write, mode 0700.
    static Result<Store> open(std::string_view directory);

    const std::string& directory() const { return directory_; }
    /// "<directory>/<name>", for the rooms that keep files of their own. The first part of `name`
    /// must be one of `names` (checked): clean() removes these and never what it does not know.
    std::string path(std::string_view name) const;
    /// As path(), and makes that directory.
    Result<std::string> make_path(std::string_view name) const;

    /// A new empty directory under tmp/.
    Result<Staging> begin() const;
    /// Renames it to `path` (absolute, below the store). False when something was there already:
    /// then the staging is gone and the entry of the other process is as good.
    Result<bool> publish(Staging staging, std::string_view path) const;
    /// As publish(), in place of what is there: a damaged entry, which goes. Whoever looks
    /// meanwhile sees one of the two.
    Result<> replace(Staging staging, std::string_view path) const;
    /// Moves an entry under tmp/ and removes it there, so that no reader sees half of it.
    Result<> discard(std::string_view path) const;

  private:
    explicit Store(std::string directory) : directory_(std::move(directory)) {}
    std::string directory_;
};

} // namespace pawl::store
