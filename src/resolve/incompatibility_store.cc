#include "resolve/incompatibility_store.h"

#include <algorithm>

#include "base/check.h"

namespace pawl::resolve {

IncompatibilityId IncompatibilityStore::keep(Incompatibility incompatibility) {
    auto id = static_cast<IncompatibilityId>(all_.size());
    all_.push_back(std::move(incompatibility));
    watched_.push_back({0, 0});
    return id;
}

IncompatibilityId IncompatibilityStore::add(Incompatibility incompatibility) {
    IncompatibilityId id = keep(std::move(incompatibility));
    for (const Term& term : at(id).terms) {
        if (index_of(term.node) >= watches_.size()) {
            watches_.resize(index_of(term.node) + 1);
        }
    }
    size_t count = std::min<size_t>(at(id).terms.size(), 2);
    watched_.back() = {0, count == 2 ? 1u : 0u};
    for (uint32_t term = 0; term < count; ++term) {
        push_watch(id, term);
    }
    return id;
}

IncompatibilityId IncompatibilityStore::add_dependency(NodeId dependant, uint32_t release,
                                                       uint32_t release_count, const Term& target,
                                                       pep::MarkerId where,
                                                       const PreparedEdge* edge) {
    if (index_of(dependant) >= dependencies_.size()) {
        dependencies_.resize(index_of(dependant) + 1);
    }
    for (const Dependency& known : dependencies_[index_of(dependant)]) {
        Incompatibility& present = all_[index_of(known.id)];
        if (known.target != target.node || present.where != where) {
            continue;
        }
        bool same = target.set.is_empty()
                        ? present.terms.size() == 1
                        : present.terms.size() == 2 && present.terms.back().set == target.set;
        if (same) {
            present.terms.front().set.set(release);
            return known.id;
        }
    }
    Incompatibility made;
    made.terms.reserve(2);
    made.terms.push_back(Term{dependant, true, VersionBits(release_count)});
    made.terms.front().set.set(release);
    if (!target.set.is_empty()) {
        made.terms.push_back(target.negation());
    }
    made.where = where;
    made.cause = Cause::dependency;
    made.edge = edge;
    IncompatibilityId id = add(std::move(made));
    dependencies_[index_of(dependant)].push_back(Dependency{target.node, id});
    return id;
}

IncompatibilityId IncompatibilityStore::find(const Incompatibility& incompatibility) const {
    check(incompatibility.terms.size() <= 2); // so that its terms are watched
    NodeId node = incompatibility.terms.front().node;
    if (!is_watched(node)) {
        return IncompatibilityId::none;
    }
    for (const Watch& watch : watches_[index_of(node)]) {
        const Incompatibility& present = at(watch.id);
        if (present.cause == incompatibility.cause && present.where == incompatibility.where &&
            present.terms == incompatibility.terms) {
            return watch.id;
        }
    }
    return IncompatibilityId::none;
}

uint32_t IncompatibilityStore::other_watch(const Watch& watch) const {
    const std::array<uint32_t, 2>& both = watched_[index_of(watch.id)];
    return both[0] == watch.term ? both[1] : both[0];
}

void IncompatibilityStore::move_watch(NodeId node, size_t place, uint32_t to) {
    std::vector<Watch>& list = watches_[index_of(node)];
    Watch watch = list[place];
    list[place] = list.back();
    list.pop_back();
    std::array<uint32_t, 2>& both = watched_[index_of(watch.id)];
    (both[0] == watch.term ? both[0] : both[1]) = to;
    push_watch(watch.id, to);
}

void IncompatibilityStore::watch(IncompatibilityId id, uint32_t first, uint32_t second) {
    std::array<uint32_t, 2> before = watched_[index_of(id)];
    if (at(id).terms.size() <= 2) {
        return; // all of them are watched
    }
    drop_watch(id, before[0]);
    drop_watch(id, before[1]);
    watched_[index_of(id)] = {first, second};
    push_watch(id, first);
    push_watch(id, second);
}

void IncompatibilityStore::push_watch(IncompatibilityId id, uint32_t term) {
    watches_[index_of(at(id).terms[term].node)].push_back(Watch{id, term});
}

void IncompatibilityStore::drop_watch(IncompatibilityId id, uint32_t term) {
    std::vector<Watch>& list = watches_[index_of(at(id).terms[term].node)];
    auto found =
        std::find_if(list.begin(), list.end(), [id](const Watch& watch) { return watch.id == id; });
    check(found != list.end());
    list.erase(found);
}

} // namespace pawl::resolve
