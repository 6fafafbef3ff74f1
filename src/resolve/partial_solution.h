#pragma once
// What the solver holds true so far: decisions and what follows from them, in order, by node and by
// decision level, so that "since when does this term hold?" has an answer.

#include <cstdint>
#include <vector>

#include "resolve/term.h"

namespace pawl::resolve {

struct Assignment {
    Term own;         ///< what this assignment says
    Term accumulated; ///< with all earlier ones of the node
    /// Derived: the environments in which the derivation stands. Decided: those in which the node
    /// was known to be active then.
    pep::MarkerId where = pep::MarkerId::always;
    IncompatibilityId cause = IncompatibilityId::none; ///< none: a decision
    uint32_t level = 0;
    bool is_decision() const { return cause == IncompatibilityId::none; }
};

class PartialSolution {
  public:
    static constexpr uint32_t nowhere = UINT32_MAX;

    /// A node must be known before anything is said of it.
    void add_node(NodeId node, uint32_t release_count);
    bool knows(NodeId node) const {
        return index_of(node) < nodes_.size() && nodes_[index_of(node)].known;
    }

    uint32_t level() const { return level_; }
    size_t size() const { return trail_.size(); }
    const Assignment& at(uint32_t i) const { return trail_[i]; }
    /// All that is known of a node.
    const Term& term(NodeId node) const {
        const PerNode& entry = nodes_[index_of(node)];
        return entry.places.empty() ? entry.nothing : trail_[entry.places.back()].accumulated;
    }
    bool is_decided(NodeId node) const { return nodes_[index_of(node)].decided != nowhere; }
    /// The release that was decided on.
    uint32_t decided(NodeId node) const { return nodes_[index_of(node)].decided; }
    /// The level of its decision; only when it is decided.
    uint32_t decision_level(NodeId node) const;

    void decide(NodeId node, uint32_t release, pep::MarkerId where);
    void derive(Term term, IncompatibilityId cause, pep::MarkerId where);
    /// Takes back everything above this level; the nodes touched are appended to `touched`.
    void backtrack(uint32_t level, std::vector<NodeId>& touched);

    /// The first assignment from which on the term holds, looking only at those before `end`;
    /// nowhere when it does not hold by then.
    uint32_t satisfier(const Term& term, uint32_t end) const;

  private:
    struct PerNode {
        bool known = false;
        uint32_t decided = nowhere;
        Term nothing;                 // "not selected at none of them"
        std::vector<uint32_t> places; // in trail_, ascending
    };
    void push(Assignment assignment);

    uint32_t level_ = 0;
    std::vector<Assignment> trail_;
    std::vector<PerNode> nodes_;
};

} // namespace pawl::resolve
