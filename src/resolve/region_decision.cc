// What is decided next, and on which release.

#include <algorithm>

#include "base/check.h"
#include "resolve/region_solver.h"
#include "resolve/split_search.h"

namespace pawl::resolve {

using pep::MarkerId;

bool RegionSolver::newest_forks() const {
    return budget_.options->forks == ForkStrategy::newest && budget_.may_split;
}

Result<void> RegionSolver::decide_next() {
    NodeId node = agenda_.front();
    if (catalog_.is_base(node)) {
        return decide_base(node);
    }
    return decide_extra(node);
}

Result<void> RegionSolver::decide_base(NodeId node) {
    TRY(budget_.step(catalog_.text(node)));
    VersionBits allowed = partial_.term(node).set;
    std::optional<uint32_t> release = pick(node, allowed, active(node));
    if (!release) {
        bar_all(node, allowed);
        return {};
    }
    const Release& chosen = *domain(node).slots[*release].release;
    if (lacks_files(node, *release) || !is_supported(node, *release, chosen.pythons)) {
        return {};
    }
    hint_more(node, *release);
    PreparedRelease* prepared = TRY(catalog_.prepare(domain_of(node), *release, node));
    if (!prepared->unavailable.empty()) {
        VersionBits one(allowed.size());
        one.set(*release);
        bar(node, one, region_, Cause::unusable, Reason::metadata);
        return {};
    }
    if (!is_supported(node, *release, prepared->pythons)) {
        return {};
    }
    TRY(decide(node, *release, *prepared));
    return {};
}

/// A project with an extra is the same release as the project, which is decided first.
Result<void> RegionSolver::decide_extra(NodeId node) {
    TRY(budget_.step(catalog_.text(node)));
    NodeId base = catalog_.at(node).base;
    const VersionBits& allowed = partial_.term(node).set;
    bool base_decided = partial_.is_decided(base);
    if (!base_decided && partial_.term(base).positive) {
        return decide_base(base);
    }
    if (!base_decided || !allowed.has(partial_.decided(base))) {
        Incompatibility same;
        same.terms.push_back(Term{node, true, allowed});
        same.terms.push_back(Term{base, false, allowed});
        same.where = region_;
        same.cause = Cause::extra;
        add_once(std::move(same));
        return {};
    }
    uint32_t release = partial_.decided(base);
    PreparedRelease* prepared = TRY(catalog_.prepare(domain_of(node), release, node));
    TRY(decide(node, release, *prepared));
    return {};
}

Result<void> RegionSolver::decide(NodeId node, uint32_t release, PreparedRelease& prepared) {
    catalog_.want_releases(prepared);
    catalog_.flush_wanted();
    for (PreparedEdge& edge : prepared.edges) {
        MarkerId acts = both(active(node), both(edge.marker, region_));
        if (acts == MarkerId::never) {
            continue;
        }
        bool admitted = TRY(admit_edge(node, release, edge, acts));
        if (!admitted) {
            return {};
        }
    }
    if (fork_of_author(node, prepared)) {
        return {};
    }
    for (PreparedEdge& edge : prepared.edges) {
        if (reject_contradiction(node, release, edge)) {
            return {};
        }
    }
    ++budget_.progress.decisions;
    partial_.decide(node, release, active(node));
    changed_.push_back(node);
    prepared_[index_of(node)] = &prepared;
    agenda_.remove(node);
    if (catalog_.is_base(node)) {
        for (NodeId extra : catalog_.extras_of(catalog_.at(node).project)) {
            if (partial_.knows(extra)) {
                refresh(extra);
            }
        }
    }
    return expand(node);
}

/// Looks ahead: a release that breaks a requirement at once is rejected without being decided, so
/// that nothing decided in between has to be taken back.
bool RegionSolver::reject_contradiction(NodeId node, uint32_t release, PreparedEdge& edge) {
    MarkerId where = both(edge.marker, region_);
    MarkerId acts = both(active(node), where);
    if (acts == MarkerId::never) {
        return false;
    }
    const VersionBits& set = catalog_.set_of(edge, domain_of(edge.target));
    std::vector<NodeId> targets = edge.extras;
    targets.insert(targets.begin(), edge.target);
    for (NodeId target : targets) {
        Term needed{target, true, set};
        bool is_broken = target == node ? !set.has(release)
                                        : set.is_empty() || partial_.term(target).excludes(needed);
        if (!is_broken) {
            continue;
        }
        add_edge(node, release, target, edge, where);
        bool has_rival = target != node && !set.is_empty();
        auto end = static_cast<uint32_t>(partial_.size());
        if (has_rival && budget_.may_split &&
            both(acts, where_of(needed.negation(), end)) == MarkerId::never) {
            SplitSearch search(*this);
            search.add(where);
            search.look_at_activity(node);
            search.look_behind(needed.negation(), end);
            split_on(search.best());
            return true;
        }
        if (has_rival) {
            note_rejection(node, {needed});
        }
        return true;
    }
    return false;
}

VersionBits RegionSolver::allowed_of(NodeId node) const {
    const Term& term = partial_.term(node);
    return term.positive ? term.set : term.set.complement();
}

/// Whether releases with these environments are passed over where the node is active.
bool RegionSolver::is_passed_over(MarkerId supported, MarkerId where) const {
    pep::MarkerSpace& space = catalog_.space();
    return newest_forks() ? space.are_disjoint(supported, where) : !space.implies(where, supported);
}

/// The releases that may be chosen for a node that is active in `where`.
const VersionBits& RegionSolver::usable_in(NodeId node, MarkerId where) const {
    if (usable_.size() <= index_of(node)) {
        usable_.resize(index_of(node) + 1);
    }
    Usable& cached = usable_[index_of(node)];
    if (cached.known && cached.where == where && cached.newest == newest_forks()) {
        return cached.set;
    }
    const Domain& its = domain(node);
    cached.set = its.usable;
    for (const Domain::Group& group : its.pythons) {
        if (is_passed_over(group.where, where)) {
            cached.set -= group.set;
        }
    }
    for (const Domain::Group& group : its.files) {
        bool splits = false;
        if (catalog_.space().are_disjoint(group.where, where) ||
            (missing_environment(group.where, where, splits) && !splits)) {
            cached.set -= group.set;
        }
    }
    cached.known = true;
    cached.where = where;
    cached.newest = newest_forks();
    return cached.set;
}

std::optional<uint32_t> RegionSolver::pick(NodeId node, VersionBits allowed, MarkerId where) const {
    if (allowed.is_empty()) {
        return std::nullopt;
    }
    ProjectId project = catalog_.at(node).project;
    VersionBits all = allowed;
    allowed &= usable_in(node, where);
    for (uint32_t release : preferred_[index_of(project)]) {
        if (allowed.has(release) || (all.has(release) && is_kept(node, release, where))) {
            return release;
        }
    }
    if (allowed.is_empty()) {
        return pick_shared(node, all, where);
    }
    Strategy strategy = budget_.options->strategy;
    bool lowest = strategy == Strategy::lowest ||
                  (strategy == Strategy::lowest_direct && catalog_.is_direct(project));
    VersionBits finals = allowed;
    finals &= domain(node).finals;
    const VersionBits& from = finals.is_empty() ? allowed : finals;
    return lowest ? from.lowest() : from.highest();
}

void RegionSolver::bar(NodeId node, const VersionBits& set, MarkerId where, Cause cause,
                       Reason reason) {
    Incompatibility barred;
    barred.terms.push_back(Term{node, true, set});
    barred.where = where;
    barred.cause = cause;
    barred.reason = reason;
    add_once(std::move(barred));
}

/// Says of each release that is left why it cannot be chosen.
void RegionSolver::bar_all(NodeId node, const VersionBits& allowed) {
    const Domain& its = domain(node);
    MarkerId where = active(node);
    auto bar_if = [&](const VersionBits& set, Reason reason) {
        if (!set.is_disjoint(allowed)) {
            bar(node, set, region_, Cause::unusable, reason);
        }
    };
    for (const VersionBits& listed : its.reasons) {
        bar_if(listed, Reason::listed);
    }
    bar_if(its.barred_prereleases, Reason::prerelease);
    bar_if(its.barred_yanked, Reason::yanked);
    for (const Domain::Group& group : its.pythons) {
        if (!group.set.is_disjoint(allowed) && is_passed_over(group.where, where)) {
            bar(node, group.set, catalog_.space().minus(region_, group.where),
                Cause::requires_python, Reason::none);
        }
    }
    for (const Domain::Group& group : its.files) {
        if (!group.set.is_disjoint(allowed)) {
            bar_for_files(node, group);
        }
    }
}

/// Whether the release takes every Python that the node is active for. If not, what is to be done
/// about it has been done.
bool RegionSolver::is_supported(NodeId node, uint32_t release, MarkerId pythons) {
    if (pythons == MarkerId::always || catalog_.space().implies(active(node), pythons)) {
        return true;
    }
    if (!is_passed_over(pythons, active(node))) {
        split_on(pythons);
        return false;
    }
    VersionBits set(domain(node).size());
    for (const Domain::Group& group : domain(node).pythons) {
        if (group.where == pythons) {
            set = group.set;
        }
    }
    set.set(release);
    bar(node, set, catalog_.space().minus(region_, pythons), Cause::requires_python, Reason::none);
    return false;
}

/// What is active has grown over a release already decided on.
void RegionSolver::check_support(NodeId node) {
    if (!catalog_.is_base(node) || node == NodeId::root) {
        return;
    }
    uint32_t release = partial_.decided(node);
    if (is_supported(node, release, prepared_[index_of(node)]->pythons)) {
        lacks_files(node, release);
    }
}

/// One author gave the same project different bounds for different environments: where that leads
/// to different releases, it is what they meant.
bool RegionSolver::fork_of_author(NodeId node, PreparedRelease& prepared) {
    if (!newest_forks()) {
        return false;
    }
    std::vector<PreparedEdge>& edges = prepared.edges;
    for (size_t i = 0; i < edges.size(); ++i) {
        MarkerId where = both(edges[i].marker, region_);
        MarkerId acts = both(where, active(node));
        if (acts == MarkerId::never || acts == active(node)) {
            continue;
        }
        bool has_rival = false;
        for (size_t j = 0; j < edges.size(); ++j) {
            has_rival = has_rival || (j != i && edges[j].target == edges[i].target);
        }
        if (!has_rival || catalog_.space().mentions_extras(where)) {
            continue;
        }
        if (int side = leads_apart(node, prepared, edges[i].target, acts)) {
            split_on(where, side > 0);
            return true;
        }
    }
    return false;
}

/// Compares the best release inside of `part` with the best one outside, by what this release alone
/// asks of the target.
int RegionSolver::leads_apart(NodeId node, PreparedRelease& prepared, NodeId target,
                              MarkerId part) {
    MarkerId rest = catalog_.space().minus(active(node), part);
    VersionBits inside = allowed_of(target);
    VersionBits outside = inside;
    bool needed_outside = false;
    for (PreparedEdge& edge : prepared.edges) {
        if (edge.target != target) {
            continue;
        }
        const VersionBits& set = catalog_.set_of(edge, domain_of(target));
        if (both(edge.marker, part) != MarkerId::never) {
            inside &= set;
        }
        if (both(edge.marker, rest) != MarkerId::never) {
            outside &= set;
            needed_outside = true;
        }
    }
    if (!needed_outside) {
        return 0;
    }
    std::optional<uint32_t> best_inside = pick(target, std::move(inside), part);
    std::optional<uint32_t> best_outside = pick(target, std::move(outside), rest);
    if (!best_inside || !best_outside || *best_inside == *best_outside) {
        return 0;
    }
    bool newer_outside = *best_outside > *best_inside;
    return newer_outside == (budget_.options->strategy != Strategy::lowest) ? 1 : -1;
}

/// Tells the provider which release will probably be asked for.
void RegionSolver::hint(NodeId node) {
    if (!catalog_.is_base(node) || node == NodeId::root || partial_.is_decided(node) ||
        !partial_.term(node).positive || active(node) == MarkerId::never) {
        return;
    }
    if (auto release = pick(node, partial_.term(node).set, active(node))) {
        catalog_.want_metadata(domain_of(node), *release);
    }
}

/// A project of which many releases were tried will have more of them tried: ask for a batch.
void RegionSolver::hint_more(NodeId node, uint32_t release) {
    constexpr uint32_t batch_max = 50;
    uint32_t tries = ++tries_[index_of(node)];
    if (tries != 5 && tries != 10 && tries % 20 != 0) {
        return;
    }
    VersionBits rest = partial_.term(node).set;
    rest.reset(release);
    for (uint32_t i = 0; i < std::min(tries, batch_max); ++i) {
        std::optional<uint32_t> next = pick(node, rest, active(node));
        if (!next) {
            break;
        }
        catalog_.want_metadata(domain_of(node), *next);
        rest.reset(*next);
    }
    catalog_.flush_wanted();
}

} // namespace pawl::resolve
