#pragma once
// From the regions' choices to one graph: entries, markers, edges. Private to the room.

#include <vector>

#include "resolve/region_solver.h"
#include "resolve/solution.h"

namespace pawl::resolve {

/// A solved region.
struct Answer {
    pep::MarkerId region = pep::MarkerId::never;
    std::vector<Choice> choices;
};

/// The regions, with those made one whose answers agree (no project has two releases in them).
std::vector<pep::MarkerId> merge_regions(const std::vector<Answer>& answers, Catalog& catalog);

/// The graph of all answers. Aborts if two entries of a project could apply at once: that would be
/// our own mistake, and must never become a lock.
Result<Solution> build_graph(const std::vector<Answer>& answers, Catalog& catalog);

} // namespace pawl::resolve
