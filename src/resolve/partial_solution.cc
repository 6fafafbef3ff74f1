#include "resolve/partial_solution.h"

#include <algorithm>

#include "base/check.h"

namespace pawl::resolve {

void PartialSolution::add_node(NodeId node, uint32_t release_count) {
    if (index_of(node) >= nodes_.size()) {
        nodes_.resize(index_of(node) + 1);
    }
    PerNode& entry = nodes_[index_of(node)];
    check(!entry.known);
    entry.known = true;
    entry.nothing = Term{node, false, VersionBits(release_count)};
}

uint32_t PartialSolution::decision_level(NodeId node) const {
    const PerNode& entry = nodes_[index_of(node)];
    for (size_t i = entry.places.size(); i-- > 0;) {
        if (trail_[entry.places[i]].is_decision()) {
            return trail_[entry.places[i]].level;
        }
    }
    check(false);
    return 0;
}

void PartialSolution::push(Assignment assignment) {
    PerNode& entry = nodes_[index_of(assignment.own.node)];
    assignment.level = level_;
    assignment.accumulated = term(assignment.own.node);
    assignment.accumulated.narrow(assignment.own);
    entry.places.push_back(static_cast<uint32_t>(trail_.size()));
    trail_.push_back(std::move(assignment));
}

void PartialSolution::decide(NodeId node, uint32_t release, pep::MarkerId where) {
    ++level_;
    Assignment assignment;
    assignment.own = Term{node, true, VersionBits(term(node).set.size())};
    assignment.own.set.set(release);
    assignment.where = where;
    push(std::move(assignment));
    nodes_[index_of(node)].decided = release;
}

void PartialSolution::derive(Term term, IncompatibilityId cause, pep::MarkerId where) {
    Assignment assignment;
    assignment.own = std::move(term);
    assignment.cause = cause;
    assignment.where = where;
    push(std::move(assignment));
}

void PartialSolution::backtrack(uint32_t level, std::vector<NodeId>& touched) {
    while (!trail_.empty() && trail_.back().level > level) {
        NodeId node = trail_.back().own.node;
        PerNode& entry = nodes_[index_of(node)];
        if (trail_.back().is_decision()) {
            entry.decided = nowhere;
        }
        entry.places.pop_back();
        touched.push_back(node);
        trail_.pop_back();
    }
    level_ = level;
}

uint32_t PartialSolution::satisfier(const Term& term, uint32_t end) const {
    const PerNode& entry = nodes_[index_of(term.node)];
    // What is known only ever grows, so "holds by then" is false, false, …, true, true.
    auto last = std::lower_bound(entry.places.begin(), entry.places.end(), end);
    auto found = std::partition_point(entry.places.begin(), last, [&](uint32_t place) {
        return !trail_[place].accumulated.implies(term);
    });
    return found == last ? nowhere : *found;
}

} // namespace pawl::resolve
