#pragma once
// The words of an explanation: releases, requirements and incompatibilities as people read them.
// Private to the room.

#include <string>

#include "resolve/region_solver.h"

namespace pawl::resolve {

class Words {
  public:
    Words(const RegionSolver& solver, Catalog& catalog) : solver_(solver), catalog_(catalog) {}

    /// "rich 13.0", "rich>=13, <=13.4 or rich 14.0", "every version of rich".
    std::string releases(NodeId node, const VersionBits& set);
    /// What it says, as half a sentence without a full stop.
    std::string sentence(const Incompatibility& incompatibility);
    /// A requirement as written, with where it stands if it is the root's.
    std::string requirement(const PreparedEdge& edge);
    /// "1.0, 1.1, 1.2 … 4.0": what there is.
    std::string available(const Domain& domain);
    /// Of a release whose metadata is at fault: whether it is another project's or version's.
    bool is_foreign(const Incompatibility& incompatibility);
    const Domain& domain(NodeId node) { return catalog_.at(solver_.domain_of(node)); }

  private:
    std::string interval(const Domain& domain, const std::string& name, uint32_t begin,
                         uint32_t end);
    std::string dependency(const Incompatibility& incompatibility);
    std::string needs(const std::string& who, const PreparedEdge& edge);
    std::string unusable(const Incompatibility& incompatibility);
    std::string derived(const Incompatibility& incompatibility);
    std::string where_suffix(pep::MarkerId where);
    const Release& example(const Term& term);
    const PreparedRelease* prepared_example(const Term& term);

    const RegionSolver& solver_;
    Catalog& catalog_;
};

} // namespace pawl::resolve
