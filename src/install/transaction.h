#pragma once
// Changing a tree that is not ours so that a kill at any moment does no lasting harm.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "install/link.h"
#include "install/plan.h"

namespace pawl::install {

/// The directory in the target's root that exists only while something is being done.
constexpr std::string_view work_name = ".pawl-install";

/// What is to be done; all paths are relative to the root.
struct TreeChange {
    std::vector<std::string> removals;  ///< files, and dist-info directories as a whole
    std::vector<Action> additions;      ///< from a plan
    std::vector<std::string> libraries; ///< directories whose dist-infos are moved last
};

/// Stages, writes the journal, carries it out. Before the journal is there nothing of the target
/// has changed; afterwards the change is finished, now or by the next finish_change().
Result<> apply_change(const std::string& root, const TreeChange& change, Linker& linker,
                      size_t threads_max);

/// What a killed process left: finished when its journal is there, else thrown away. True when
/// something was finished.
Result<bool> finish_change(const std::string& root);

} // namespace pawl::install
