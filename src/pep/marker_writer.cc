#include "pep/marker_writer.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/check.h"
#include "pep/marker_conditions.h"

namespace pawl::pep {

namespace {

/// More paths than this are not made minimal.
constexpr size_t paths_max = 192;
/// Longer alternatives stay as they are.
constexpr size_t conditions_max = 64;
/// More comparisons than this are not written.
constexpr size_t comparisons_max = 1900;

bool is_negatable(Marker::Operator op) {
    return op == Marker::Operator::equal || op == Marker::Operator::in;
}

/// Python first, extras last, as people write it.
int reading_rank(MarkerVariable subject) {
    switch (subject) {
    case MarkerVariable::python_version:
    case MarkerVariable::python_full_version:
        return 0;
    case MarkerVariable::extra:
    case MarkerVariable::extras:
    case MarkerVariable::dependency_groups:
        return 2;
    default:
        return 1;
    }
}

/// Adds a part of the same kind as its parts, so that no brackets are needed.
void add_flat(std::vector<Marker>& parts, Marker::Kind kind, Marker part) {
    if (part.kind() == kind) {
        parts.insert(parts.end(), part.children().begin(), part.children().end());
    } else {
        parts.push_back(std::move(part));
    }
}

} // namespace

// --- the parts of a diagram ---------------------------------------------------------------------

void MarkerWriter::collect(MarkerRef root) {
    std::set<MarkerRef> seen;
    std::vector<MarkerRef> rest{root};
    std::map<VariableId, std::set<uint32_t>> labels;
    while (!rest.empty()) {
        MarkerRef ref = rest.back() & ~MarkerRef{1};
        rest.pop_back();
        if (MarkerDiagram::is_constant(ref) || !seen.insert(ref).second) {
            continue;
        }
        MarkerDiagram::View node = diagram_.view(ref);
        labels[node.variable].insert(node.labels.begin(), node.labels.end());
        rest.insert(rest.end(), node.children.begin(), node.children.end());
    }
    variables_.clear();
    for (const auto& [id, found] : labels) {
        bool is_version = diagram_.variable(id).kind == NodeKind::version;
        Asked asked{
            id, {found.begin(), found.end()}, diagram_.variable(id).kind == NodeKind::holds};
        if (is_version) {
            std::ranges::sort(asked.labels,
                              [&](uint32_t a, uint32_t b) { return diagram_.is_before(a, b); });
        }
        variables_.push_back(std::move(asked));
    }
    std::ranges::sort(variables_, {}, [&](const Asked& asked) { return diagram_.rank(asked.id); });
}

/// False when there are too many.
bool MarkerWriter::find_paths(MarkerRef ref, Alternative& path, std::vector<Alternative>& out) {
    if (MarkerDiagram::is_constant(ref)) {
        if (ref == ref_always) {
            out.push_back(path);
        }
        return out.size() <= paths_max;
    }
    VariableId id = diagram_.view(ref).variable;
    auto asked = std::ranges::find(variables_, id, &Asked::id);
    std::vector<MarkerRef> children;
    diagram_.cofactors(ref, id, asked->labels, children);
    std::vector<MarkerRef> done;
    for (size_t place : diagram_.reading_order(id, asked->labels)) {
        MarkerRef child = children[place];
        if (child == ref_never || std::ranges::find(done, child) != done.end()) {
            continue;
        }
        done.push_back(child);
        Condition condition{static_cast<size_t>(asked - variables_.begin()), {}};
        for (MarkerRef other : children) {
            condition.places.push_back(other == child ? 1 : 0);
        }
        path.push_back(std::move(condition));
        bool is_complete = find_paths(child, path, out);
        path.pop_back();
        if (!is_complete) {
            return false;
        }
    }
    return true;
}

MarkerRef MarkerWriter::ref_of(const Condition& condition) {
    const Asked& asked = variables_[condition.variable];
    const DiagramVariable variable = diagram_.variable(asked.id);
    const Places& places = condition.places;
    if (variable.kind == NodeKind::holds) {
        MarkerRef yes = atoms_.holds(variable.comparison);
        return places[0] != 0 && places[1] != 0 ? ref_always : places[1] != 0 ? yes : yes ^ 1u;
    }
    if (variable.kind == NodeKind::version) {
        std::vector<MarkerRef> children;
        for (unsigned char place : places) {
            children.push_back(place != 0 ? ref_always : ref_never);
        }
        return diagram_.make(asked.id, asked.labels, children);
    }
    bool is_one_of = places[0] == 0;
    std::vector<uint32_t> ids;
    for (size_t i = 0; i < asked.labels.size(); ++i) {
        if ((places[i + 1] != 0) == is_one_of) {
            ids.push_back(asked.labels[i]);
        }
    }
    return atoms_.texts(variable.subject, std::move(ids), is_one_of);
}

MarkerRef MarkerWriter::ref_of(const Alternative& alternative) {
    // From the bottom up: each step puts one node on top of what is there.
    MarkerRef all = ref_always;
    for (size_t i = alternative.size(); i-- > 0;) {
        all = diagram_.both(ref_of(alternative[i]), all);
    }
    return all;
}

// --- conditions as text -------------------------------------------------------------------------

const std::optional<Marker>& MarkerWriter::marker_of(const Condition& condition) {
    auto [at, is_new] = written_.try_emplace({condition.variable, condition.places});
    if (is_new) {
        at->second = write_condition(condition);
    }
    return at->second;
}

std::optional<Marker> MarkerWriter::write_condition(const Condition& condition) {
    const Asked& asked = variables_[condition.variable];
    const DiagramVariable variable = diagram_.variable(asked.id);
    if (variable.kind == NodeKind::holds) {
        return questions_marker(condition);
    }
    if (variable.kind == NodeKind::version) {
        return places_marker(diagram_, atoms_,
                             {.subject = variable.subject,
                              .cuts = asked.labels,
                              .places = condition.places,
                              .is_approximate = exactness_ == Exactness::approximate});
    }
    bool is_one_of = condition.places[0] == 0;
    std::vector<std::string> texts;
    for (size_t i = 0; i < asked.labels.size(); ++i) {
        if ((condition.places[i + 1] != 0) == is_one_of) {
            texts.push_back(diagram_.text(asked.labels[i]));
        }
    }
    return is_one_of ? texts_marker(variable.subject, std::move(texts))
                     : other_texts_marker(variable.subject, std::move(texts));
}

std::optional<Marker> MarkerWriter::questions_marker(const Condition& condition) {
    Marker::Comparison comparison = diagram_.variable(variables_[condition.variable].id).comparison;
    if (condition.places[1] == 0) {
        if (!is_negatable(comparison.op) && exactness_ == Exactness::exact) {
            return std::nullopt;
        }
        comparison.op = comparison.op == Marker::Operator::in ? Marker::Operator::not_in
                                                              : Marker::Operator::not_equal;
    }
    return Marker::of(std::move(comparison));
}

/// The length of its text; what cannot be said costs more than any text.
size_t MarkerWriter::cost_of(const Condition& condition) {
    const auto& written = marker_of(condition);
    return written ? written->str().size() : SIZE_MAX;
}

// --- making it minimal --------------------------------------------------------------------------

void MarkerWriter::drop_conditions(MarkerRef whole, Alternative& alternative) {
    if (alternative.size() > conditions_max) {
        return;
    }
    std::vector<std::pair<size_t, size_t>> by_cost; // cost, variable
    for (const Condition& condition : alternative) {
        by_cost.emplace_back(cost_of(condition), condition.variable);
    }
    std::ranges::sort(by_cost, std::greater<>());
    for (const auto& [cost, variable] : by_cost) {
        Alternative shorter = alternative;
        std::erase_if(shorter, [v = variable](const Condition& c) { return c.variable == v; });
        if (diagram_.are_disjoint(ref_of(shorter), whole ^ 1u)) {
            alternative = std::move(shorter);
        }
    }
}

/// The places of a variable at which a diagram can hold.
MarkerWriter::Places MarkerWriter::places_in(MarkerRef ref, size_t variable) {
    const Asked& asked = variables_[variable];
    uint32_t rank = diagram_.rank(asked.id);
    Places places(asked.place_count(), 0);
    std::set<MarkerRef> seen;
    std::vector<MarkerRef> rest{ref};
    while (!rest.empty()) {
        MarkerRef part = rest.back();
        rest.pop_back();
        if (part == ref_never || !seen.insert(part).second) {
            continue;
        }
        bool is_above = part != ref_always && diagram_.rank(diagram_.view(part).variable) < rank;
        if (is_above) {
            MarkerDiagram::View node = diagram_.view(part);
            for (size_t i = 0; i < node.children.size(); ++i) {
                rest.push_back(node.child(i));
            }
            continue;
        }
        std::vector<MarkerRef> children;
        diagram_.cofactors(part, asked.id, asked.labels, children);
        for (size_t i = 0; i < places.size(); ++i) {
            if (children[i] != ref_never) {
                places[i] = 1;
            }
        }
    }
    return places;
}

/// All places of one condition with which the alternative still implies the whole.
MarkerWriter::Places MarkerWriter::widest(MarkerRef whole, const Alternative& alternative,
                                          size_t at) {
    Alternative others = alternative;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(at));
    MarkerRef counterexamples = diagram_.both(ref_of(others), whole ^ 1u);
    size_t variable = alternative[at].variable;
    MarkerVariable subject = diagram_.variable(variables_[variable].id).subject;
    // sys_platform answers for these two in part, which the diagram alone does not show.
    bool is_entangled =
        subject == MarkerVariable::os_name || subject == MarkerVariable::platform_system;
    Places places = alternative[at].places;
    Places excluded = is_entangled ? Places() : places_in(counterexamples, variable);
    for (size_t i = 0; i < places.size(); ++i) {
        if (places[i] != 0) {
            continue;
        }
        if (!is_entangled) {
            places[i] = excluded[i] ^ 1u;
            continue;
        }
        Condition single{variable, Places(places.size(), 0)};
        single.places[i] = 1;
        places[i] = diagram_.are_disjoint(ref_of(single), counterexamples) ? 1 : 0;
    }
    return places;
}

/// Candidates between the least and the most that a condition may admit.
std::vector<MarkerWriter::Places> MarkerWriter::shapes(const Asked& asked, const Places& least,
                                                       const Places& most) {
    std::vector<Places> candidates{least, most};
    if (diagram_.variable(asked.id).kind != NodeKind::version) {
        return candidates;
    }
    // Fill gaps between what is admitted, and go on to the first or the last version.
    for (int sides = 0; sides < 4; ++sides) {
        Places filled = least;
        for (size_t begin = 0; begin < least.size(); ++begin) {
            if (least[begin] != 0) {
                continue;
            }
            size_t end = begin;
            bool is_free = true;
            while (end < least.size() && least[end] == 0) {
                is_free = is_free && most[end] != 0;
                ++end;
            }
            bool wanted = begin == 0            ? (sides & 1) != 0
                          : end == least.size() ? (sides & 2) != 0
                                                : true;
            if (is_free && wanted) {
                std::fill(filled.begin() + static_cast<std::ptrdiff_t>(begin),
                          filled.begin() + static_cast<std::ptrdiff_t>(end), 1);
            }
            begin = end;
        }
        candidates.push_back(std::move(filled));
    }
    // From both ends inwards, one place at a time: a nicer bound may lie further out.
    for (size_t i = 0; i < least.size(); ++i) {
        bool grows_left =
            i + 1 < least.size() && least[i] == 0 && most[i] != 0 && least[i + 1] != 0;
        bool grows_right = i > 0 && least[i] == 0 && most[i] != 0 && least[i - 1] != 0;
        if (grows_left || grows_right) {
            Places grown = least;
            grown[i] = 1;
            candidates.push_back(std::move(grown));
        }
    }
    return candidates;
}

void MarkerWriter::widen_conditions(MarkerRef whole, Alternative& alternative) {
    if (alternative.size() > conditions_max) {
        return;
    }
    for (size_t at = 0; at < alternative.size(); ++at) {
        const Asked& asked = variables_[alternative[at].variable];
        if (asked.is_question) {
            continue;
        }
        Places least = alternative[at].places;
        Places most = widest(whole, alternative, at);
        if (most == least) {
            continue;
        }
        if (std::ranges::find(most, 0) == most.end()) {
            continue; // "anything" cannot be said
        }
        size_t best = SIZE_MAX;
        for (Places& shape : shapes(asked, least, most)) {
            Condition candidate{alternative[at].variable, std::move(shape)};
            size_t cost = cost_of(candidate);
            if (cost < best) {
                best = cost;
                alternative[at] = std::move(candidate);
            }
        }
    }
}

/// Two alternatives that differ in one variable only are one.
void MarkerWriter::merge_alike(std::vector<Alternative>& alternatives) {
    auto differing = [](const Alternative& a, const Alternative& b) -> std::optional<size_t> {
        std::optional<size_t> found;
        for (size_t i = 0; i < a.size(); ++i) {
            if (a[i].variable != b[i].variable || (a[i] != b[i] && found)) {
                return std::nullopt;
            }
            found = a[i] != b[i] ? i : found;
        }
        return found;
    };
    for (size_t i = 0; i < alternatives.size(); ++i) {
        for (size_t j = i + 1; j < alternatives.size();) {
            Alternative& a = alternatives[i];
            const Alternative& b = alternatives[j];
            auto at = a.size() == b.size() ? differing(a, b) : std::nullopt;
            Condition merged = at ? a[*at] : Condition{};
            for (size_t k = 0; at && k < merged.places.size(); ++k) {
                merged.places[k] |= b[*at].places[k];
            }
            if (at && cost_of(merged) != SIZE_MAX &&
                std::ranges::find(merged.places, 0) != merged.places.end()) {
                a[*at] = std::move(merged);
                alternatives.erase(alternatives.begin() + static_cast<std::ptrdiff_t>(j));
                j = i + 1;
            } else {
                ++j;
            }
        }
    }
}

/// The dearest first, so that the cheap ones stay.
void MarkerWriter::drop_implied(std::vector<Alternative>& alternatives) {
    std::vector<std::pair<size_t, size_t>> by_cost;
    for (size_t i = 0; i < alternatives.size(); ++i) {
        size_t cost = 0;
        for (const Condition& condition : alternatives[i]) {
            cost += std::min<size_t>(cost_of(condition), 10'000) + 5;
        }
        by_cost.emplace_back(cost, i);
    }
    std::ranges::sort(by_cost, std::greater<>());
    std::vector<MarkerRef> refs;
    for (const auto& entry : by_cost) {
        refs.push_back(ref_of(alternatives[entry.second]));
    }
    std::vector<MarkerRef> later(refs.size() + 1, ref_never); // all behind
    for (size_t i = refs.size(); i-- > 0;) {
        later[i] = diagram_.either(refs[i], later[i + 1]);
    }
    MarkerRef kept = ref_never;
    std::vector<Alternative> rest;
    for (size_t i = 0; i < refs.size(); ++i) {
        if (diagram_.are_disjoint(refs[i], diagram_.either(kept, later[i + 1]) ^ 1u)) {
            continue;
        }
        kept = diagram_.either(kept, refs[i]);
        rest.push_back(std::move(alternatives[by_cost[i].second]));
    }
    alternatives = std::move(rest);
}

void MarkerWriter::minimize(MarkerRef whole, std::vector<Alternative>& alternatives) {
    for (Alternative& alternative : alternatives) {
        drop_conditions(whole, alternative);
    }
    drop_implied(alternatives);
    for (Alternative& alternative : alternatives) {
        widen_conditions(whole, alternative);
    }
    merge_alike(alternatives);
    drop_implied(alternatives);
}

// --- joining ------------------------------------------------------------------------------------

/// Alternatives (or, for Kind::all_of, clauses of what must not fail) to one marker.
std::optional<Marker> MarkerWriter::join(std::vector<Alternative> alternatives,
                                         Marker::Kind outer) {
    Marker::Kind inner =
        outer == Marker::Kind::any_of ? Marker::Kind::all_of : Marker::Kind::any_of;
    // What all share is written once.
    Alternative shared;
    for (const Condition& condition : Alternative(alternatives.front())) {
        bool in_all = std::ranges::all_of(alternatives, [&](const Alternative& other) {
            return std::ranges::find(other, condition) != other.end();
        });
        bool would_empty = std::ranges::any_of(
            alternatives, [](const Alternative& other) { return other.size() == 1; });
        if (in_all && alternatives.size() > 1 && !would_empty) {
            shared.push_back(condition);
            for (Alternative& other : alternatives) {
                std::erase(other, condition);
            }
        }
    }
    auto write_part = [&](Alternative part) -> std::optional<std::vector<Marker>> {
        std::ranges::stable_sort(part, {}, [&](const Condition& condition) {
            return reading_rank(diagram_.variable(variables_[condition.variable].id).subject);
        });
        std::vector<Marker> conditions;
        for (const Condition& condition : part) {
            const auto& written = marker_of(condition);
            if (!written) {
                return std::nullopt;
            }
            add_flat(conditions, inner, *written);
        }
        return conditions;
    };
    std::vector<Marker> parts;
    for (Alternative& alternative : alternatives) {
        auto conditions = write_part(std::move(alternative));
        if (!conditions) {
            return std::nullopt;
        }
        add_flat(parts, outer, Marker::of(inner, std::move(*conditions)));
    }
    std::ranges::sort(parts, {}, [](const Marker& part) { return part.str(); });
    Marker whole = Marker::of(outer, std::move(parts));
    if (shared.empty()) {
        return whole;
    }
    auto conditions = write_part(std::move(shared));
    if (!conditions) {
        return std::nullopt;
    }
    add_flat(*conditions, inner, std::move(whole));
    return Marker::of(inner, std::move(*conditions));
}

/// The marker as alternatives of conditions, or as clauses.
std::optional<Marker> MarkerWriter::write_form(MarkerRef ref, Marker::Kind outer) {
    MarkerRef whole = outer == Marker::Kind::any_of ? ref : ref ^ 1u;
    std::vector<Alternative> alternatives;
    Alternative path;
    if (!find_paths(whole, path, alternatives)) {
        return std::nullopt;
    }
    minimize(whole, alternatives);
    if (alternatives.empty()) { // the diagram is exhausted
        return std::nullopt;
    }
    if (outer == Marker::Kind::all_of) {
        for (Alternative& alternative : alternatives) {
            for (Condition& condition : alternative) {
                for (unsigned char& place : condition.places) {
                    place ^= 1u;
                }
            }
        }
    }
    return join(std::move(alternatives), outer);
}

/// One question after the other, as the diagram stands: for what has too many paths.
Marker MarkerWriter::write_nested(MarkerRef ref, size_t& budget) {
    VariableId id = diagram_.view(ref).variable;
    auto asked = std::ranges::find(variables_, id, &Asked::id);
    std::vector<MarkerRef> children;
    diagram_.cofactors(ref, id, asked->labels, children);
    std::vector<MarkerRef> done;
    std::vector<Marker> parts;
    for (size_t place : diagram_.reading_order(id, asked->labels)) {
        MarkerRef child = children[place];
        if (child == ref_never || std::ranges::find(done, child) != done.end() || budget == 0) {
            continue;
        }
        done.push_back(child);
        Condition condition{static_cast<size_t>(asked - variables_.begin()), {}};
        for (MarkerRef other : children) {
            condition.places.push_back(other == child ? 1 : 0);
        }
        --budget;
        std::vector<Marker> both;
        bool says_all = std::ranges::find(condition.places, 0) == condition.places.end();
        if (!says_all) {
            const auto& written = marker_of(condition);
            check(written.has_value());
            add_flat(both, Marker::Kind::all_of, *written);
        }
        if (child != ref_always) {
            both.push_back(write_nested(child, budget));
        }
        if (!both.empty()) {
            parts.push_back(Marker::of(Marker::Kind::all_of, std::move(both)));
        }
    }
    if (parts.empty()) {
        diagram_.give_up();
        return Marker::of(Marker::Comparison{.literal = "?"});
    }
    return Marker::of(Marker::Kind::any_of, std::move(parts));
}

Marker MarkerWriter::write(MarkerRef ref) {
    check(!MarkerDiagram::is_constant(ref));
    collect(ref);
    for (Exactness exactness : {Exactness::exact, Exactness::approximate}) {
        exactness_ = exactness;
        written_.clear();
        auto alternatives = write_form(ref, Marker::Kind::any_of);
        auto clauses = write_form(ref, Marker::Kind::all_of);
        if (alternatives && clauses) {
            // Alternatives are easier to read: clauses must be worth it.
            bool is_shorter = clauses->str().size() * 10 < alternatives->str().size() * 9;
            return is_shorter ? std::move(*clauses) : std::move(*alternatives);
        }
        if (alternatives || clauses) {
            return alternatives ? std::move(*alternatives) : std::move(*clauses);
        }
    }
    size_t budget = comparisons_max;
    Marker written = write_nested(ref, budget);
    if (budget == 0) {
        diagram_.give_up();
    }
    return written;
}

} // namespace pawl::pep
