#include "exchange/memberships.h"

#include <algorithm>
#include <set>

#include "exchange/graph.h"

namespace pawl::exchange {

namespace {

using pep::Marker;
using pep::MarkerId;
using pep::MarkerSpace;

Result<> check_bounds(const MarkerSpace& space) {
    return space.is_exhausted() ? Result<>(fail(Error::Kind::input,
                                                "the markers are too many-sided to be told apart"))
                                : Result<>();
}

/// Sorted as the selectors are. `given` need not be repeated.
std::vector<Membership> memberships_of(MarkerId active, MarkerId given, Selectors& selectors,
                                       MarkerSpace& space) {
    std::vector<Membership> result;
    for (size_t i = 0; i < selectors.all().size(); ++i) {
        MarkerId alone = selectors.alone(active, i);
        if (!MarkerSpace::is_never(space.both(alone, given))) {
            result.push_back({selectors.all()[i], space.marker(space.simplify(alone, given))});
        }
    }
    return result;
}

/// PEP 751's marker.
void set_marker(Document& document, size_t entry, MarkerId active, MarkerId given,
                Selectors& selectors, MarkerSpace& space) {
    MarkerId flat = selectors.when(active, selectors.variable({}));
    document.lock.packages[entry].marker = space.marker(space.simplify(flat, given));
}

Result<> set_lists(Document& document, const std::vector<Selector>& selectors) {
    std::set<pep::Name> extras;
    std::set<std::string> groups;
    if (document.lock.extras) {
        extras.insert(document.lock.extras->begin(), document.lock.extras->end());
    }
    if (document.lock.dependency_groups) {
        groups.insert(document.lock.dependency_groups->begin(),
                      document.lock.dependency_groups->end());
    }
    for (const Selector& selector : selectors) {
        if (selector.kind == Selector::Kind::extra) {
            extras.insert(TRY_IN(selector.str(), pep::Name::parse(selector.name)));
        } else if (selector.kind == Selector::Kind::group) {
            groups.insert(selector.name);
        }
    }
    for (const std::string& group : document.lock.default_groups) {
        groups.erase(group); // the specification does not want them twice
    }
    document.lock.extras.emplace(extras.begin(), extras.end());
    document.lock.dependency_groups.emplace(groups.begin(), groups.end());
    return {};
}

void remove_unreached(Document& document, const std::vector<uint32_t>& unreached) {
    for (uint32_t entry : unreached) {
        document.warnings.push_back(entry_name(document.lock.packages[entry]) +
                                    " is left out: nothing in the lock needs it");
    }
    document.remove(unreached);
}

/// Names that a marker compares with `extras` or `dependency_groups`.
void collect_selectors(const Marker& marker, std::set<Selector>& selectors) {
    if (marker.kind() != Marker::Kind::comparison) {
        for (const Marker& child : marker.children()) {
            collect_selectors(child, selectors);
        }
        return;
    }
    const Marker::Comparison& one = marker.comparison();
    if (one.variable == pep::MarkerVariable::extras) {
        selectors.insert({Selector::Kind::extra, pep::normalize_name(one.literal)});
    } else if (one.variable == pep::MarkerVariable::dependency_groups) {
        selectors.insert({Selector::Kind::group, pep::normalize_name(one.literal)});
    }
}

/// The groups that only stand for main.
std::set<std::string> groups_for_main(const Document& document) {
    std::set<std::string> result;
    for (const std::string& group : document.lock.default_groups) {
        std::string name = pep::normalize_name(group);
        bool is_known = document.projects.empty()
                            ? name != "default" && name != "main"
                            : std::ranges::count(document.projects[0].groups, name) > 0;
        if (!is_known) {
            result.insert(std::move(name));
        }
    }
    return result;
}

/// What a marker of PEP 751's says, with main as a selector like others.
MarkerId active_of(MarkerId flat, Selectors& selectors, MarkerSpace& space) {
    MarkerId always = selectors.with_nothing_more(flat);
    MarkerId active = space.both(selectors.variable({}), always);
    return space.implies(flat, always)
               ? active
               : space.either(active, space.simplify(flat, space.negate(always)));
}

} // namespace

std::vector<Selector> selectors_of(const Document& document) {
    std::set<Selector> found = {Selector()};
    for (const Facts& facts : document.facts) {
        for (const Membership& membership : facts.memberships) {
            found.insert(membership.selector);
        }
    }
    return {found.begin(), found.end()};
}

Result<> reach(Document& document, std::span<const Root> roots) {
    std::vector<RootEdge> edges;
    for (const Root& root : roots) {
        for (Edge& edge : Edge::from(root.requirement)) {
            edges.push_back({root.selector, std::move(edge)});
        }
    }
    return reach(document, edges);
}

Result<> reach(Document& document, std::span<const RootEdge> roots) {
    MarkerSpace space;
    std::set<Selector> names = {Selector()};
    for (const RootEdge& root : roots) {
        names.insert(root.selector);
    }
    Selectors selectors(space, {names.begin(), names.end()});
    Walk walk(document, space, Walk::Bounds::markers);
    for (const RootEdge& root : roots) {
        walk.add_root(root.edge, selectors.variable(root.selector));
    }
    walk.run();
    MarkerId given = given_of(space, document);
    std::vector<uint32_t> unreached;
    for (size_t i = 0; i < document.facts.size(); ++i) {
        if (MarkerSpace::is_never(space.both(walk.active(i), given))) {
            unreached.push_back(static_cast<uint32_t>(i));
            continue;
        }
        document.facts[i].memberships = memberships_of(walk.active(i), given, selectors, space);
        document.facts[i].extras = walk.extras(i);
        set_marker(document, i, walk.active(i), given, selectors, space);
    }
    TRY(check_bounds(space));
    TRY(set_lists(document, selectors.all()));
    remove_unreached(document, unreached);
    return {};
}

Result<> join_memberships(Document& document) {
    MarkerSpace space;
    Selectors selectors(space, selectors_of(document));
    MarkerId given = given_of(space, document);
    std::vector<uint32_t> unreached;
    for (size_t i = 0; i < document.facts.size(); ++i) {
        MarkerId active = MarkerId::never;
        for (const Membership& membership : document.facts[i].memberships) {
            active = space.either(active, space.both(selectors.variable(membership.selector),
                                                     id_of(space, membership.marker)));
        }
        if (MarkerSpace::is_never(space.both(active, given))) {
            unreached.push_back(static_cast<uint32_t>(i));
            continue;
        }
        set_marker(document, i, active, given, selectors, space);
    }
    TRY(check_bounds(space));
    TRY(set_lists(document, selectors.all()));
    remove_unreached(document, unreached);
    return {};
}

std::vector<Membership> split_marker(const std::optional<Marker>& marker) {
    if (!marker) {
        return {{Selector(), {}}};
    }
    MarkerSpace space;
    std::set<Selector> names = {Selector()};
    collect_selectors(*marker, names);
    Selectors selectors(space, {names.begin(), names.end()});
    MarkerId active = active_of(space.from(*marker), selectors, space);
    return memberships_of(active, MarkerId::always, selectors, space);
}

Result<> split_markers(Document& document) {
    MarkerSpace space;
    std::set<Selector> names = {Selector()};
    for (const lock::Package& package : document.lock.packages) {
        if (package.marker) {
            collect_selectors(*package.marker, names);
        }
    }
    Selectors selectors(space, {names.begin(), names.end()});
    MarkerId main = selectors.variable({});
    MarkerId given = given_of(space, document);
    std::set<std::string> for_main = groups_for_main(document);
    for (size_t i = 0; i < document.facts.size(); ++i) {
        MarkerId flat = id_of(space, document.lock.packages[i].marker);
        MarkerId active = MarkerId::never;
        for (const std::string& group : for_main) {
            MarkerId variable = space.from(variable_of({Selector::Kind::group, group}));
            // What holds with the group and not without it is main's.
            MarkerId with = selectors.when(flat, variable);
            flat = selectors.when(flat, space.negate(variable));
            active = space.either(active, space.both(main, space.minus(with, flat)));
        }
        active = space.either(active, active_of(flat, selectors, space));
        document.facts[i].memberships = memberships_of(active, given, selectors, space);
    }
    document.has_split_memberships = true;
    return check_bounds(space);
}

void find_asked_extras(Document& document) {
    EntryIndex index(document);
    std::vector<std::set<pep::Name>> asked(document.facts.size());
    bool is_new = false;
    auto ask = [&](const Edge& edge) {
        for (uint32_t target : index.targets(edge)) {
            for (const pep::Name& extra : edge.extras) {
                is_new = asked[target].insert(extra).second || is_new;
            }
        }
    };
    for (size_t i = 0; i < document.facts.size(); ++i) {
        asked[i].insert(document.facts[i].extras.begin(), document.facts[i].extras.end());
    }
    for (const Root& root :
         document.projects.empty() ? std::vector<Root>() : document.projects[0].roots) {
        for (const Edge& edge : Edge::from(root.requirement)) {
            ask(edge);
        }
    }
    do {
        is_new = false;
        for (size_t i = 0; i < document.facts.size(); ++i) {
            for (const Edge& edge : document.facts[i].edges) {
                bool holds = edge.extra.empty() ||
                             std::ranges::any_of(asked[i], [&edge](const pep::Name& extra) {
                                 return extra.str() == edge.extra;
                             });
                if (holds && !edge.extras.empty()) {
                    ask(edge);
                }
            }
        }
    } while (is_new);
    for (size_t i = 0; i < document.facts.size(); ++i) {
        document.facts[i].extras.assign(asked[i].begin(), asked[i].end());
    }
}

Result<> refine_memberships(Document& document, std::span<const Root> roots) {
    bool knows_edges = std::ranges::all_of(document.facts, [](const Facts& facts) {
        return facts.edge_knowledge != EdgeKnowledge::none;
    });
    if (!document.has_split_memberships || !knows_edges || roots.empty()) {
        return {};
    }
    MarkerSpace space;
    std::set<Selector> names = {Selector()};
    for (const Selector& selector : selectors_of(document)) {
        names.insert(selector);
    }
    for (const Root& root : roots) {
        names.insert(root.selector);
    }
    Selectors selectors(space, {names.begin(), names.end()});
    MarkerId given = given_of(space, document);
    std::vector<MarkerId> flat;
    Document bounded = document;
    for (lock::Package& package : bounded.lock.packages) {
        flat.push_back(id_of(space, package.marker));
        package.marker = space.marker(space.without_extras(flat.back()));
    }
    Walk walk(bounded, space, Walk::Bounds::markers);
    for (const Root& root : roots) {
        for (const Edge& edge : Edge::from(root.requirement)) {
            walk.add_root(edge, selectors.variable(root.selector));
        }
    }
    walk.run();
    for (size_t i = 0; i < document.facts.size(); ++i) {
        MarkerId found = selectors.when(walk.active(i), selectors.variable({}));
        if (space.both(found, given) == space.both(flat[i], given)) {
            document.facts[i].memberships = memberships_of(walk.active(i), given, selectors, space);
            document.facts[i].extras = walk.extras(i);
        }
    }
    return check_bounds(space);
}

Result<> check_unambiguous(const Document& document) {
    EntryIndex index(document);
    MarkerSpace space;
    MarkerId given = given_of(space, document);
    for (uint32_t i = 0; i < document.facts.size(); ++i) {
        const lock::Package& package = document.lock.packages[i];
        for (uint32_t other : index.of(package.name)) {
            if (other >= i) {
                break;
            }
            for (const Membership& one : document.facts[i].memberships) {
                const auto& others = document.facts[other].memberships;
                auto same = std::ranges::find(others, one.selector, &Membership::selector);
                if (same != others.end() &&
                    !space.are_disjoint(id_of(space, one.marker),
                                        space.both(id_of(space, same->marker), given))) {
                    return fail(Error::Kind::input, "two entries of " + package.name.str() +
                                                        " would be installed at once: " +
                                                        entry_name(document.lock.packages[other]) +
                                                        " and " + entry_name(package));
                }
            }
        }
    }
    return {};
}

} // namespace pawl::exchange
