#pragma once
// Where a lock may lead: which paths and addresses of a lock pawl is willing to read. A lock comes
// from other people. A file that has a hash can at most be the wrong file, so it may lie in a
// folder above the lock's (a wheelhouse that several locks share); a source tree has none and is
// run, so it must lie below the lock's own folder.

#include "base/result.h"
#include "lock/model.h"

namespace pawl::lock {

struct SourceRules {
    bool allow_file_urls = false;  ///< file: addresses
    bool allow_files_above = true; ///< "../wheels/x.whl", for files with hashes
    bool allow_outside_paths =
        false;                       ///< absolute paths, and source trees outside the lock's folder
    bool allow_private_hosts = true; ///< loopback and private addresses; link-local never are
};

/// Kind::refused, with the package and the key, for the first source that breaks the rules. Says
/// nothing of what lies at a path, and prints no password.
Result<> check_sources(const Lock& lock, const SourceRules& rules = {});
Result<> check_sources(const Package& package, const SourceRules& rules = {});

} // namespace pawl::lock
