#pragma once
// Which marker a region is split on, when a conflict in it holds nowhere: one of those that the
// requirements behind the conflict carry. Private to the room.

#include <vector>

#include "resolve/region_solver.h"

namespace pawl::resolve {

class SplitSearch {
  public:
    explicit SplitSearch(RegionSolver& solver) : solver_(solver) {}

    /// The requirements that an incompatibility was derived from.
    void look_into(IncompatibilityId id);
    /// Those, and everything in the partial solution that breaks it.
    void look_behind(IncompatibilityId id);
    /// Everything that makes the term hold, by the assignments before `end`.
    void look_behind(const Term& term, uint32_t end);
    /// The chain of requirements that makes a node active.
    void look_at_activity(NodeId node);
    /// One requirement's own marker.
    void add(pep::MarkerId where);

    bool is_empty() const { return markers_.empty(); }
    /// The marker that tells the most of them apart; there must be one.
    pep::MarkerId best();

  private:
    static constexpr size_t markers_max = 64;

    void look_at_assignment(uint32_t place);

    RegionSolver& solver_;
    std::vector<pep::MarkerId> markers_; // each once, in the order found
    std::vector<bool> seen_;             // by incompatibility
    std::vector<bool> seen_assignments_;
    std::vector<bool> seen_nodes_;
};

} // namespace pawl::resolve
