#include "pep/marker_atoms.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "pep/specifier.h"

namespace pawl::pep {

namespace {

using enum Marker::Operator;

// platform_system "Windows" and sys_platform "win32" are two names of one thing, and so on for
// those that have both names here; platform_system is then written as sys_platform. Others only
// decide os_name. linux2 is Python 2's linux.
constexpr KnownPlatform platforms[] = {
    {"win32", "nt", "Windows"},      {"linux", "posix", "Linux"},
    {"darwin", "posix", "Darwin"},   {"aix", "posix", "AIX"},
    {"android", "posix", "Android"}, {"emscripten", "posix", "Emscripten"},
    {"cygwin", "posix", ""},         {"ios", "posix", ""},
    {"wasi", "posix", ""},           {"linux2", "posix", ""},
};

/// A longer literal of "in" is not spelled out as its parts, but asked as a question.
constexpr size_t literal_bytes_max = 64;
/// Python's X.Y for questions that cannot be computed: X below 10, Y below 100.
constexpr uint64_t python_majors = 10;
constexpr uint64_t python_minors = 100;

bool is_utf8_begin(std::string_view text, size_t at) {
    return at == text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
}

Marker::Comparison with_operator(Marker::Comparison comparison, Marker::Operator op) {
    comparison.op = op;
    return comparison;
}

Result<Specifier> specifier_of(Marker::Operator op, std::string_view text) {
    return Specifier::parse(std::string(marker_operator_text(op)) + std::string(text));
}

VersionSet specifier_set(Marker::Operator op, std::string_view text) {
    auto specifier = specifier_of(op, text);
    return specifier ? specifier->set() : VersionSet::none();
}

/// The versions v for which `"literal" op v` holds. An exclusive comparison leaves out the
/// prereleases (or posts) of the version on its right, which is v here.
VersionSet reversed_set(Marker::Operator op, const Version& literal) {
    std::string text = literal.without_local().str();
    switch (op) {
    case equal:
        return specifier_set(equal, text);
    case not_equal:
        return specifier_set(not_equal, text);
    case less_equal:
        return specifier_set(greater_equal, text);
    case greater_equal:
        return specifier_set(less_equal, text);
    case less: {
        VersionSet above = VersionSet::between(Cut{literal, Cut::Kind::after_locals}, std::nullopt);
        return literal.is_prerelease()
                   ? above.minus(VersionSet::between(Cut{literal.base(), Cut::Kind::before},
                                                     Cut{literal.base(), Cut::Kind::after_posts}))
                   : above;
    }
    case greater: {
        VersionSet below =
            VersionSet::between(std::nullopt, Cut{literal.without_local(), Cut::Kind::before});
        return literal.is_postrelease()
                   ? below.minus(VersionSet::between(Cut{literal.base(), Cut::Kind::before},
                                                     Cut{literal.base(), Cut::Kind::after_locals}))
                   : below;
    }
    default:
        break;
    }
    return VersionSet::none();
}

/// Applies a function to each place where membership changes.
template <class Move>
VersionSet move_cuts(const VersionSet& set, Move move) {
    VersionSet moved;
    for (const VersionSet::Interval& interval : set.intervals()) {
        auto begin = interval.begin ? std::optional<Cut>(move(*interval.begin)) : std::nullopt;
        auto end = interval.end ? std::optional<Cut>(move(*interval.end)) : std::nullopt;
        moved = moved.unite(VersionSet::between(std::move(begin), std::move(end)));
    }
    return moved;
}

std::string short_python(uint64_t major, uint64_t minor) {
    return std::to_string(major) + "." + std::to_string(minor);
}

/// Runs of minor versions; one that reaches the last goes on to the next major version.
VersionSet pythons_where(const std::function<bool(std::string_view)>& holds_for) {
    constexpr uint64_t none = python_minors;
    VersionSet set;
    for (uint64_t major = 0; major < python_majors; ++major) {
        uint64_t begin = none;
        for (uint64_t minor = 0; minor <= python_minors; ++minor) {
            bool holds = minor < python_minors && holds_for(short_python(major, minor));
            if (holds && begin == none) {
                begin = minor;
            } else if (!holds && begin != none) {
                uint64_t first[] = {major, begin};
                bool is_open = minor == python_minors;
                uint64_t last[] = {is_open ? major + 1 : major, is_open ? 0 : minor};
                set = set.unite(VersionSet::between(Cut{Version::of(first), Cut::Kind::before_all},
                                                    Cut{Version::of(last), Cut::Kind::before_all}));
                begin = none;
            }
        }
    }
    return set;
}

} // namespace

std::span<const KnownPlatform> known_platforms() {
    return platforms;
}

std::vector<std::string_view> parts_of(std::string_view text) {
    std::vector<std::string_view> parts{text.substr(0, 0)};
    for (size_t begin = 0; begin < text.size(); ++begin) {
        for (size_t end = begin + 1; end <= text.size(); ++end) {
            if (is_utf8_begin(text, begin) && is_utf8_begin(text, end)) {
                parts.push_back(text.substr(begin, end - begin));
            }
        }
    }
    std::ranges::sort(parts);
    parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
    return parts;
}

// --- leaves -------------------------------------------------------------------------------------

/// `unknown` is the diagram for platforms that decide nothing about the subject.
MarkerRef MarkerAtoms::with_platforms(MarkerVariable subject, MarkerRef unknown,
                                      const std::function<bool(std::string_view)>& holds_for) {
    bool is_os = subject == MarkerVariable::os_name;
    if (!is_os && subject != MarkerVariable::platform_system) {
        return unknown;
    }
    VariableId system = diagram_.variable({MarkerVariable::sys_platform, NodeKind::text, {}});
    std::vector<std::pair<uint32_t, MarkerRef>> edges;
    for (const KnownPlatform& platform : platforms) {
        std::string_view value = is_os ? platform.os_name : platform.platform_system;
        if (!value.empty()) {
            edges.emplace_back(diagram_.text_id(platform.sys_platform),
                               holds_for(value) ? ref_always : ref_never);
        }
    }
    std::ranges::sort(edges);
    std::vector<uint32_t> labels;
    std::vector<MarkerRef> children{unknown};
    for (const auto& [label, child] : edges) {
        labels.push_back(label);
        children.push_back(child);
    }
    return diagram_.make(system, labels, children);
}

MarkerRef MarkerAtoms::texts(MarkerVariable subject, std::vector<uint32_t> text_ids,
                             bool is_one_of) {
    std::ranges::sort(text_ids);
    text_ids.erase(std::unique(text_ids.begin(), text_ids.end()), text_ids.end());
    auto holds_for = [&, all = text_ids](std::string_view value) {
        return std::ranges::binary_search(all, diagram_.text_id(value)) == is_one_of;
    };
    if (subject == MarkerVariable::platform_system) {
        // Such values stand for known values of sys_platform only.
        std::erase_if(text_ids, [&](uint32_t id) {
            return std::ranges::any_of(platforms, [&](const KnownPlatform& platform) {
                return platform.platform_system == diagram_.text(id) && !diagram_.text(id).empty();
            });
        });
    }
    VariableId variable = diagram_.variable({subject, NodeKind::text, {}});
    std::vector<MarkerRef> children(text_ids.size() + 1, is_one_of ? ref_always : ref_never);
    children[0] ^= 1u;
    return with_platforms(subject, diagram_.make(variable, text_ids, children), holds_for);
}

MarkerRef MarkerAtoms::holds(const Marker::Comparison& comparison) {
    MarkerVariable subject = comparison.variable == MarkerVariable::python_version
                                 ? MarkerVariable::python_full_version
                                 : comparison.variable;
    VariableId variable = diagram_.variable({subject, NodeKind::holds, comparison});
    MarkerRef children[] = {ref_never, ref_always};
    MarkerRef unknown = diagram_.make(variable, {}, children);
    return with_platforms(comparison.variable, unknown, [&](std::string_view value) {
        auto holds = compare_marker_value(comparison, value);
        return holds && *holds;
    });
}

MarkerRef MarkerAtoms::versions(MarkerVariable subject, const VersionSet& set) {
    VariableId variable = diagram_.variable({subject, NodeKind::version, {}});
    std::vector<uint32_t> labels;
    std::vector<MarkerRef> children{ref_never};
    for (const VersionSet::Interval& interval : set.intervals()) {
        if (interval.begin) {
            labels.push_back(diagram_.cut_id(*interval.begin));
            children.push_back(ref_always);
        } else {
            children[0] = ref_always;
        }
        if (interval.end) {
            labels.push_back(diagram_.cut_id(*interval.end));
            children.push_back(ref_never);
        } else if (subject != MarkerVariable::python_full_version) {
            labels.push_back(static_cast<uint32_t>(CutId::cut_end));
            children.push_back(ref_never);
        }
    }
    return diagram_.make(variable, labels, children);
}

// Nobody releases a Python with a post or local part; "3.15.0+" is what a checkout calls itself.
MarkerRef MarkerAtoms::pythons(const VersionSet& set) {
    return versions(MarkerVariable::python_full_version, move_cuts(set, [](const Cut& cut) {
                        bool is_behind =
                            cut.kind == Cut::Kind::after || cut.kind == Cut::Kind::after_locals;
                        return is_behind ? Cut{cut.version, Cut::Kind::after_posts} : cut;
                    }));
}

VersionSet MarkerAtoms::from_short_pythons(const VersionSet& set) {
    return move_cuts(set, [](const Cut& cut) {
        auto release = cut.version.release();
        uint64_t numbers[] = {release[0], release.size() > 1 ? release[1] : 0};
        Version at = Version::of(numbers);
        if (cut.version.epoch() == 0 && Cut{at, Cut::Kind::before} < cut) {
            numbers[1] += 1;
            at = Version::of(numbers);
        }
        return cut.version.epoch() == 0 ? Cut{at, Cut::Kind::before_all} : cut;
    });
}

VersionSet MarkerAtoms::by_release(const VersionSet& set) {
    return move_cuts(set, [](const Cut& cut) {
        Version release = cut.version.base();
        bool is_in_front = cut <= Cut{release, Cut::Kind::before};
        return Cut{std::move(release),
                   is_in_front ? Cut::Kind::before_all : Cut::Kind::after_posts};
    });
}

// --- comparisons --------------------------------------------------------------------------------

MarkerRef MarkerAtoms::comparison(const Marker::Comparison& written) {
    Marker::Comparison plain = written;
    if (plain.sides == Marker::Sides::two_literals) {
        auto variable = marker_variable_named(plain.right);
        if (!variable) {
            return ref_never;
        }
        plain.variable = *variable;
        plain.right.clear();
    }
    plain.sides = Marker::Sides::variable_and_literal;
    std::string key = marker_comparison_text(plain);
    if (auto found = known_.find(key); found != known_.end()) {
        return found->second;
    }
    MarkerRef result = ref_never;
    switch (plain.variable) {
    case MarkerVariable::python_version:
        result = short_python_comparison(plain);
        break;
    case MarkerVariable::python_full_version:
        result = python_comparison(plain);
        break;
    case MarkerVariable::platform_release:
    case MarkerVariable::implementation_version:
        result = release_comparison(plain);
        break;
    case MarkerVariable::extras:
    case MarkerVariable::dependency_groups:
        result = set_comparison(plain);
        break;
    default:
        result = text_comparison(plain);
        break;
    }
    known_.emplace(std::move(key), result);
    return result;
}

/// Comparisons of plain strings; `extra` has one question a name.
MarkerRef MarkerAtoms::text_comparison(const Marker::Comparison& comparison) {
    switch (comparison.op) {
    case less:
    case greater:
        return ref_never;
    case in:
    case not_in:
        return part_comparison(comparison);
    default:
        break;
    }
    MarkerRef negation = comparison.op == not_equal ? 1 : 0;
    if (comparison.variable == MarkerVariable::extra) {
        return holds({.variable = MarkerVariable::extra, .literal = comparison.literal}) ^ negation;
    }
    return texts(comparison.variable, {diagram_.text_id(comparison.literal)}, true) ^ negation;
}

/// "in" and "not in": what has parts is the literal, or the variable when reversed.
MarkerRef MarkerAtoms::part_comparison(const Marker::Comparison& comparison) {
    MarkerRef negation = comparison.op == not_in ? 1 : 0;
    if (comparison.reversed && comparison.literal.empty()) {
        return ref_always ^ negation;
    }
    bool is_listed = !comparison.reversed && comparison.variable != MarkerVariable::extra &&
                     comparison.literal.size() <= literal_bytes_max;
    if (!is_listed) {
        return holds(with_operator(comparison, in)) ^ negation;
    }
    std::vector<uint32_t> ids;
    for (std::string_view part : parts_of(comparison.literal)) {
        ids.push_back(diagram_.text_id(part));
    }
    return texts(comparison.variable, std::move(ids), true) ^ negation;
}

/// platform_release and implementation_version: compared as versions where both sides are some, as
/// strings otherwise, so that what is no version is in no set and in no complement of one.
MarkerRef MarkerAtoms::release_comparison(const Marker::Comparison& comparison) {
    if (comparison.op == in || comparison.op == not_in) {
        return part_comparison(comparison);
    }
    if (comparison.reversed) {
        return holds(comparison); // what stands right must be a specifier's version: no plain set
    }
    auto specifier = specifier_of(comparison.op, comparison.literal);
    if (!specifier) {
        return text_comparison(comparison);
    }
    if (comparison.op == arbitrary_equal) {
        return holds(comparison);
    }
    return versions(comparison.variable, specifier->set());
}

MarkerRef MarkerAtoms::python_comparison(const Marker::Comparison& comparison) {
    if (comparison.op == in || comparison.op == not_in) {
        MarkerRef negation = comparison.op == not_in ? 1 : 0;
        if (comparison.reversed || comparison.literal.size() > literal_bytes_max) {
            return part_comparison(comparison);
        }
        VersionSet set;
        for (std::string_view part : parts_of(comparison.literal)) {
            auto version = Version::parse(part);
            if (version && version->str() == part && version->release().size() == 3) {
                set = set.unite(specifier_set(equal, part));
            }
        }
        return pythons(set) ^ negation;
    }
    if (comparison.op == arbitrary_equal || (comparison.reversed && comparison.op == compatible)) {
        return holds(comparison);
    }
    if (comparison.reversed) {
        auto literal = Version::parse(comparison.literal);
        return literal ? pythons(reversed_set(comparison.op, *literal)) : ref_never;
    }
    auto specifier = specifier_of(comparison.op, comparison.literal);
    if (!specifier) {
        // As strings: a Python's version never equals what is no version.
        return comparison.op == not_equal ? ref_always : ref_never;
    }
    return pythons(specifier->set());
}

MarkerRef MarkerAtoms::short_python_comparison(const Marker::Comparison& comparison) {
    bool is_order = comparison.op != in && comparison.op != not_in &&
                    comparison.op != arbitrary_equal && !comparison.reversed;
    if (is_order) {
        auto specifier = specifier_of(comparison.op, comparison.literal);
        if (specifier) {
            return pythons(from_short_pythons(specifier->set()));
        }
    }
    bool is_set = comparison.reversed && comparison.op != in && comparison.op != not_in &&
                  comparison.op != arbitrary_equal && comparison.op != compatible;
    auto literal = Version::parse(comparison.literal);
    if (is_set && literal) {
        return pythons(from_short_pythons(reversed_set(comparison.op, *literal)));
    }
    // A negation is computed as such, so that it holds for Pythons beyond all bounds too.
    Marker::Comparison asked = comparison;
    bool is_negated =
        comparison.op == not_in || (comparison.op == not_equal && literal.has_value());
    if (is_negated) {
        asked.op = comparison.op == not_in ? in : equal;
    }
    return pythons(pythons_where([&](std::string_view python) {
               auto holds = compare_marker_value(asked, python);
               return holds && *holds;
           })) ^
           (is_negated ? 1u : 0u);
}

MarkerRef MarkerAtoms::set_comparison(const Marker::Comparison& comparison) {
    if (!comparison.reversed) {
        return ref_never;
    }
    switch (comparison.op) {
    case in:
        return holds(comparison);
    case not_in:
        return holds(with_operator(comparison, in)) ^ 1u;
    case not_equal:
        return ref_always;
    default:
        return ref_never;
    }
}

} // namespace pawl::pep
