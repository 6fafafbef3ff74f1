#include "exchange/memberships.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "base/text.h"
#include "pep/marker_space.h"

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

/// The variable of a selector. main has none in PEP 751; it borrows metadata's `extra`, which no
/// lock's marker can mention.
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

/// Selectors as variables of one space.
class Selectors {
  public:
    Selectors(MarkerSpace& space, std::vector<Selector> selectors)
        : space_(space), selectors_(std::move(selectors)) {
        for (const Selector& selector : selectors_) {
            variables_.push_back(space_.from(variable_of(selector)));
        }
    }

    MarkerId variable(const Selector& selector) const {
        auto found = std::ranges::lower_bound(selectors_, selector);
        return variables_[static_cast<size_t>(found - selectors_.begin())];
    }

    /// The diagram where the variable is known. For one literal simplifying is exactly that.
    MarkerId when(MarkerId whole, MarkerId variable) { return space_.simplify(whole, variable); }

    /// What is left when nothing more is asked for: selectors that only take away stay open.
    MarkerId with_nothing_more(MarkerId whole) {
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

    /// Sorted as the selectors are. `given` need not be repeated.
    std::vector<Membership> memberships(MarkerId active, MarkerId given) {
        std::vector<Membership> result;
        for (size_t i = 0; i < selectors_.size(); ++i) {
            MarkerId alone = with_nothing_more(when(active, variables_[i]));
            bool is_meant =
                !MarkerSpace::is_never(space_.both(alone, given)) &&
                when(active, variables_[i]) != when(active, space_.negate(variables_[i]));
            if (is_meant) {
                result.push_back({selectors_[i], space_.marker(space_.simplify(alone, given))});
            }
        }
        return result;
    }

    const std::vector<Selector>& all() const { return selectors_; }

  private:
    MarkerSpace& space_;
    std::vector<Selector> selectors_; // sorted
    std::vector<MarkerId> variables_;
};

MarkerId id_of(MarkerSpace& space, const std::optional<Marker>& marker) {
    return marker ? space.from(*marker) : MarkerId::always;
}

MarkerId given_of(MarkerSpace& space, const Document& document) {
    return document.lock.requires_python
               ? space.from_requires_python(*document.lock.requires_python)
               : MarkerId::always;
}

/// PEP 751's marker.
void set_marker(Document& document, size_t entry, MarkerId active, MarkerId given,
                Selectors& selectors, MarkerSpace& space) {
    MarkerId flat = selectors.when(active, selectors.variable({}));
    document.lock.packages[entry].marker = space.marker(space.simplify(flat, given));
}

void set_lists(Document& document, const std::vector<Selector>& selectors) {
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
            extras.insert(pep::Name::of(selector.name));
        } else if (selector.kind == Selector::Kind::group) {
            groups.insert(selector.name);
        }
    }
    for (const std::string& group : document.lock.default_groups) {
        groups.erase(group); // the specification does not want them twice
    }
    document.lock.extras.emplace(extras.begin(), extras.end());
    document.lock.dependency_groups.emplace(groups.begin(), groups.end());
}

void remove_unreached(Document& document, const std::vector<uint32_t>& unreached) {
    for (uint32_t entry : unreached) {
        document.warnings.push_back(entry_name(document.lock.packages[entry]) +
                                    " is left out: nothing in the lock needs it");
    }
    document.remove(unreached);
}

/// The fixed point of reach().
class Walk {
  public:
    Walk(const Document& document, MarkerSpace& space) : space_(space), index_(document) {
        size_t count = document.lock.packages.size();
        active_.assign(count, MarkerId::never);
        with_extra_.resize(count);
        edges_.resize(count);
        for (size_t i = 0; i < count; ++i) {
            bounds_.push_back(id_of(space, document.lock.packages[i].marker));
            for (const Edge& edge : document.facts[i].edges) {
                edges_[i].push_back(prepared(edge));
            }
        }
    }

    void add_root(const Edge& edge, MarkerId selected) { follow(prepared(edge), selected); }

    /// Until nothing changes any more, which is soon: a diagram only ever grows.
    void run() {
        while (!waiting_.empty() && !space_.is_exhausted()) {
            uint32_t entry = waiting_.front();
            waiting_.pop_front();
            is_waiting_.erase(entry);
            for (const PreparedEdge& edge : edges_[entry]) {
                auto found = with_extra_[entry].find(edge.extra);
                MarkerId by = edge.extra.empty()                  ? active_[entry]
                              : found == with_extra_[entry].end() ? MarkerId::never
                                                                  : found->second;
                if (!MarkerSpace::is_never(by)) {
                    follow(edge, by);
                }
            }
        }
    }

    MarkerId active(size_t entry) const { return active_[entry]; }
    std::vector<pep::Name> extras(size_t entry) const {
        std::vector<pep::Name> names;
        for (const auto& [extra, where] : with_extra_[entry]) {
            names.push_back(pep::Name::of(extra));
        }
        return names;
    }

  private:
    struct PreparedEdge {
        MarkerId marker = MarkerId::always;
        std::string_view extra; ///< of the entry
        const std::vector<pep::Name>* extras = nullptr;
        std::vector<uint32_t> targets;
    };

    PreparedEdge prepared(const Edge& edge) {
        return {id_of(space_, edge.marker), edge.extra, &edge.extras, index_.targets(edge)};
    }

    void follow(const PreparedEdge& edge, MarkerId by) {
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

    bool widen(MarkerId& where, MarkerId by) {
        MarkerId before = std::exchange(where, space_.either(where, by));
        return where != before;
    }

    MarkerSpace& space_;
    EntryIndex index_;
    std::vector<MarkerId> bounds_;
    std::vector<MarkerId> active_;
    std::vector<std::map<std::string, MarkerId, std::less<>>> with_extra_;
    std::vector<std::vector<PreparedEdge>> edges_;
    std::deque<uint32_t> waiting_;
    std::set<uint32_t> is_waiting_;
};

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

Result<> reach(Document& document, std::span<const RootEdge> roots) {
    MarkerSpace space;
    std::set<Selector> names = {Selector()};
    for (const RootEdge& root : roots) {
        names.insert(root.selector);
    }
    Selectors selectors(space, {names.begin(), names.end()});
    Walk walk(document, space);
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
        document.facts[i].memberships = selectors.memberships(walk.active(i), given);
        document.facts[i].extras = walk.extras(i);
        set_marker(document, i, walk.active(i), given, selectors, space);
    }
    TRY(check_bounds(space));
    set_lists(document, selectors.all());
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
    set_lists(document, selectors.all());
    remove_unreached(document, unreached);
    return {};
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
        MarkerId always = selectors.with_nothing_more(flat);
        active = space.either(active, space.both(main, always));
        if (!space.implies(flat, always)) {
            active = space.either(active, space.simplify(flat, space.negate(always)));
        }
        document.facts[i].memberships = selectors.memberships(active, given);
    }
    return check_bounds(space);
}

} // namespace pawl::exchange
