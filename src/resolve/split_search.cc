#include "resolve/split_search.h"

#include <algorithm>

#include "base/check.h"

namespace pawl::resolve {

using pep::MarkerId;

namespace {

/// Marks it; whether it was new.
bool mark(std::vector<bool>& seen, size_t i) {
    if (i >= seen.size()) {
        seen.resize(i + 1, false);
    }
    bool is_new = !seen[i];
    seen[i] = true;
    return is_new;
}

} // namespace

void SplitSearch::add(MarkerId where) {
    if (where != solver_.region_ && where != MarkerId::never && markers_.size() < markers_max &&
        std::find(markers_.begin(), markers_.end(), where) == markers_.end()) {
        markers_.push_back(where);
    }
}

void SplitSearch::look_into(IncompatibilityId id) {
    std::vector<IncompatibilityId> open = {id};
    while (!open.empty()) {
        IncompatibilityId next = open.back();
        open.pop_back();
        if (!mark(seen_, index_of(next))) {
            continue;
        }
        const Incompatibility& incompatibility = solver_.store_.at(next);
        if (incompatibility.cause == Cause::derived) {
            open.push_back(incompatibility.second);
            open.push_back(incompatibility.first);
        } else {
            add(incompatibility.where);
        }
    }
}

void SplitSearch::look_behind(IncompatibilityId id) {
    look_into(id);
    auto end = static_cast<uint32_t>(solver_.partial_.size());
    for (const Term& term : solver_.store_.at(id).terms) {
        look_behind(term, end);
    }
}

void SplitSearch::look_behind(const Term& term, uint32_t end) {
    Term rest = term;
    while (!rest.is_any()) {
        uint32_t place = solver_.partial_.satisfier(rest, end);
        check(place != PartialSolution::nowhere);
        look_at_assignment(place);
        const Assignment& assignment = solver_.partial_.at(place);
        if (assignment.own.implies(rest)) {
            break;
        }
        rest.widen(assignment.own.negation());
        end = place;
    }
}

/// Walks back along causes. The depth is the length of a chain of derivations; the list of open
/// ones keeps it off the stack.
void SplitSearch::look_at_assignment(uint32_t first) {
    std::vector<uint32_t> open = {first};
    while (!open.empty()) {
        uint32_t place = open.back();
        open.pop_back();
        if (!mark(seen_assignments_, place)) {
            continue;
        }
        const Assignment& assignment = solver_.partial_.at(place);
        if (assignment.is_decision()) {
            look_at_activity(assignment.own.node);
            continue;
        }
        look_into(assignment.cause);
        for (const Term& term : solver_.store_.at(assignment.cause).terms) {
            if (term.node == assignment.own.node) {
                continue;
            }
            Term rest = term;
            uint32_t end = place;
            while (!rest.is_any()) {
                uint32_t before = solver_.partial_.satisfier(rest, end);
                check(before != PartialSolution::nowhere);
                open.push_back(before);
                if (solver_.partial_.at(before).own.implies(rest)) {
                    break;
                }
                rest.widen(solver_.partial_.at(before).own.negation());
                end = before;
            }
        }
    }
}

void SplitSearch::look_at_activity(NodeId first) {
    if (solver_.active(first) == solver_.region_) {
        return;
    }
    std::vector<NodeId> open = {first};
    while (!open.empty()) {
        NodeId node = open.back();
        open.pop_back();
        if (!mark(seen_nodes_, index_of(node))) {
            continue;
        }
        for (const RegionSolver::Arrow& arrow : solver_.arrows_to(node)) {
            add(arrow.where);
            if (solver_.active(arrow.from) != solver_.region_) {
                open.push_back(arrow.from);
            }
        }
    }
}

MarkerId SplitSearch::best() {
    check(!markers_.empty());
    pep::MarkerSpace& space = solver_.catalog_.space();
    for (MarkerId candidate : markers_) {
        bool one_inside = false;
        bool one_outside = false;
        for (MarkerId other : markers_) {
            one_inside = one_inside || space.implies(other, candidate);
            one_outside = one_outside || space.are_disjoint(other, candidate);
        }
        if (one_inside && one_outside) {
            return candidate;
        }
    }
    return markers_.front();
}

} // namespace pawl::resolve
