#include "exchange/graph.h"

#include <algorithm>

namespace pawl::exchange {

using pep::Marker;
using pep::MarkerId;
using pep::MarkerSpace;

Marker variable_of(const Selector& selector) {
    switch (selector.kind) {
    case Selector::Kind::main:
        return Marker::of({.variable = pep::MarkerVariable::extra,
                           .op = Marker::Operator::equal,
                           .literal = "main"});
    case Selector::Kind::extra:
        return Marker::of({.variable = pep::MarkerVariable::extras,
                           .op = Marker::Operator::in,
                           .literal = selector.name,
                           .reversed = true});
    case Selector::Kind::group:
        break;
    }
    return Marker::of({.variable = pep::MarkerVariable::dependency_groups,
                       .op = Marker::Operator::in,
                       .literal = selector.name,
                       .reversed = true});
}

MarkerId given_of(MarkerSpace& space, const Document& document) {
    MarkerId given = document.lock.requires_python
                         ? space.from_requires_python(*document.lock.requires_python)
                         : MarkerId::always;
    for (const std::vector<Selector>& set : document.conflicts) {
        MarkerId before = MarkerId::never;
        for (const Selector& selector : set) {
            MarkerId variable = space.from(variable_of(selector));
            given = space.minus(given, space.both(before, variable));
            before = space.either(before, variable);
        }
    }
    return given;
}

// --- selectors ----------------------------------------------------------------------------------

Selectors::Selectors(MarkerSpace& space, std::vector<Selector> selectors)
    : space_(space), selectors_(std::move(selectors)) {
    for (const Selector& selector : selectors_) {
        variables_.push_back(space_.from(variable_of(selector)));
    }
}

MarkerId Selectors::variable(const Selector& selector) const {
    auto found = std::ranges::lower_bound(selectors_, selector);
    return variables_[static_cast<size_t>(found - selectors_.begin())];
}

MarkerId Selectors::with_nothing_more(MarkerId whole) {
    for (MarkerId variable : variables_) {
        if (!space_.mentions_extras(whole)) {
            break;
        }
        MarkerId without = when(whole, space_.negate(variable));
        if (without != whole && space_.implies(without, when(whole, variable))) {
            whole = without;
        }
    }
    return whole;
}

MarkerId Selectors::alone(MarkerId active, size_t selector) {
    MarkerId with = when(active, variables_[selector]);
    return with == when(active, space_.negate(variables_[selector])) ? MarkerId::never
                                                                     : with_nothing_more(with);
}

// --- the walk -----------------------------------------------------------------------------------

Walk::Walk(const Document& document, MarkerSpace& space, Bounds bounds)
    : space_(space), index_(document) {
    size_t count = document.lock.packages.size();
    active_.assign(count, MarkerId::never);
    with_extra_.resize(count);
    edges_.resize(count);
    bounds_.assign(count, MarkerId::always);
    for (size_t i = 0; i < count; ++i) {
        if (bounds == Bounds::markers) {
            bounds_[i] = id_of(space, document.lock.packages[i].marker);
        }
        for (const Edge& edge : document.facts[i].edges) {
            edges_[i].push_back(prepared(edge));
        }
    }
}

void Walk::run() {
    while (!waiting_.empty() && !space_.is_exhausted()) {
        uint32_t entry = waiting_.front();
        waiting_.pop_front();
        is_waiting_.erase(entry);
        for (const PreparedEdge& edge : edges_[entry]) {
            MarkerId by = active_[entry];
            if (!edge.extra.empty()) {
                auto found = with_extra_[entry].find(edge.extra);
                by = found == with_extra_[entry].end() ? MarkerId::never : found->second;
            }
            if (!MarkerSpace::is_never(by)) {
                follow(edge, by);
            }
        }
    }
}

std::vector<pep::Name> Walk::extras(size_t entry) const {
    std::vector<pep::Name> names;
    for (const auto& one : with_extra_[entry]) {
        names.push_back(pep::Name::of(one.first));
    }
    return names;
}

Walk::PreparedEdge Walk::prepared(const Edge& edge) {
    return {id_of(space_, edge.marker), edge.extra, &edge.extras, index_.targets(edge)};
}

void Walk::follow(const PreparedEdge& edge, MarkerId by) {
    MarkerId along = space_.both(by, edge.marker);
    for (uint32_t target : edge.targets) {
        MarkerId arrives = space_.both(along, bounds_[target]);
        bool grew = widen(active_[target], arrives);
        for (const pep::Name& extra : *edge.extras) {
            auto at = with_extra_[target].try_emplace(extra.str(), MarkerId::never).first;
            grew = widen(at->second, arrives) || grew;
        }
        if (grew && is_waiting_.insert(target).second) {
            waiting_.push_back(target);
        }
    }
}

bool Walk::widen(MarkerId& where, MarkerId by) {
    MarkerId before = std::exchange(where, space_.either(where, by));
    return where != before;
}

} // namespace pawl::exchange
