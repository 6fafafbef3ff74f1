#include "pep/marker_diagram.h"

#include <algorithm>
#include <numeric>

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include "base/check.h"

namespace pawl::pep {

namespace {

/// About 250 MB of nodes: only markers made for it get there.
constexpr size_t nodes_max = size_t{1} << 22;
/// Walks recurse as deep as two diagrams are high together.
constexpr uint16_t height_max = 2000;

using Words = boost::container::small_vector<uint32_t, 12>;

uint64_t pair_key(MarkerRef a, MarkerRef b) {
    return uint64_t{a} << 32 | b;
}

struct PairHash {
    using is_avalanching = void;
    size_t operator()(uint64_t key) const {
        key *= 0x9E3779B97F4A7C15u;
        return static_cast<size_t>(key ^ (key >> 29));
    }
};

/// The order of levels. Platforms are above Pythons, because they come as few values; extras are
/// at the bottom, so that fixing them rebuilds little.
uint32_t subject_rank(MarkerVariable subject) {
    switch (subject) {
    case MarkerVariable::sys_platform:
        return 0;
    case MarkerVariable::os_name:
        return 1;
    case MarkerVariable::platform_system:
        return 2;
    case MarkerVariable::platform_machine:
        return 3;
    case MarkerVariable::platform_python_implementation:
        return 4;
    case MarkerVariable::implementation_name:
        return 5;
    case MarkerVariable::platform_release:
        return 6;
    case MarkerVariable::platform_version:
        return 7;
    case MarkerVariable::implementation_version:
        return 8;
    case MarkerVariable::python_version:
    case MarkerVariable::python_full_version:
        return 9;
    case MarkerVariable::extra:
        return 10;
    case MarkerVariable::extras:
        return 11;
    case MarkerVariable::dependency_groups:
        return 12;
    }
    return 13;
}

/// By content, so that the order does not hang on what was asked first. Among questions of one
/// subject shorter literals come first: a text that holds a literal holds each part of it too.
bool is_above(const DiagramVariable& a, const DiagramVariable& b) {
    auto place = [](const DiagramVariable& v) {
        const Marker::Comparison& c = v.comparison;
        return std::tuple(subject_rank(v.subject), v.kind, c.literal.size(),
                          std::string_view(c.literal), c.op, c.reversed);
    };
    return place(a) < place(b);
}

/// Whether the variable asks "is this literal a part of the subject's text?".
bool is_part_question(const DiagramVariable& variable) {
    bool is_set = variable.subject == MarkerVariable::extras ||
                  variable.subject == MarkerVariable::dependency_groups;
    return variable.kind == NodeKind::holds && !is_set && variable.comparison.reversed &&
           variable.comparison.op == Marker::Operator::in;
}

/// Puts an id into a sorted list of ids and numbers all of them anew.
template <class Before>
void insert_ranked(std::vector<uint32_t>& in_order, std::vector<uint32_t>& ranks, uint32_t id,
                   Before before) {
    auto place = std::partition_point(in_order.begin(), in_order.end(),
                                      [&](uint32_t other) { return before(other, id); });
    in_order.insert(place, id);
    for (uint32_t rank = 0; rank < in_order.size(); ++rank) {
        ranks[in_order[rank]] = rank;
    }
}

} // namespace

struct MarkerDiagram::Memo {
    boost::unordered_flat_map<uint64_t, MarkerRef, PairHash> both;
    boost::unordered_flat_map<uint64_t, bool, PairHash> disjoint;
    boost::unordered_flat_map<uint64_t, MarkerRef, PairHash> simplified;
};

struct MarkerDiagram::Aligned {
    VariableId variable{};
    Words labels;
    Words a, b;
};

MarkerDiagram::MarkerDiagram() : nodes_(1), table_(1024), memo_(std::make_unique<Memo>()) {
    // cut_end: the version is never looked at, the rank is behind all others.
    constexpr uint64_t zero[] = {0};
    cuts_.push_back(Cut{Version::of(zero), Cut::Kind::before});
    cut_ranks_.push_back(UINT32_MAX);
}

MarkerDiagram::~MarkerDiagram() = default;

// --- levels and labels --------------------------------------------------------------------------

VariableId MarkerDiagram::variable(const DiagramVariable& variable) {
    auto place =
        std::partition_point(variables_in_order_.begin(), variables_in_order_.end(),
                             [&](uint32_t other) { return is_above(variables_[other], variable); });
    if (place != variables_in_order_.end() && !is_above(variable, variables_[*place])) {
        return static_cast<VariableId>(*place);
    }
    auto id = static_cast<uint32_t>(variables_.size());
    variables_.push_back(variable);
    variable_ranks_.push_back(0);
    insert_ranked(variables_in_order_, variable_ranks_, id,
                  [&](uint32_t a, uint32_t b) { return is_above(variables_[a], variables_[b]); });
    return static_cast<VariableId>(id);
}

uint32_t MarkerDiagram::text_id(std::string_view text) {
    if (auto found = text_ids_.find(text); found != text_ids_.end()) {
        return found->second;
    }
    auto id = static_cast<uint32_t>(texts_.size());
    texts_.emplace_back(text);
    text_ids_.emplace(text, id);
    return id;
}

uint32_t MarkerDiagram::cut_id(const Cut& cut) {
    auto place = std::partition_point(cuts_in_order_.begin(), cuts_in_order_.end(),
                                      [&](uint32_t other) { return cuts_[other] < cut; });
    if (place != cuts_in_order_.end() && cuts_[*place] == cut) {
        return *place;
    }
    auto id = static_cast<uint32_t>(cuts_.size());
    cuts_.push_back(cut);
    cut_ranks_.push_back(0);
    insert_ranked(cuts_in_order_, cut_ranks_, id,
                  [&](uint32_t a, uint32_t b) { return cuts_[a] < cuts_[b]; });
    return id;
}

size_t MarkerDiagram::place_of(std::span<const uint32_t> cuts, const Version* version) const {
    auto behind = std::partition_point(cuts.begin(), cuts.end(), [&](uint32_t cut) {
        return version == nullptr || (cut != 0 && cuts_[cut].is_before(*version));
    });
    return static_cast<size_t>(behind - cuts.begin());
}

std::vector<size_t> MarkerDiagram::reading_order(VariableId variable,
                                                 std::span<const uint32_t> labels) const {
    NodeKind kind = variables_[index(variable)].kind;
    std::vector<size_t> order(labels.size() + (kind == NodeKind::holds ? 2 : 1));
    std::iota(order.begin(), order.end(), size_t{0});
    if (kind == NodeKind::text) {
        std::sort(order.begin() + 1, order.end(), [&](size_t a, size_t b) {
            return texts_[labels[a - 1]] < texts_[labels[b - 1]];
        });
    }
    return order;
}

// --- nodes --------------------------------------------------------------------------------------

MarkerDiagram::View MarkerDiagram::view(MarkerRef ref) const {
    const Node& node = nodes_[ref >> 1];
    const uint32_t* words = pool_.data() + node.offset;
    return {static_cast<VariableId>(node.variable),
            {words, node.label_count},
            {words + node.label_count,
             node.label_count + 1 + (variables_[node.variable].kind == NodeKind::holds ? 1u : 0u)},
            ref & 1u};
}

uint32_t MarkerDiagram::rank_of(MarkerRef ref) const {
    return is_constant(ref) ? UINT32_MAX : variable_ranks_[nodes_[ref >> 1].variable];
}

MarkerRef MarkerDiagram::make(VariableId variable, std::span<const uint32_t> labels,
                              std::span<const MarkerRef> children) {
    switch (variables_[index(variable)].kind) {
    case NodeKind::text:
        return reduce_text(variable, labels, children);
    case NodeKind::version:
        return reduce_version(variable, labels, children);
    case NodeKind::holds:
        return reduce_holds(variable, children);
    }
    return ref_never;
}

// A text's own edge is dropped when the first child says the same of this text.
MarkerRef MarkerDiagram::reduce_text(VariableId variable, std::span<const uint32_t> labels,
                                     std::span<const MarkerRef> children) {
    MarkerVariable subject = variables_[index(variable)].subject;
    Words kept_labels;
    Words kept{children[0]};
    for (size_t i = 0; i < labels.size(); ++i) {
        if (children[i + 1] != with_text(children[0], subject, texts_[labels[i]])) {
            kept_labels.push_back(labels[i]);
            kept.push_back(children[i + 1]);
        }
    }
    return kept_labels.empty() ? children[0] : intern(variable, kept_labels, kept);
}

MarkerRef MarkerDiagram::reduce_version(VariableId variable, std::span<const uint32_t> labels,
                                        std::span<const MarkerRef> children) {
    Words kept_labels;
    Words kept{children[0]};
    for (size_t i = 0; i < labels.size(); ++i) {
        if (children[i + 1] != kept.back()) {
            kept_labels.push_back(labels[i]);
            kept.push_back(children[i + 1]);
        }
    }
    return kept_labels.empty() ? children[0] : intern(variable, kept_labels, kept);
}

MarkerRef MarkerDiagram::reduce_holds(VariableId variable, std::span<const MarkerRef> children) {
    MarkerRef no = children[0];
    MarkerRef yes = children[1];
    if (no == yes || no == without(yes, variable)) {
        return yes;
    }
    return intern(variable, {}, children);
}

MarkerRef MarkerDiagram::intern(VariableId variable, std::span<const uint32_t> labels,
                                std::span<const MarkerRef> children) {
    MarkerRef flip = children[0] & 1u; // the first child is never stored negated
    uint32_t hash = static_cast<uint32_t>(variable) * 0x9E3779B1u;
    auto mix = [&hash](uint32_t word) { hash = (hash ^ word) * 0x85EBCA6Bu, hash ^= hash >> 15; };
    std::ranges::for_each(labels, mix);
    std::ranges::for_each(children, [&](MarkerRef child) { mix(child ^ flip); });

    size_t slot = hash & (table_.size() - 1);
    for (; table_[slot] != 0; slot = (slot + 1) & (table_.size() - 1)) {
        const Node& node = nodes_[table_[slot]];
        if (node.hash != hash || node.variable != static_cast<uint32_t>(variable) ||
            node.label_count != labels.size()) {
            continue;
        }
        const uint32_t* words = pool_.data() + node.offset;
        bool same = std::equal(labels.begin(), labels.end(), words);
        words += labels.size();
        for (size_t i = 0; same && i < children.size(); ++i) {
            same = words[i] == (children[i] ^ flip);
        }
        if (same) {
            return table_[slot] << 1 | flip;
        }
    }
    unsigned subjects = 1u << static_cast<unsigned>(variables_[index(variable)].subject);
    uint16_t height = 0;
    for (MarkerRef child : children) {
        subjects |= nodes_[child >> 1].subjects;
        height = std::max(height, nodes_[child >> 1].height);
    }
    if (nodes_.size() >= nodes_max || height >= height_max) {
        exhausted_ = true;
        return ref_never;
    }
    auto id = static_cast<uint32_t>(nodes_.size());
    nodes_.push_back({static_cast<uint32_t>(variable), static_cast<uint32_t>(pool_.size()),
                      static_cast<uint32_t>(labels.size()), hash, static_cast<uint16_t>(subjects),
                      static_cast<uint16_t>(height + 1)});
    pool_.insert(pool_.end(), labels.begin(), labels.end());
    for (MarkerRef child : children) {
        pool_.push_back(child ^ flip);
    }
    table_[slot] = id;
    if (nodes_.size() * 2 > table_.size()) {
        grow_table();
    }
    return id << 1 | flip;
}

void MarkerDiagram::grow_table() {
    std::vector<uint32_t> larger(table_.size() * 4);
    for (uint32_t id = 1; id < nodes_.size(); ++id) {
        size_t slot = nodes_[id].hash & (larger.size() - 1);
        while (larger[slot] != 0) {
            slot = (slot + 1) & (larger.size() - 1);
        }
        larger[slot] = id;
    }
    table_ = std::move(larger);
}

// --- restricting --------------------------------------------------------------------------------

MarkerRef MarkerDiagram::with_text(MarkerRef ref, MarkerVariable subject, std::string_view value) {
    while (!is_constant(ref)) {
        View node = view(ref);
        const DiagramVariable& question = variables_[index(node.variable)];
        if (question.subject != subject || question.kind == NodeKind::text) {
            break;
        }
        if (question.kind == NodeKind::version) {
            auto version = Version::parse(value);
            ref = node.child(place_of(node.labels, version ? &*version : nullptr));
        } else {
            auto holds = compare_marker_value(question.comparison, value);
            ref = node.child(holds && *holds ? 1 : 0);
        }
    }
    return ref;
}

/// `ref` where this question is answered "no": questions for longer texts that hold this one's
/// literal are then answered too. They stand right below it.
MarkerRef MarkerDiagram::without(MarkerRef ref, VariableId false_variable) {
    const DiagramVariable& answered = variables_[index(false_variable)];
    if (is_constant(ref) || !is_part_question(answered)) {
        return ref;
    }
    View node = view(ref);
    const DiagramVariable& question = variables_[index(node.variable)];
    if (question.subject != answered.subject) {
        return ref;
    }
    MarkerRef no = node.child(0);
    MarkerRef yes = node.child(1);
    if (is_part_question(question) &&
        question.comparison.literal.find(answered.comparison.literal) != std::string::npos) {
        return without(no, false_variable);
    }
    VariableId variable = node.variable;
    Words children{without(no, false_variable)};
    children.push_back(without(yes, false_variable));
    return make(variable, {}, children);
}

template <class Children>
void MarkerDiagram::cofactors_into(MarkerRef ref, VariableId variable,
                                   std::span<const uint32_t> labels, Children& out) {
    NodeKind kind = variables_[index(variable)].kind;
    MarkerVariable subject = variables_[index(variable)].subject;
    bool is_here = !is_constant(ref) && view(ref).variable == variable;
    if (kind == NodeKind::holds) {
        out.push_back(is_here ? view(ref).child(0) : without(ref, variable));
        out.push_back(is_here ? view(ref).child(1) : ref);
        return;
    }
    if (!is_here) {
        out.push_back(ref);
        for (uint32_t label : labels) {
            out.push_back(kind == NodeKind::text ? with_text(ref, subject, texts_[label]) : ref);
        }
        return;
    }
    View node = view(ref);
    out.push_back(node.child(0));
    size_t own = 0;
    for (uint32_t label : labels) {
        if (own < node.labels.size() && node.labels[own] == label) {
            out.push_back(node.child(++own));
        } else if (kind == NodeKind::text) {
            out.push_back(with_text(node.child(0), subject, texts_[label]));
        } else {
            out.push_back(node.child(own));
        }
    }
}

void MarkerDiagram::cofactors(MarkerRef ref, VariableId variable, std::span<const uint32_t> labels,
                              std::vector<MarkerRef>& out) {
    cofactors_into(ref, variable, labels, out);
}

void MarkerDiagram::merge_labels(MarkerRef a, MarkerRef b, Aligned& out) const {
    auto labels_of = [&](MarkerRef ref) -> std::span<const uint32_t> {
        bool is_here = !is_constant(ref) && view(ref).variable == out.variable;
        return is_here ? view(ref).labels : std::span<const uint32_t>();
    };
    auto first = labels_of(a);
    auto second = labels_of(b);
    bool by_cut = variables_[index(out.variable)].kind == NodeKind::version;
    std::set_union(first.begin(), first.end(), second.begin(), second.end(),
                   std::back_inserter(out.labels),
                   [&](uint32_t x, uint32_t y) { return by_cut ? is_before(x, y) : x < y; });
}

void MarkerDiagram::align(MarkerRef a, MarkerRef b, Aligned& out) {
    MarkerRef top = rank_of(a) <= rank_of(b) ? a : b;
    out.variable = view(top).variable;
    merge_labels(a, b, out);
    cofactors_into(a, out.variable, out.labels, out.a);
    cofactors_into(b, out.variable, out.labels, out.b);
}

// --- and ----------------------------------------------------------------------------------------

MarkerRef MarkerDiagram::both(MarkerRef a, MarkerRef b) {
    if (a == b || b == ref_always) {
        return a;
    }
    if (a == ref_always) {
        return b;
    }
    if (a == ref_never || b == ref_never || a == (b ^ 1u) || exhausted_) {
        return ref_never;
    }
    if (a > b) {
        std::swap(a, b);
    }
    if (auto found = memo_->both.find(pair_key(a, b)); found != memo_->both.end()) {
        return found->second;
    }
    Aligned aligned;
    align(a, b, aligned);
    Words children;
    for (size_t i = 0; i < aligned.a.size(); ++i) {
        children.push_back(both(aligned.a[i], aligned.b[i]));
    }
    MarkerRef result = make(aligned.variable, aligned.labels, children);
    memo_->both.emplace(pair_key(a, b), result);
    return result;
}

bool MarkerDiagram::are_disjoint(MarkerRef a, MarkerRef b) {
    if (a == ref_never || b == ref_never || a == (b ^ 1u)) {
        return true;
    }
    if (a == b || a == ref_always || b == ref_always || exhausted_) {
        return false;
    }
    if (a > b) {
        std::swap(a, b);
    }
    if (auto found = memo_->both.find(pair_key(a, b)); found != memo_->both.end()) {
        return found->second == ref_never;
    }
    if (auto found = memo_->disjoint.find(pair_key(a, b)); found != memo_->disjoint.end()) {
        return found->second;
    }
    Aligned aligned;
    align(a, b, aligned);
    bool disjoint = true;
    for (size_t i = 0; disjoint && i < aligned.a.size(); ++i) {
        disjoint = are_disjoint(aligned.a[i], aligned.b[i]);
    }
    memo_->disjoint.emplace(pair_key(a, b), disjoint);
    return disjoint;
}

// --- simplify -----------------------------------------------------------------------------------

// Coudert and Madre's "restrict": where `given` is never true the answer is free, and is chosen so
// that nodes vanish.
MarkerRef MarkerDiagram::simplify(MarkerRef a, MarkerRef given) {
    if (is_constant(a) || given == ref_always || given == ref_never) {
        return a;
    }
    if (are_disjoint(a, given)) {
        return ref_never;
    }
    if (are_disjoint(a ^ 1u, given)) {
        return ref_always;
    }
    // A negated diagram is simplified as the negation of the other, so that both share one result.
    MarkerRef flip = a & 1u;
    if (auto found = memo_->simplified.find(pair_key(a ^ flip, given));
        found != memo_->simplified.end()) {
        return found->second ^ flip;
    }
    Aligned aligned;
    align(a ^ flip, given, aligned);
    MarkerRef result = ref_never;
    if (rank_of(given) < rank_of(a)) {
        // `a` does not ask this: let it hold where any child of `given` does.
        MarkerRef any = ref_never;
        for (MarkerRef child : aligned.b) {
            any = either(any, child);
        }
        bool is_same =
            std::ranges::all_of(aligned.a, [&](MarkerRef child) { return child == aligned.a[0]; });
        result = is_same ? simplify(a ^ flip, any) : simplify_aligned(aligned);
    } else {
        result = simplify_aligned(aligned);
    }
    memo_->simplified.emplace(pair_key(a ^ flip, given), result);
    return result ^ flip;
}

/// Answers for the texts that `given` rules out.
template <class Words>
void MarkerDiagram::fill_texts(const Aligned& aligned, Words& results) {
    if (aligned.b[0] == ref_never) {
        // Every text that is left has its own edge: the most frequent answer becomes the first.
        size_t best = 0;
        MarkerRef chosen = results[0];
        for (size_t i : reading_order(aligned.variable, aligned.labels)) {
            auto count = static_cast<size_t>(std::ranges::count(results, results[i]));
            if (aligned.b[i] != ref_never && count > best) {
                best = count;
                chosen = results[i];
            }
        }
        results[0] = chosen;
    }
    MarkerVariable subject = variables_[index(aligned.variable)].subject;
    for (size_t i = 1; i < results.size(); ++i) {
        if (aligned.b[i] == ref_never) {
            results[i] = with_text(results[0], subject, texts_[aligned.labels[i - 1]]);
        }
    }
}

/// Answers for the places (or the no or yes) that `given` rules out: as before them or behind them.
template <class Words>
void MarkerDiagram::fill_places(const Aligned& aligned, Words& results) {
    size_t first = 0;
    while (aligned.b[first] == ref_never) {
        ++first;
    }
    for (size_t i = 0; i < first; ++i) {
        results[i] = results[first];
    }
    for (size_t i = first + 1; i < results.size(); ++i) {
        if (aligned.b[i] != ref_never) {
            continue;
        }
        // Where the next answer already stands here, the change stays where `a` has it.
        bool next_counts = i + 1 < results.size() && aligned.b[i + 1] != ref_never;
        bool is_as_next = next_counts && aligned.a[i] == aligned.a[i + 1];
        results[i] = is_as_next ? results[i + 1] : results[i - 1];
    }
}

MarkerRef MarkerDiagram::simplify_aligned(const Aligned& aligned) {
    Words results;
    for (size_t i = 0; i < aligned.a.size(); ++i) {
        results.push_back(simplify(aligned.a[i], aligned.b[i]));
    }
    // One answer that is right for all makes the node vanish.
    for (size_t i : reading_order(aligned.variable, aligned.labels)) {
        bool is_free = aligned.b[i] == ref_never;
        auto agrees = [&](size_t j) {
            MarkerRef differs =
                either(both(results[i], aligned.a[j] ^ 1u), both(results[i] ^ 1u, aligned.a[j]));
            return are_disjoint(differs, aligned.b[j]);
        };
        bool fits_all = !is_free;
        for (size_t j = 0; fits_all && j < results.size(); ++j) {
            fits_all = agrees(j);
        }
        if (fits_all) {
            return results[i];
        }
    }
    bool is_text = variables_[index(aligned.variable)].kind == NodeKind::text;
    is_text ? fill_texts(aligned, results) : fill_places(aligned, results);
    return make(aligned.variable, aligned.labels, results);
}

} // namespace pawl::pep
