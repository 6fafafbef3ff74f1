#include "resolve/incompatibility_store.h"

#include "base/check.h"

namespace pawl::resolve {

IncompatibilityId IncompatibilityStore::keep(Incompatibility incompatibility) {
    auto id = static_cast<IncompatibilityId>(all_.size());
    all_.push_back(std::move(incompatibility));
    contradicted_.push_back(false);
    return id;
}

IncompatibilityId IncompatibilityStore::add(Incompatibility incompatibility) {
    auto id = static_cast<IncompatibilityId>(all_.size());
    for (const Term& term : incompatibility.terms) {
        if (index_of(term.node) >= of_node_.size()) {
            of_node_.resize(index_of(term.node) + 1);
        }
        of_node_[index_of(term.node)].push_back(id);
    }
    all_.push_back(std::move(incompatibility));
    contradicted_.push_back(false);
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
        if (known.target != target.node) {
            continue;
        }
        IncompatibilityId id = known.id;
        Incompatibility& present = all_[index_of(id)];
        bool same = target.set.is_empty()
                        ? present.terms.size() == 1
                        : present.terms.size() == 2 && present.terms.back().set == target.set;
        if (present.where == where && same) {
            present.terms.front().set.set(release);
            contradicted_[index_of(id)] = false;
            return id;
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

bool IncompatibilityStore::has(NodeId node, const Incompatibility& incompatibility) const {
    for (IncompatibilityId id : of(node)) {
        const Incompatibility& present = at(id);
        if (present.cause == incompatibility.cause && present.where == incompatibility.where &&
            present.terms == incompatibility.terms) {
            return true;
        }
    }
    return false;
}

const std::vector<IncompatibilityId>& IncompatibilityStore::of(NodeId node) const {
    static const std::vector<IncompatibilityId> nothing;
    return index_of(node) < of_node_.size() ? of_node_[index_of(node)] : nothing;
}

void IncompatibilityStore::note_contradicted(IncompatibilityId id, uint32_t level) {
    contradicted_[index_of(id)] = true;
    notes_.push_back(Note{id, level});
}

void IncompatibilityStore::backtrack(uint32_t level) {
    while (!notes_.empty() && notes_.back().level > level) {
        contradicted_[index_of(notes_.back().id)] = false;
        notes_.pop_back();
    }
}

} // namespace pawl::resolve
