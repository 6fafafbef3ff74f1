#pragma once
// Carrying out a plan below one directory.

#include <span>
#include <string>

#include "base/result.h"
#include "install/link.h"
#include "install/plan.h"

namespace pawl::install {

struct TreeOptions {
    size_t threads_max = 0; ///< 0: as many as pay off
    /// A tree that was made the same way and never changes, perhaps of nearly the same actions:
    /// symbolic links and texts that are alike become one inode with two names. "" for none; gone
    /// or different costs nothing.
    std::string sibling;
};

/// Makes everything below `root` (a directory that is ours alone), in the order of `actions` as far
/// as one needs another.
Result<> make_tree(const std::string& root, std::span<const Action> actions, Linker& linker,
                   const TreeOptions& options = {});

} // namespace pawl::install
