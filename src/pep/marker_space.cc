// The algebra of markers.
//
// The problem. A universal resolution asks thousands of times whether two markers can hold
// together, whether one implies another, and what they come to when they are joined; in the end it
// writes them down so that people can read them. On trees of text each of these questions is hard.
// On reduced ordered decision diagrams (Bryant 1986), with every node interned, they are walks over
// small graphs, and "the same" is equality of numbers.
//
// Nodes. Markers compare few kinds of things, and a node asks one question of one of them:
//   * text: which of these texts is it? `sys_platform == "win32"` is a node with an edge for
//     "win32" and a first child for all other texts. The specification knows no order of strings
//     ("<" never holds, "<=" is "=="), so sets of texts are finite or complements of finite ones.
//     `x in "linux darwin"` asks whether x is any part of that text: the finite set of all parts.
//   * version: where is it among these cuts? Membership of VersionSets, an edge for each interval.
//   * holds: any other question, answered yes or no: `"arm" in platform_machine`, `extra == "x"`,
//     `"x" in extras`, and the few comparisons that no set of versions describes.
// A ref is a node's index and a bit for negation, so `not` costs nothing.
//
// What questions have to do with each other. Canonical form needs that no two diagrams differ only
// in cases that cannot be.
//   * Below an edge for a known text, all other questions about this text are answered (with_text);
//     such an edge is dropped when the first child gives the same answer without it.
//   * When a text does not hold "inu", it does not hold "linux" (without); shorter literals come
//     first, and a question is dropped when its answer "no" is what the longer ones imply.
//   * Platforms: sys_platform decides os_name, and platform_system where both names mean one thing
//     (marker_atoms.cc has the table). A comparison of os_name becomes a node over sys_platform
//     whose edges for known platforms are answers; only unknown platforms go on to ask os_name.
//     All comparisons agree on impossible pairs in this way (each case is mapped to a possible
//     one), so `and`, `or` and `not` keep the form without thinking of it.
//   * Pythons: python_version is what python_full_version begins with, so it is written as
//     intervals of the latter: "3.10" is everything from 3.10.dev0 up to 3.11.dev0, and prereleases
//     count by their release. python_full_version itself compares exactly, as evaluating does:
//     3.15.0b1 is python_version >= "3.15" but not python_full_version >= "3.15".
//
// Where diagrams and Marker::evaluate may part, knowingly:
//   * environments that cannot be (os_name "posix" on sys_platform "win32");
//   * comparisons that are errors: see MarkerAtoms::comparison;
//   * a Python built from a checkout, which calls itself "3.15.0+", counts as its release also for
//     reversed comparisons ('"3.15" <= python_full_version') and for `in`;
//   * python_version of Python 10 and later, for questions that are no plain comparison.

#include "pep/marker_space.h"

#include <algorithm>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/check.h"
#include "pep/marker_atoms.h"
#include "pep/marker_diagram.h"
#include "pep/marker_writer.h"

namespace pawl::pep {

namespace {

MarkerRef ref_of(MarkerId id) {
    return static_cast<MarkerRef>(id);
}
MarkerId id_of(MarkerRef ref) {
    return static_cast<MarkerId>(ref);
}

bool is_about_extras(MarkerVariable subject) {
    return subject == MarkerVariable::extra || subject == MarkerVariable::extras ||
           subject == MarkerVariable::dependency_groups;
}

using RefMap = boost::unordered_flat_map<MarkerRef, MarkerRef>;

/// The answer to a question about what is asked for beside the environment.
bool holds_in_context(const Marker::Comparison& comparison, const MarkerContext& context) {
    if (comparison.variable == MarkerVariable::extra) {
        auto holds = compare_marker_value(comparison, context.extra.value_or(""));
        return holds && *holds;
    }
    const auto& set =
        comparison.variable == MarkerVariable::extras ? context.extras : context.dependency_groups;
    return set && set->contains(comparison.literal);
}

} // namespace

struct MarkerSpace::Implementation {
    MarkerDiagram diagram;
    MarkerAtoms atoms{diagram};
    RefMap pythons;
    boost::unordered_flat_map<MarkerRef, std::optional<Marker>> written;

    MarkerRef from(const Marker& marker);
    MarkerRef exists_python(MarkerRef ref);
    template <class Answer>
    MarkerRef answer(MarkerRef ref, Answer& answer_of, RefMap& done);
    template <class Answer>
    MarkerRef answer(MarkerRef ref, Answer answer_of) {
        RefMap done;
        return this->answer(ref, answer_of, done);
    }
    size_t next_child(const MarkerDiagram::View& node, const MarkerEnvironment& environment,
                      const MarkerContext& context);
};

MarkerSpace::MarkerSpace() : implementation_(std::make_unique<Implementation>()) {}
MarkerSpace::~MarkerSpace() = default;

// --- making -------------------------------------------------------------------------------------

MarkerRef MarkerSpace::Implementation::from(const Marker& marker) {
    if (marker.kind() == Marker::Kind::comparison) {
        return atoms.comparison(marker.comparison());
    }
    bool is_all = marker.kind() == Marker::Kind::all_of;
    std::vector<MarkerRef> refs;
    for (const Marker& child : marker.children()) {
        refs.push_back(from(child));
    }
    // In pairs, then pairs of pairs: a long row costs n log n.
    for (size_t count = refs.size(); count > 1; count = (count + 1) / 2) {
        for (size_t i = 0; i < count / 2; ++i) {
            MarkerRef a = refs[2 * i];
            MarkerRef b = refs[2 * i + 1];
            refs[i] = is_all ? diagram.both(a, b) : diagram.either(a, b);
        }
        if (count % 2 != 0) {
            refs[count / 2] = refs[count - 1];
        }
    }
    return refs.front();
}

MarkerId MarkerSpace::from(const Marker& marker) {
    return id_of(implementation_->from(marker));
}

MarkerId MarkerSpace::from_requires_python(const Specifiers& requires_python) {
    return from_requires_python(requires_python.set());
}

MarkerId MarkerSpace::from_requires_python(const VersionSet& pythons) {
    return id_of(implementation_->atoms.pythons(MarkerAtoms::by_release(pythons)));
}

MarkerId MarkerSpace::from_environment(const MarkerEnvironment& environment) {
    using enum MarkerVariable;
    MarkerDiagram& diagram = implementation_->diagram;
    MarkerRef point = ref_always;
    auto require = [&](MarkerRef ref) { point = diagram.both(point, ref); };
    for (MarkerVariable subject :
         {sys_platform, os_name, platform_system, platform_machine, platform_python_implementation,
          implementation_name, platform_release, platform_version, implementation_version}) {
        require(implementation_->atoms.texts(subject, {diagram.text_id(environment.value(subject))},
                                             true));
    }
    Marker::Comparison is_python{.variable = python_full_version,
                                 .literal = environment.python_full_version};
    if (is_python.literal.ends_with('+')) {
        is_python.literal.pop_back();
    }
    require(implementation_->atoms.comparison(is_python));
    auto questions = diagram.variables(); // a copy: asking may add to it
    for (const DiagramVariable& question : questions) {
        if (question.subject == python_full_version && question.kind == NodeKind::holds) {
            auto holds = compare_marker_value(question.comparison, environment.python_full_version);
            require(implementation_->atoms.holds(question.comparison) ^
                    (holds && *holds ? 0u : 1u));
        }
    }
    return id_of(point);
}

// --- computing ----------------------------------------------------------------------------------

MarkerId MarkerSpace::both(MarkerId a, MarkerId b) {
    return id_of(implementation_->diagram.both(ref_of(a), ref_of(b)));
}

MarkerId MarkerSpace::either(MarkerId a, MarkerId b) {
    return id_of(implementation_->diagram.either(ref_of(a), ref_of(b)));
}

bool MarkerSpace::are_disjoint(MarkerId a, MarkerId b) {
    return implementation_->diagram.are_disjoint(ref_of(a), ref_of(b));
}

bool MarkerSpace::implies(MarkerId a, MarkerId b) {
    return are_disjoint(a, negate(b));
}

MarkerId MarkerSpace::simplify(MarkerId a, MarkerId given) {
    return id_of(implementation_->diagram.simplify(ref_of(a), ref_of(given)));
}

/// Rebuilds a diagram in which each question about extras and groups is answered: 1 yes, 0 no,
/// 2 either may be.
template <class Answer>
MarkerRef MarkerSpace::Implementation::answer(MarkerRef ref, Answer& answer_of, RefMap& done) {
    if (!diagram.mentions(ref, MarkerVariable::extra) &&
        !diagram.mentions(ref, MarkerVariable::extras) &&
        !diagram.mentions(ref, MarkerVariable::dependency_groups)) {
        return ref;
    }
    if (auto found = done.find(ref); found != done.end()) {
        return found->second;
    }
    MarkerDiagram::View node = diagram.view(ref);
    VariableId variable = node.variable;
    std::vector<uint32_t> labels(node.labels.begin(), node.labels.end());
    std::vector<MarkerRef> children;
    for (size_t i = 0; i < node.children.size(); ++i) {
        children.push_back(node.child(i));
    }
    const DiagramVariable question = diagram.variable(variable);
    MarkerRef result = ref_never;
    int known = is_about_extras(question.subject) ? answer_of(question.comparison) : -1;
    if (known == 0 || known == 1) {
        result = answer(children[known == 1 ? 1 : 0], answer_of, done);
    } else {
        for (MarkerRef& child : children) {
            child = answer(child, answer_of, done);
        }
        result = known == 2 ? diagram.either(children[0], children[1])
                            : diagram.make(variable, labels, children);
    }
    done.emplace(ref, result);
    return result;
}

MarkerId MarkerSpace::with_extras(MarkerId a, const std::vector<std::string>& extras) {
    return id_of(implementation_->answer(ref_of(a), [&](const Marker::Comparison& comparison) {
        if (comparison.variable != MarkerVariable::extra) {
            return -1;
        }
        MarkerContext context;
        if (extras.empty()) {
            return holds_in_context(comparison, context) ? 1 : 0;
        }
        for (const std::string& extra : extras) {
            context.extra = extra;
            if (holds_in_context(comparison, context)) {
                return 1;
            }
        }
        return 0;
    }));
}

MarkerId MarkerSpace::with_context(MarkerId a, const MarkerContext& context) {
    return id_of(implementation_->answer(ref_of(a), [&](const Marker::Comparison& comparison) {
        return holds_in_context(comparison, context) ? 1 : 0;
    }));
}

MarkerId MarkerSpace::without_extras(MarkerId a) {
    return id_of(implementation_->answer(ref_of(a), [](const Marker::Comparison&) { return 2; }));
}

bool MarkerSpace::mentions_extras(MarkerId a) {
    const MarkerDiagram& diagram = implementation_->diagram;
    return diagram.mentions(ref_of(a), MarkerVariable::extra) ||
           diagram.mentions(ref_of(a), MarkerVariable::extras) ||
           diagram.mentions(ref_of(a), MarkerVariable::dependency_groups);
}

// --- asking -------------------------------------------------------------------------------------

size_t MarkerSpace::Implementation::next_child(const MarkerDiagram::View& node,
                                               const MarkerEnvironment& environment,
                                               const MarkerContext& context) {
    const DiagramVariable& question = diagram.variable(node.variable);
    if (is_about_extras(question.subject)) {
        return holds_in_context(question.comparison, context) ? 1 : 0;
    }
    const std::string& value = environment.value(question.subject);
    bool is_checkout =
        question.subject == MarkerVariable::python_full_version && value.ends_with('+');
    switch (question.kind) {
    case NodeKind::text: {
        for (size_t i = 0; i < node.labels.size(); ++i) {
            if (diagram.text(node.labels[i]) == value) {
                return i + 1;
            }
        }
        return 0;
    }
    case NodeKind::version: {
        auto version = Version::parse(is_checkout ? value + "local" : value);
        return diagram.place_of(node.labels, version ? &*version : nullptr);
    }
    case NodeKind::holds:
        break;
    }
    auto holds = compare_marker_value(question.comparison, is_checkout ? value + "local" : value);
    return holds && *holds ? 1 : 0;
}

bool MarkerSpace::evaluate(MarkerId a, const MarkerEnvironment& environment,
                           const MarkerContext& context) {
    MarkerRef ref = ref_of(a);
    while (!MarkerDiagram::is_constant(ref)) {
        MarkerDiagram::View node = implementation_->diagram.view(ref);
        ref = node.child(implementation_->next_child(node, environment, context));
    }
    return ref == ref_always;
}

/// The Pythons for which anything below can hold, as a diagram over python_full_version alone.
MarkerRef MarkerSpace::Implementation::exists_python(MarkerRef ref) {
    if (!diagram.mentions(ref, MarkerVariable::python_full_version)) {
        return ref == ref_never ? ref_never : ref_always;
    }
    if (auto found = pythons.find(ref); found != pythons.end()) {
        return found->second;
    }
    MarkerDiagram::View node = diagram.view(ref);
    VariableId variable = node.variable;
    std::vector<uint32_t> labels(node.labels.begin(), node.labels.end());
    std::vector<MarkerRef> children;
    for (size_t i = 0; i < node.children.size(); ++i) {
        children.push_back(node.child(i));
    }
    const DiagramVariable question = diagram.variable(variable);
    MarkerRef result = ref_never;
    if (question.subject == MarkerVariable::python_full_version) {
        for (MarkerRef& child : children) {
            child = child == ref_never ? ref_never : ref_always;
        }
        result = question.kind == NodeKind::version ? diagram.make(variable, labels, children)
                                                    : ref_always;
    } else {
        for (MarkerRef child : children) {
            result = diagram.either(result, exists_python(child));
        }
    }
    pythons.emplace(ref, result);
    return result;
}

VersionSet MarkerSpace::pythons(MarkerId a) {
    MarkerRef ref = implementation_->exists_python(ref_of(a));
    if (MarkerDiagram::is_constant(ref)) {
        return ref == ref_always ? VersionSet::all() : VersionSet::none();
    }
    const MarkerDiagram& diagram = implementation_->diagram;
    MarkerDiagram::View node = diagram.view(ref);
    VersionSet set;
    for (size_t i = 0; i < node.children.size(); ++i) {
        if (node.child(i) == ref_always) {
            auto begin = i == 0 ? std::nullopt : std::optional(diagram.cut(node.labels[i - 1]));
            auto end =
                i == node.labels.size() ? std::nullopt : std::optional(diagram.cut(node.labels[i]));
            set = set.unite(VersionSet::between(std::move(begin), std::move(end)));
        }
    }
    return set;
}

bool MarkerSpace::is_exhausted() const {
    return implementation_->diagram.is_exhausted();
}
size_t MarkerSpace::node_count() const {
    return implementation_->diagram.node_count();
}

// --- writing ------------------------------------------------------------------------------------

std::optional<Marker> MarkerSpace::marker(MarkerId a) {
    check(a != MarkerId::never);
    if (a == MarkerId::always) {
        return std::nullopt;
    }
    auto& written = implementation_->written;
    if (auto found = written.find(ref_of(a)); found != written.end()) {
        return found->second;
    }
    MarkerWriter writer(implementation_->diagram, implementation_->atoms);
    std::optional<Marker> marker = writer.write(ref_of(a));
    written.emplace(ref_of(a), marker);
    return marker;
}

std::string MarkerSpace::text(MarkerId a) {
    auto written = marker(a);
    return written ? written->str() : "";
}

std::vector<MarkerId> MarkerSpace::atoms(MarkerId a) {
    std::vector<MarkerId> found;
    if (a == MarkerId::always || a == MarkerId::never) {
        return found;
    }
    std::optional<Marker> whole = marker(a);
    std::vector<const Marker*> rest{&*whole};
    while (!rest.empty()) {
        const Marker* part = rest.back();
        rest.pop_back();
        if (part->kind() == Marker::Kind::comparison) {
            MarkerId id = id_of(implementation_->atoms.comparison(part->comparison()));
            if (std::ranges::find(found, id) == found.end()) {
                found.push_back(id);
            }
        }
        for (auto child = part->children().rbegin(); child != part->children().rend(); ++child) {
            rest.push_back(&*child);
        }
    }
    return found;
}

} // namespace pawl::pep
