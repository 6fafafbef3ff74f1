#pragma once
// Which files a program is made of, and whether one of them has changed: for watch.cc.

#include <map>
#include <set>
#include <string>

#include "base/fs.h"
#include "base/result.h"
#include "ops/run.h"
#include "ops/settings.h"

namespace pawl::ops {

/// The files by what is in them: a digest, or "" where there is none.
struct WatchedFiles {
    std::map<std::string, std::string> digests;
    std::string lock;           ///< one of them; "" when there is none
    bool lock_is_stale = false; ///< the run will refresh it

    /// What has changed since then, for the user; "" when nothing has. A lock that was stale may be
    /// refreshed once: that is the run's own doing.
    std::string change(const WatchedFiles& now) const;
};

/// Script, lock, local modules, and where they would appear. A script that cannot be read or
/// understood is watched all the same, with those of `before`.
WatchedFiles watched_files(const RunRequest& request, const Settings& settings,
                           const WatchedFiles& before);

/// The kernel's word that something in these files' folders has happened (inotify).
class FolderWatch {
  public:
    static Result<FolderWatch> create();
    /// Watches the folders of these files, and no others any more. Returns how many could not be
    /// watched.
    size_t watch(const WatchedFiles& files);
    int descriptor() const { return fd_.get(); }
    /// Takes all events that are there; whether one of them was about the files.
    bool take_events();

  private:
    explicit FolderWatch(fs::Fd fd) : fd_(std::move(fd)) {}

    fs::Fd fd_;
    std::map<std::string, int> watch_of_; ///< folder → watch descriptor
    std::map<int, std::string> folder_of_;
    std::set<std::string> files_;
};

} // namespace pawl::ops
