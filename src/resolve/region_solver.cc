// PubGrub over one region.
//
// The plain algorithm: hold a partial solution; derive what every incompatibility forces (unit
// propagation); when one is broken, resolve it with the causes of what broke it until it says
// something about an earlier decision (conflict.cc), go back there and go on; else decide one more
// project. An incompatibility once learnt is never broken twice, so the search ends.
//
// What a region adds. Inside of a region some markers are true in a part only. The solver then errs
// on the safe side: a requirement that is active anywhere in the region binds the whole region, so
// that each project has one release in it, and an answer is right in every environment of it. That
// alone would refuse too much, so every incompatibility carries the environments `where` it really
// holds, and three things follow:
//   - a requirement whose project is not active where the marker holds (judged along the chain of
//     requirements from the root) binds nothing: it is added only when activity grows into it;
//   - a conflict that holds in no environment, since its requirements never meet, is no conflict:
//     the region is split on a marker between them, and each part solved apart;
//   - a derivation of "no solution" whose `where` is empty is a split too; one whose `where` is not
//     empty is a proof that those environments have no solution, and so the whole has none.
// A region that no marker divides is an ordinary problem, for which PubGrub is complete, and there
// are finitely many markers: what has a solution is found.

#include "resolve/region_solver.h"

#include <algorithm>

#include "base/check.h"

namespace pawl::resolve {

using pep::MarkerId;

Result<void> Budget::step(std::string_view project) {
    constexpr uint64_t steps_between_reports = 512;
    ++steps;
    if (steps > options->steps_max) {
        return fail(Error::Kind::no_solution, "no solution was found within " +
                                                  std::to_string(options->steps_max) +
                                                  " steps; last tried: " + std::string(project));
    }
    if (steps % steps_between_reports == 0 && options->on_progress) {
        progress.project = project;
        bool go_on = options->on_progress(progress);
        progress.project = {};
        if (!go_on) {
            return fail(Error::Kind::no_solution, "stopped before a solution was found");
        }
    }
    return {};
}

RegionSolver::RegionSolver(Catalog& catalog, Budget& budget, MarkerId region, Pins& pins,
                           const Siblings& siblings)
    : catalog_(catalog), budget_(budget), region_(region), pins_(pins), siblings_(siblings) {}

Result<Verdict> RegionSolver::run() {
    TRY(discover_sources());
    if (is_done()) {
        return *verdict_;
    }
    TRY(meet(NodeId::root));
    activate(NodeId::root, region_);
    grown_.clear();
    Incompatibility root;
    root.terms.push_back(Term{NodeId::root, false, VersionBits::full(1)});
    root.where = region_;
    root.cause = Cause::root;
    add(std::move(root));
    while (!is_done()) {
        TRY(propagate());
        if (is_done()) {
            break;
        }
        for (NodeId node : to_hint_) {
            hint(node);
        }
        to_hint_.clear();
        catalog_.flush_wanted();
        if (agenda_.is_empty()) {
            verdict_ = Verdict{Verdict::Kind::solved, region_};
            break;
        }
        TRY(decide_next());
    }
    return *verdict_;
}

std::vector<Choice> RegionSolver::choices() const {
    std::vector<Choice> result;
    for (uint32_t i = 0; i < active_.size(); ++i) {
        auto node = static_cast<NodeId>(i);
        if (active_[i] != MarkerId::never && partial_.knows(node) && partial_.is_decided(node)) {
            result.push_back(Choice{node, domain_of(node), partial_.decided(node), active_[i]});
        }
    }
    return result;
}

MarkerId RegionSolver::both(MarkerId a, MarkerId b) const {
    return a == b ? a : catalog_.space().both(a, b);
}

Result<void> RegionSolver::propagate() {
    while (!is_done()) {
        TRY(settle_activity());
        IncompatibilityId broken = IncompatibilityId::none;
        NodeId node = NodeId::root;
        if (is_done() || (fresh_.empty() && changed_.empty())) {
            break;
        }
        if (!fresh_.empty()) {
            IncompatibilityId id = fresh_.back();
            fresh_.pop_back();
            if (examine(id)) {
                broken = id;
                node = store_.at(id).terms.front().node;
            }
        } else {
            node = changed_.back();
            changed_.pop_back();
            broken = look_at(node);
        }
        if (broken != IncompatibilityId::none) {
            TRY(budget_.step(catalog_.text(node)));
            ++budget_.progress.conflicts;
            resolve_conflict(broken);
        }
    }
    return {};
}

/// Looks at what watches a node that has changed, newest first; the one that is broken, or none.
IncompatibilityId RegionSolver::look_at(NodeId node) {
    if (!store_.is_watched(node)) {
        return IncompatibilityId::none;
    }
    std::vector<IncompatibilityStore::Watch>& watches = store_.watches(node);
    for (size_t i = watches.size(); i-- > 0;) {
        IncompatibilityStore::Watch watch = watches[i];
        const Incompatibility& incompatibility = store_.at(watch.id);
        const std::vector<Term>& terms = incompatibility.terms;
        if (terms.size() == 1) {
            if (examine(watch.id)) {
                return watch.id;
            }
            continue;
        }
        if (!partial_.term(node).implies(terms[watch.term])) {
            continue;
        }
        uint32_t other = store_.other_watch(watch);
        uint32_t open = other;
        for (uint32_t j = 0; j < terms.size() && open == other; ++j) {
            if (j != watch.term && j != other && !partial_.term(terms[j].node).implies(terms[j])) {
                open = j;
            }
        }
        if (open != other) {
            store_.move_watch(node, i, open);
            continue;
        }
        const Term& known = partial_.term(terms[other].node);
        if (known.implies(terms[other])) {
            return watch.id;
        }
        if (!known.excludes(terms[other])) {
            derive(terms[other], watch.id);
        }
    }
    return IncompatibilityId::none;
}

/// Whether it is broken; derives what follows from it when just one term is open.
bool RegionSolver::examine(IncompatibilityId id) {
    const Term* open = nullptr;
    for (const Term& term : store_.at(id).terms) {
        const Term& known = partial_.term(term.node);
        if (known.implies(term)) {
            continue;
        }
        if (known.excludes(term) || open != nullptr) {
            return false;
        }
        open = &term;
    }
    if (open == nullptr) {
        return true;
    }
    derive(*open, id);
    return false;
}

/// All terms but `open` hold, so `open` must not.
void RegionSolver::derive(const Term& open, IncompatibilityId cause) {
    NodeId node = open.node;
    MarkerId where = where_of_all(store_.at(cause), node);
    partial_.derive(open.negation(), cause, where);
    if (std::find(changed_.begin(), changed_.end(), node) == changed_.end()) {
        changed_.push_back(node);
    }
    refresh(node);
    to_hint_.push_back(node);
}

/// Puts a node on the agenda, or takes it off, as its state asks for.
void RegionSolver::refresh(NodeId node) {
    const Term& term = partial_.term(node);
    if (!term.positive || partial_.is_decided(node) || active(node) == MarkerId::never) {
        agenda_.remove(node);
        return;
    }
    Agenda::Class its = Agenda::Class::rest;
    if (!catalog_.is_base(node)) {
        its = Agenda::Class::extra;
    } else if (domain(node).is_pinned()) {
        its = Agenda::Class::pinned;
    } else if (term.set.next(term.set.lowest() + 1) == term.set.size()) {
        its = Agenda::Class::single;
    }
    agenda_.put(node, its);
}

void RegionSolver::backtrack(uint32_t level) {
    touched_.clear();
    partial_.backtrack(level, touched_);
    while (!activity_.empty() && activity_.back().level > level) {
        active_[index_of(activity_.back().node)] = activity_.back().before;
        touched_.push_back(activity_.back().node);
        activity_.pop_back();
    }
    grown_.clear();
    changed_.clear();
    for (NodeId node : touched_) {
        refresh(node);
    }
}

void RegionSolver::add(Incompatibility incompatibility) {
    is_mixed_ = is_mixed_ || incompatibility.where != region_;
    fresh_.push_back(store_.add(std::move(incompatibility)));
}

} // namespace pawl::resolve
