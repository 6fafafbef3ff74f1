#pragma once
// All incompatibilities of one region, and who is to look at them when. Requirements of many
// releases of one project on the same releases of another are kept as one (A in {1, 2, 3} needs B
// in S), which makes both the search and its explanation short.
//
// Of each incompatibility two terms are watched (SAT solvers' way): as long as neither of the two
// holds, nothing can follow from it, so only a change of their nodes asks for a look. Whoever finds
// that a watched term holds moves the watch to one that does not, if there is one.

#include <array>
#include <vector>

#include "resolve/term.h"

namespace pawl::resolve {

class IncompatibilityStore {
  public:
    /// A watch of one node's term.
    struct Watch {
        IncompatibilityId id;
        uint32_t term; ///< its place in the incompatibility
    };

    const Incompatibility& at(IncompatibilityId id) const { return all_[index_of(id)]; }
    size_t size() const { return all_.size(); }

    /// Watches the first two terms.
    IncompatibilityId add(Incompatibility incompatibility);
    /// For the derivation only: propagation does not look at it.
    IncompatibilityId keep(Incompatibility incompatibility);
    /// `dependant` at `release` needs `target` in `set`, where `where` holds.
    IncompatibilityId add_dependency(NodeId dependant, uint32_t release, uint32_t release_count,
                                     const Term& target, pep::MarkerId where,
                                     const PreparedEdge* edge);
    /// One with the same terms (one or two) in the same environments and of this cause, or none.
    IncompatibilityId find(const Incompatibility& incompatibility) const;

    /// Those to look at when the node changes, oldest first. Grows while others are added.
    std::vector<Watch>& watches(NodeId node) { return watches_[index_of(node)]; }
    bool is_watched(NodeId node) const { return index_of(node) < watches_.size(); }
    /// The place of the other watched term.
    uint32_t other_watch(const Watch& watch) const;
    /// Moves the watch at `place` of this node's list to another term; the last one of the list
    /// takes its place.
    void move_watch(NodeId node, size_t place, uint32_t to);
    /// Watches these two from now on.
    void watch(IncompatibilityId id, uint32_t first, uint32_t second);

  private:
    struct Dependency {
        NodeId target;
        IncompatibilityId id;
    };
    void push_watch(IncompatibilityId id, uint32_t term);
    void drop_watch(IncompatibilityId id, uint32_t term);

    std::vector<Incompatibility> all_;
    std::vector<std::array<uint32_t, 2>> watched_;      // places of terms, by incompatibility
    std::vector<std::vector<Watch>> watches_;           // by node
    std::vector<std::vector<Dependency>> dependencies_; // by dependant
};

} // namespace pawl::resolve
