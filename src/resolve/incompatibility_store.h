#pragma once
// All incompatibilities of one region, and by node. Requirements of many releases of one project on
// the same releases of another are kept as one (A in {1, 2, 3} needs B in S), which makes both the
// search and its explanation short.

#include <vector>

#include "resolve/term.h"

namespace pawl::resolve {

class IncompatibilityStore {
  public:
    const Incompatibility& at(IncompatibilityId id) const { return all_[index_of(id)]; }
    size_t size() const { return all_.size(); }

    IncompatibilityId add(Incompatibility incompatibility);
    /// For the derivation only: propagation does not look at it.
    IncompatibilityId keep(Incompatibility incompatibility);
    /// `dependant` at `release` needs `target` in `set`, where `where` holds.
    IncompatibilityId add_dependency(NodeId dependant, uint32_t release, uint32_t release_count,
                                     const Term& target, pep::MarkerId where,
                                     const PreparedEdge* edge);
    /// The same terms in the same environments, of this cause, among those of `node`.
    bool has(NodeId node, const Incompatibility& incompatibility) const;
    /// Those that name the node, oldest first.
    const std::vector<IncompatibilityId>& of(NodeId node) const;

    /// A cache for propagation: known to be impossible at this decision level and above.
    bool is_contradicted(IncompatibilityId id) const { return contradicted_[index_of(id)]; }
    void note_contradicted(IncompatibilityId id, uint32_t level);
    void backtrack(uint32_t level);

  private:
    struct Note {
        IncompatibilityId id;
        uint32_t level;
    };
    struct Dependency {
        NodeId target;
        IncompatibilityId id;
    };

    std::vector<Incompatibility> all_;
    std::vector<std::vector<IncompatibilityId>> of_node_;
    std::vector<std::vector<Dependency>> dependencies_; // by dependant
    std::vector<bool> contradicted_;
    std::vector<Note> notes_;
};

} // namespace pawl::resolve
