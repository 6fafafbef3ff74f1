#pragma once
// Carrying out a plan below one directory.

#include <span>
#include <string>

#include "base/result.h"
#include "install/link.h"
#include "install/plan.h"

namespace pawl::install {

/// Makes everything below `root` (a directory that is ours alone), in the order of `actions` as far
/// as one needs another, by up to `threads_max` threads (0: as many as pay off).
Result<> make_tree(const std::string& root, std::span<const Action> actions, Linker& linker,
                   size_t threads_max = 0);

} // namespace pawl::install
