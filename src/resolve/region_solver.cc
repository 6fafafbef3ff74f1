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
        if (changed_.empty() || is_done()) {
            break;
        }
        NodeId node = changed_.back();
        changed_.pop_back();
        const std::vector<IncompatibilityId>& known = store_.of(node);
        for (size_t i = known.size(); i-- > 0;) {
            IncompatibilityId id = known[i];
            if (!store_.is_contradicted(id) && examine(id)) {
                TRY(budget_.step(catalog_.text(node)));
                ++budget_.progress.conflicts;
                changed_.clear();
                resolve_conflict(id);
                break; // `known` may have grown
            }
        }
    }
    return {};
}

bool RegionSolver::examine(IncompatibilityId id) {
    const Incompatibility& incompatibility = store_.at(id);
    const Term* open = nullptr;
    for (const Term& term : incompatibility.terms) {
        const Term& known = partial_.term(term.node);
        if (known.implies(term)) {
            continue;
        }
        if (known.excludes(term)) {
            store_.note_contradicted(id, partial_.level());
            return false;
        }
        if (open != nullptr) {
            return false;
        }
        open = &term;
    }
    if (open == nullptr) {
        return true;
    }
    derive(*open, id);
    store_.note_contradicted(id, partial_.level());
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
    store_.backtrack(level);
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
    NodeId node = incompatibility.terms.front().node;
    store_.add(std::move(incompatibility));
    changed_.push_back(node);
}

} // namespace pawl::resolve
