#pragma once
// Where a lock may lead: which paths and addresses of a lock pawl is willing to read. A lock comes
// from other people; by default it names files below its own folder and https or http hosts.

#include "base/result.h"
#include "lock/model.h"

namespace pawl::lock {

struct SourceRules {
    bool allow_file_urls = false;     ///< file: addresses
    bool allow_outside_paths = false; ///< absolute paths, and paths that leave the lock's folder
    bool allow_private_hosts = true;  ///< loopback and private addresses; link-local never are
};

/// Kind::refused, with the package and the key, for the first source that breaks the rules. Says
/// nothing of what lies at a path, and prints no password.
Result<> check_sources(const Lock& lock, const SourceRules& rules = {});
Result<> check_sources(const Package& package, const SourceRules& rules = {});

} // namespace pawl::lock
