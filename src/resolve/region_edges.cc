// Which requirements count: where nodes are active, and what becomes binding as that grows.

#include <algorithm>
#include <set>

#include "base/check.h"
#include "resolve/region_solver.h"

namespace pawl::resolve {

using pep::MarkerId;

/// Makes a node known to the region: its list of releases is fixed from here on.
Result<void> RegionSolver::meet(NodeId node) {
    if (partial_.knows(node)) {
        return {};
    }
    ProjectId project = catalog_.at(node).project;
    if (index_of(project) >= domains_.size()) {
        domains_.resize(index_of(project) + 1, DomainId::none);
        preferred_.resize(index_of(project) + 1);
        elsewhere_.resize(index_of(project) + 1);
    }
    DomainId& its = domains_[index_of(project)];
    if (its == DomainId::none) {
        auto pinned = pins_.find(project);
        its = TRY(catalog_.domain(project, pinned != pins_.end() ? pinned->second
                                                                 : std::vector<std::string>{""}));
        prefer(project);
    }
    partial_.add_node(node, catalog_.at(its).size());
    agenda_.add_node(node);
    size_t count = index_of(node) + 1;
    if (active_.size() < count) {
        active_.resize(count, MarkerId::never);
        prepared_.resize(count, nullptr);
        tries_.resize(count, 0);
    }
    return {};
}

/// The releases that earlier answers chose: where they were chosen for this region first, then what
/// other regions have just chosen, then the rest.
void RegionSolver::prefer(ProjectId project) {
    const Domain& domain = catalog_.at(domains_[index_of(project)]);
    std::vector<uint32_t>& list = preferred_[index_of(project)];
    std::vector<uint32_t> elsewhere;
    for (const Preference* preference : catalog_.preferences(project)) {
        bool meets = !catalog_.space().are_disjoint(preference->marker, region_);
        size_t before = list.size();
        find_preferred(*preference, domain, meets ? list : elsewhere);
        for (size_t i = before; i < list.size(); ++i) {
            note_elsewhere(project, list[i], both(preference->marker, catalog_.region()), true);
        }
    }
    if (index_of(project) < siblings_.size()) {
        for (const Choice& choice : siblings_[index_of(project)]) {
            if (choice.domain == domains_[index_of(project)]) {
                list.push_back(choice.release);
                note_elsewhere(project, choice.release, choice.where, false);
            }
        }
    }
    list.insert(list.end(), elsewhere.begin(), elsewhere.end());
}

void RegionSolver::find_preferred(const Preference& preference, const Domain& domain,
                                  std::vector<uint32_t>& out) {
    size_t before = out.size();
    for (uint32_t i = domain.size(); i-- > 0;) {
        if (domain.slots[i].release->version == preference.version &&
            preference.fits(domain.sources[domain.slots[i].source])) {
            out.push_back(i);
        }
    }
    if (out.size() != before || !preference.version.local().empty()) {
        return;
    }
    for (uint32_t i = domain.size(); i-- > 0;) {
        const pep::Version& version = domain.slots[i].release->version;
        if (!version.local().empty() && version.without_local() == preference.version) {
            out.push_back(i);
        }
    }
}

void RegionSolver::activate(NodeId node, MarkerId where) {
    MarkerId before = active_[index_of(node)];
    MarkerId after = before == MarkerId::never || where == region_
                         ? where
                         : catalog_.space().either(before, where);
    if (after == before) {
        return;
    }
    is_mixed_ = is_mixed_ || after != region_;
    activity_.push_back(ActivityNote{node, before, partial_.level()});
    active_[index_of(node)] = after;
    grown_.push_back(node);
}

/// Follows up on growth: constraints that now apply, requirements that now bind.
Result<void> RegionSolver::settle_activity() {
    while (!grown_.empty() && !is_done()) {
        NodeId node = grown_.back();
        grown_.pop_back();
        refresh(node);
        if (catalog_.is_base(node)) {
            apply_constraints(node);
        }
        if (!is_done() && partial_.is_decided(node)) {
            check_support(node);
            if (!is_done()) {
                TRY(expand(node));
            }
        }
    }
    return {};
}

void RegionSolver::apply_constraints(NodeId node) {
    for (PreparedEdge& constraint : catalog_.constraints(catalog_.at(node).project)) {
        MarkerId where = both(constraint.marker, region_);
        MarkerId acts = both(active(node), where);
        if (acts == MarkerId::never) {
            continue;
        }
        if (!constraint.dependency->source.empty() &&
            !pin(node, constraint.dependency->source, acts)) {
            return;
        }
        Incompatibility barred;
        barred.terms.push_back(
            Term{node, true, catalog_.set_of(constraint, domain_of(node)).complement()});
        if (barred.terms.front().set.is_empty()) {
            continue;
        }
        barred.where = where;
        barred.cause = Cause::constraint;
        barred.edge = &constraint;
        add_once(std::move(barred));
    }
}

void RegionSolver::add_once(Incompatibility incompatibility) {
    IncompatibilityId known = store_.find(incompatibility);
    if (known != IncompatibilityId::none) {
        fresh_.push_back(known);
    } else {
        add(std::move(incompatibility));
    }
}

/// Notes that a project comes from this source alone. False when the region must be solved anew
/// (or apart) for it.
bool RegionSolver::pin(NodeId target, const std::string& source, MarkerId where) {
    ProjectId project = catalog_.at(target).project;
    auto known = pins_.find(project);
    if (known != pins_.end() &&
        std::find(known->second.begin(), known->second.end(), source) != known->second.end()) {
        return true;
    }
    if (where != region_) {
        split_on(where);
        return false;
    }
    pins_[project].push_back(source);
    if (index_of(project) < domains_.size() && domains_[index_of(project)] != DomainId::none) {
        verdict_ = Verdict{Verdict::Kind::pinned, region_};
        return false;
    }
    return true;
}

/// What the root points at, and what that points at, is known before anything is decided: it
/// changes which releases there are.
Result<void> RegionSolver::discover_sources() {
    struct Open {
        DomainId domain;
        NodeId node;
    };
    std::vector<Open> open = {{DomainId{}, NodeId::root}};
    std::set<std::pair<DomainId, NodeId>> seen;
    while (!open.empty() && !is_done()) {
        Open next = open.back();
        open.pop_back();
        if (!seen.emplace(next.domain, next.node).second || catalog_.at(next.domain).size() == 0) {
            continue;
        }
        PreparedRelease* prepared = TRY(catalog_.prepare(next.domain, 0, next.node));
        for (const PreparedEdge& edge : prepared->edges) {
            const std::string& source = edge.dependency->source;
            MarkerId where = both(edge.marker, region_);
            if (source.empty() || where == MarkerId::never) {
                continue;
            }
            if (!pin(edge.target, source, where)) {
                break;
            }
            if (source.compare(0, 6, "index:") != 0) {
                ProjectId project = catalog_.at(edge.target).project;
                DomainId domain = TRY(catalog_.domain(project, {source}));
                open.push_back(Open{domain, edge.target});
                for (NodeId extra : edge.extras) {
                    open.push_back(Open{domain, extra});
                }
            }
        }
    }
    return {};
}

/// Whether its requirements may point at files of their own choice: the root's may, and those of
/// what the root points at.
bool RegionSolver::is_trusted(NodeId node, uint32_t release) const {
    if (node == NodeId::root) {
        return true;
    }
    const Domain& its = domain(node);
    const std::string& source = its.sources[its.slots[release].source];
    return !source.empty() && source.compare(0, 6, "index:") != 0;
}

/// Makes the target known, from where the requirement says. False when that rules the release out,
/// or ends the work on the region.
Result<bool> RegionSolver::admit_edge(NodeId node, uint32_t release, PreparedEdge& edge,
                                      MarkerId where) {
    const std::string& source = edge.dependency->source;
    if (!source.empty()) {
        auto known = pins_.find(catalog_.at(edge.target).project);
        bool is_known =
            known != pins_.end() &&
            std::find(known->second.begin(), known->second.end(), source) != known->second.end();
        if (!is_known && edge.origin == nullptr && !is_trusted(node, release)) {
            VersionBits one(domain(node).size());
            one.set(release);
            bar(node, one, both(edge.marker, region_), Cause::unusable, Reason::foreign_source);
            return false;
        }
        if (!pin(edge.target, source, where)) {
            return false;
        }
    }
    TRY(meet(edge.target));
    for (NodeId extra : edge.extras) {
        TRY(meet(extra));
    }
    return true;
}

/// Adds what the decided release of a node needs, as far as it is active by now.
Result<void> RegionSolver::expand(NodeId node) {
    uint32_t release = partial_.decided(node);
    for (PreparedEdge& edge : prepared_[index_of(node)]->edges) {
        MarkerId where = both(edge.marker, region_);
        MarkerId acts = both(active(node), where);
        if (acts == MarkerId::never) {
            continue;
        }
        bool admitted = TRY(admit_edge(node, release, edge, acts));
        if (!admitted) {
            break;
        }
        add_edge(node, release, edge.target, edge, where);
        activate(edge.target, acts);
        for (NodeId extra : edge.extras) {
            add_edge(node, release, extra, edge, where);
            activate(extra, acts);
        }
    }
    return {};
}

void RegionSolver::add_edge(NodeId node, uint32_t release, NodeId target, PreparedEdge& edge,
                            MarkerId where) {
    is_mixed_ = is_mixed_ || where != region_;
    const VersionBits& set = catalog_.set_of(edge, domain_of(target));
    if (node == target && set.has(release)) {
        return;
    }
    // A release that needs another one of its own project cannot be.
    Term needed{target, true, node == target ? VersionBits(set.size()) : set};
    fresh_.push_back(
        store_.add_dependency(node, release, domain(node).size(), needed, where, &edge));
}

std::vector<RegionSolver::Arrow> RegionSolver::arrows_to(NodeId target) const {
    std::vector<Arrow> result;
    for (uint32_t i = 0; i < prepared_.size(); ++i) {
        auto node = static_cast<NodeId>(i);
        if (prepared_[i] == nullptr || !partial_.is_decided(node)) {
            continue;
        }
        for (const PreparedEdge& edge : prepared_[i]->edges) {
            bool hits = edge.target == target || std::find(edge.extras.begin(), edge.extras.end(),
                                                           target) != edge.extras.end();
            MarkerId where = both(edge.marker, region_);
            if (hits && both(where, active(node)) != MarkerId::never) {
                result.push_back(Arrow{node, where});
            }
        }
    }
    return result;
}

} // namespace pawl::resolve
