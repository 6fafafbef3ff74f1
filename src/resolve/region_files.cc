// Wheels for some platforms only, and nothing to build from.
//
// A marker knows less than a tag does, and a lock holds on machines that nobody has built wheels
// for, so a release need not have a file everywhere: it is enough that it has one somewhere where
// it is chosen, and somewhere in each required environment that it is chosen in. That is a rule
// about the whole lock, and a region sees a part of it. So what has no file in the region at hand
// may still be chosen there when
//   - an earlier lock had it for all of this, and for more, where there is a file: then it stays,
//     or locking twice would not give the same;
//   - nothing else is left, and another region has chosen it, and has a file.
// In the end the rule is held against the whole answer (resolve.cc).

#include "resolve/region_solver.h"

namespace pawl::resolve {

using pep::MarkerId;

void RegionSolver::note_elsewhere(ProjectId project, uint32_t release, MarkerId where,
                                  bool is_kept) {
    const Domain& its = catalog_.at(domains_[index_of(project)]);
    if (budget_.shares_files && its.slots[release].release->files != MarkerId::always) {
        elsewhere_[index_of(project)].push_back(Elsewhere{release, where, is_kept});
    }
}

/// Whether the lock has a file of it within `scope` without what is to be chosen in `where`.
bool RegionSolver::has_file_elsewhere(NodeId node, uint32_t release, MarkerId where,
                                      MarkerId scope) const {
    pep::MarkerSpace& space = catalog_.space();
    for (const Elsewhere& other : elsewhere_[index_of(catalog_.at(node).project)]) {
        MarkerId files = domain(node).slots[release].release->files;
        if (other.release == release && (!other.is_kept || space.implies(where, other.where)) &&
            !space.are_disjoint(both(other.where, scope), files)) {
            budget_.has_shared_files = true;
            return true;
        }
    }
    return false;
}

/// Whether the lock as a whole has the files that it must have, if this is chosen here.
bool RegionSolver::has_files(NodeId node, uint32_t release, MarkerId where) const {
    pep::MarkerSpace& space = catalog_.space();
    MarkerId files = domain(node).slots[release].release->files;
    auto has = [&](MarkerId scope) {
        MarkerId part = both(scope, where);
        return part == MarkerId::never || !space.are_disjoint(part, files) ||
               has_file_elsewhere(node, release, where, scope);
    };
    bool all = has(MarkerId::always);
    for (MarkerId required : catalog_.problem().required_environments) {
        all = all && has(required);
    }
    return all;
}

bool RegionSolver::is_usable_but_for_files(NodeId node, uint32_t release, MarkerId where) const {
    const Domain& its = domain(node);
    return its.usable.has(release) && (its.slots[release].release->pythons == MarkerId::always ||
                                       !is_passed_over(its.slots[release].release->pythons, where));
}

/// Whether an earlier lock had it here.
bool RegionSolver::is_kept(NodeId node, uint32_t release, MarkerId where) const {
    for (const Elsewhere& other : elsewhere_[index_of(catalog_.at(node).project)]) {
        if (other.is_kept && other.release == release &&
            catalog_.space().implies(where, other.where)) {
            return is_usable_but_for_files(node, release, where) && has_files(node, release, where);
        }
    }
    return false;
}

/// What another region has chosen, for want of anything with a file here.
std::optional<uint32_t> RegionSolver::pick_shared(NodeId node, const VersionBits& allowed,
                                                  MarkerId where) const {
    for (const Elsewhere& other : elsewhere_[index_of(catalog_.at(node).project)]) {
        if (!other.is_kept && allowed.has(other.release) &&
            is_usable_but_for_files(node, other.release, where) &&
            has_files(node, other.release, where)) {
            return other.release;
        }
    }
    return std::nullopt;
}

/// Says of those of a group that nothing else speaks for that they have no file here.
void RegionSolver::bar_for_files(NodeId node, const Domain::Group& group) {
    pep::MarkerSpace& space = catalog_.space();
    MarkerId where = active(node);
    auto bar_in = [&](MarkerId scope) {
        MarkerId part = both(scope, where);
        if (part == MarkerId::never || !space.are_disjoint(part, group.where)) {
            return;
        }
        VersionBits set = group.set;
        for (const Elsewhere& other : elsewhere_[index_of(catalog_.at(node).project)]) {
            if (set.has(other.release) && has_file_elsewhere(node, other.release, where, scope)) {
                set.reset(other.release);
            }
        }
        if (!set.is_empty()) {
            lacked_file_ = true;
            bar(node, set, space.minus(both(scope, region_), group.where), Cause::no_file,
                Reason::none);
        }
    };
    bar_in(MarkerId::always);
    for (MarkerId required : catalog_.problem().required_environments) {
        bar_in(required);
    }
}

/// The required environment in which a release with these files has none, if any; `splits` when
/// the region is to be divided for it.
std::optional<MarkerId> RegionSolver::missing_environment(MarkerId files, MarkerId where,
                                                          bool& splits) const {
    pep::MarkerSpace& space = catalog_.space();
    for (MarkerId required : catalog_.problem().required_environments) {
        MarkerId part = both(required, where);
        if (part != MarkerId::never && space.are_disjoint(part, files)) {
            splits = part != where && newest_forks();
            return both(required, region_);
        }
    }
    return std::nullopt;
}

/// Whether a file is missing where it must not be. If so, what is to be done about it has been
/// done.
bool RegionSolver::lacks_files(NodeId node, uint32_t release) {
    const Domain& its = domain(node);
    MarkerId files = its.slots[release].release->files;
    if (files == MarkerId::always) {
        return false;
    }
    if (has_files(node, release, active(node))) {
        return fork_of_local(node, release);
    }
    bool splits = false;
    std::optional<MarkerId> missing = missing_environment(files, active(node), splits);
    if (missing && splits && !catalog_.space().are_disjoint(files, active(node))) {
        split_on(*missing, true);
        return true;
    }
    for (const Domain::Group& group : its.files) {
        if (group.where == files) {
            bar_for_files(node, group);
        }
    }
    return true;
}

/// "2.5+cpu" has no wheel for some platform, but "2.5" has: each gets its part of the region.
bool RegionSolver::fork_of_local(NodeId node, uint32_t release) {
    const Domain& its = domain(node);
    const Release& chosen = *its.slots[release].release;
    pep::MarkerSpace& space = catalog_.space();
    if (chosen.version.local().empty() || !newest_forks() ||
        space.implies(active(node), chosen.files) ||
        space.are_disjoint(active(node), chosen.files)) {
        return false;
    }
    MarkerId missing = space.minus(active(node), chosen.files);
    VersionBits allowed = allowed_of(node);
    allowed &= usable_in(node, active(node));
    for (uint32_t i = allowed.lowest(); i < release; i = allowed.next(i + 1)) {
        const Release& other = *its.slots[i].release;
        if (other.version.without_local() == chosen.version.without_local() &&
            !space.are_disjoint(other.files, missing)) {
            split_on(chosen.files);
            return true;
        }
    }
    return false;
}

} // namespace pawl::resolve
