// Conflicts of one region: where they hold, what is learnt from them, and what the region is split
// on when they hold nowhere. The essay is in region_solver.cc.

#include <algorithm>

#include "base/check.h"
#include "resolve/region_solver.h"
#include "resolve/split_search.h"

namespace pawl::resolve {

using pep::MarkerId;

/// The environments in which the assignments before `end` really make the term hold.
MarkerId RegionSolver::where_of(const Term& term, uint32_t end) const {
    MarkerId where = region_;
    if (!is_mixed_) {
        return where;
    }
    Term rest = term;
    while (where != MarkerId::never && !rest.is_any()) {
        uint32_t place = partial_.satisfier(rest, end);
        check(place != PartialSolution::nowhere);
        const Assignment& assignment = partial_.at(place);
        // A decision stands wherever its node is active by now.
        where = both(where, assignment.is_decision() ? active(rest.node) : assignment.where);
        if (assignment.own.implies(rest)) {
            break;
        }
        rest.widen(assignment.own.negation());
        end = place;
    }
    return where;
}

MarkerId RegionSolver::where_of_all(const Incompatibility& incompatibility, NodeId except) const {
    MarkerId where = incompatibility.where;
    if (!is_mixed_) {
        return where;
    }
    auto end = static_cast<uint32_t>(partial_.size());
    for (const Term& term : incompatibility.terms) {
        if (term.node != except && where != MarkerId::never) {
            where = both(where, where_of(term, end));
        }
    }
    return where;
}

void RegionSolver::split_on(MarkerId marker, bool rest_first) {
    marker = both(region_, marker);
    check(marker != MarkerId::never && marker != region_);
    verdict_ = Verdict{Verdict::Kind::split, marker, rest_first};
}

/// A conflict between requirements that never meet: both can hold, in different parts.
bool RegionSolver::split_if_vacuous(MarkerId where, IncompatibilityId conflict) {
    if (where != MarkerId::never || !budget_.may_split) {
        return false;
    }
    SplitSearch search(*this);
    search.look_behind(conflict);
    split_on(search.best());
    return true;
}

/// A region of mixed markers is harder than each of its environments, since every requirement binds
/// all of it; it may even have no answer as a whole. After a while its parts are tried instead.
bool RegionSolver::split_if_tired(IncompatibilityId conflict) {
    constexpr uint32_t conflicts_max = 200;
    if (++conflicts_ < conflicts_max || !is_mixed_ || !budget_.may_split) {
        return false;
    }
    SplitSearch search(*this);
    search.look_behind(conflict);
    if (search.is_empty()) {
        return false;
    }
    split_on(search.best());
    return true;
}

void RegionSolver::resolve_conflict(IncompatibilityId id) {
    constexpr NodeId nobody = static_cast<NodeId>(UINT32_MAX);
    if (split_if_vacuous(where_of_all(store_.at(id), nobody), id) || split_if_tired(id)) {
        return;
    }
    Incompatibility current = store_.at(id);
    bool is_new = false;
    while (!is_terminal(current)) {
        Satisfier satisfier = find_satisfier(current);
        const Assignment& assignment = partial_.at(satisfier.place);
        if (assignment.is_decision() || satisfier.previous_level < assignment.level) {
            learn(std::move(current), is_new ? IncompatibilityId::none : id, satisfier);
            return;
        }
        // The steps in between are kept, since the explanation is made of them.
        if (is_new) {
            id = store_.keep(current);
        }
        current = combine(current, id, satisfier.place);
        is_new = true;
    }
    if (is_new) {
        id = store_.keep(current);
    }
    fail(current, id);
}

bool RegionSolver::is_terminal(const Incompatibility& incompatibility) const {
    return incompatibility.terms.empty() || (incompatibility.terms.size() == 1 &&
                                             incompatibility.terms.front().node == NodeId::root &&
                                             incompatibility.terms.front().positive);
}

RegionSolver::Satisfier RegionSolver::find_satisfier(const Incompatibility& incompatibility) const {
    auto end = static_cast<uint32_t>(partial_.size());
    Satisfier result;
    const Term* latest = nullptr;
    uint32_t second = PartialSolution::nowhere;
    for (const Term& term : incompatibility.terms) {
        uint32_t place = partial_.satisfier(term, end);
        check(place != PartialSolution::nowhere);
        if (latest == nullptr || place > result.place) {
            second = latest == nullptr ? second : result.place;
            latest = &term;
            result.place = place;
        } else if (second == PartialSolution::nowhere || place > second) {
            second = place;
        }
    }
    check(latest != nullptr);
    if (second != PartialSolution::nowhere) {
        result.previous_level = std::max(result.previous_level, partial_.at(second).level);
    }
    const Assignment& assignment = partial_.at(result.place);
    if (!assignment.own.implies(*latest)) {
        // It took earlier assignments of the same node as well.
        Term rest = *latest;
        rest.widen(assignment.own.negation());
        uint32_t place = partial_.satisfier(rest, result.place);
        check(place != PartialSolution::nowhere);
        result.previous_level = std::max(result.previous_level, partial_.at(place).level);
    }
    return result;
}

/// The rule of resolution: what both say together, without the satisfier's node where they meet.
Incompatibility RegionSolver::combine(const Incompatibility& current, IncompatibilityId current_id,
                                      uint32_t satisfier) const {
    IncompatibilityId cause_id = partial_.at(satisfier).cause;
    const Incompatibility& cause = store_.at(cause_id);
    NodeId pivot = partial_.at(satisfier).own.node;
    Incompatibility result;
    result.cause = Cause::derived;
    result.first = current_id;
    result.second = cause_id;
    result.where = both(current.where, cause.where);
    for (const Term& term : current.terms) {
        Term merged = term;
        if (const Term* other = cause.find(term.node)) {
            if (term.node == pivot) {
                merged.widen(*other);
            } else {
                merged.narrow(*other);
            }
        }
        if (!merged.is_any()) {
            result.terms.push_back(std::move(merged));
        }
    }
    for (const Term& term : cause.terms) {
        if (current.find(term.node) == nullptr) {
            result.terms.push_back(term);
        }
    }
    return result;
}

/// Goes back to where all but the satisfier's term still hold, and derives that it must not.
void RegionSolver::learn(Incompatibility current, IncompatibilityId id,
                         const Satisfier& satisfier) {
    NodeId node = partial_.at(satisfier.place).own.node;
    if (id == IncompatibilityId::none) {
        id = store_.add(std::move(current));
    }
    // The two that ceased to hold last are watched.
    const std::vector<Term>& terms = store_.at(id).terms;
    auto end = static_cast<uint32_t>(partial_.size());
    uint32_t pivot = 0;
    uint32_t second = 0;
    uint32_t second_place = 0;
    bool has_second = false;
    for (uint32_t i = 0; i < terms.size(); ++i) {
        if (terms[i].node == node) {
            pivot = i;
            continue;
        }
        uint32_t place = partial_.satisfier(terms[i], end);
        if (!has_second || place > second_place) {
            has_second = true;
            second = i;
            second_place = place;
        }
    }
    if (has_second) {
        store_.watch(id, pivot, second);
    }
    backtrack(satisfier.previous_level);
    check(!examine(id));
    note_rejection(node, std::vector<Term>(terms));
}

/// Counts who is in whose way; a project that is so for the fifth time is decided later from now
/// on.
void RegionSolver::note_rejection(NodeId affected, const std::vector<Term>& terms) {
    NodeId its_base = catalog_.at(affected).base;
    if (its_base == NodeId::root) {
        return;
    }
    if (agenda_.note_affected(its_base)) {
        refresh(its_base);
    }
    uint32_t level = partial_.level();
    for (const Term& term : terms) {
        NodeId base = catalog_.at(term.node).base;
        if (base == its_base || base == NodeId::root || !agenda_.note_culprit(base)) {
            continue;
        }
        if (partial_.is_decided(base) && partial_.decision_level(base) > 1) {
            level = std::min(level, partial_.decision_level(base) - 1);
        }
    }
    if (level < partial_.level()) {
        backtrack(level);
    }
}

void RegionSolver::fail(const Incompatibility& terminal, IncompatibilityId id) {
    conflict_ = id;
    if (terminal.where != MarkerId::never) {
        verdict_ = Verdict{Verdict::Kind::failed, terminal.where};
        return;
    }
    SplitSearch search(*this);
    search.look_into(id);
    split_on(search.best());
}

} // namespace pawl::resolve
