#include "resolve/explain_words.h"

#include "base/text.h"

namespace pawl::resolve {

using pep::MarkerId;

namespace {

std::string join_with(const std::vector<std::string>& parts, std::string_view last) {
    std::string text;
    for (size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) {
            text += i + 1 == parts.size() ? " " + std::string(last) + " " : ", ";
        }
        text += parts[i];
    }
    return text;
}

/// Whether the words for some releases ask for a verb in the singular.
bool is_one(const std::string& who) {
    return who.compare(0, 6, "every ") == 0 ||
           (who.find(' ') != std::string::npos && who.find_first_of("<>,") == std::string::npos &&
            who.find(" or ") == std::string::npos);
}

/// "has no files" of one release, "have no files" of several.
std::string agreeing(std::string predicate, bool one) {
    if (!one && predicate.starts_with("has ")) {
        predicate.replace(0, 3, "have");
    } else if (!one && predicate.starts_with("was ")) {
        predicate.replace(0, 3, "were");
    }
    return predicate;
}

} // namespace

/// Releases from `begin` up to, not including, `end`.
std::string Words::interval(const Domain& domain, const std::string& name, uint32_t begin,
                            uint32_t end) {
    auto version = [&domain](uint32_t i) { return domain.slots[i].release->version.str(); };
    if (end == begin + 1) {
        return name + " " + version(begin);
    }
    if (begin == 0) {
        return name + "<=" + version(end - 1);
    }
    if (end == domain.size()) {
        return name + ">=" + version(begin);
    }
    return name + ">=" + version(begin) + ", <=" + version(end - 1);
}

std::string Words::releases(NodeId node, const VersionBits& set) {
    constexpr size_t intervals_max = 4;
    std::string name = printable(catalog_.text(node));
    if (node == NodeId::root) {
        return name;
    }
    const Domain& its = domain(node);
    if (set.is_empty()) {
        return "no version of " + name;
    }
    // What cannot be chosen anyway does not break a run.
    VersionBits counted = set;
    counted &= its.usable;
    bool strict = counted.is_empty();
    auto breaks = [&](uint32_t i) { return strict || its.usable.has(i); };
    std::vector<std::string> parts;
    const VersionBits& from = strict ? set : counted;
    for (uint32_t begin = from.lowest(); begin < set.size();) {
        uint32_t end = begin + 1;
        uint32_t last = begin;
        while (end < set.size() && (from.has(end) || !breaks(end))) {
            last = from.has(end) ? end : last;
            ++end;
        }
        parts.push_back(interval(its, name, begin, last + 1));
        begin = end < set.size() ? from.next(end) : end;
    }
    VersionBits left = its.usable;
    left -= set;
    if (left.is_empty() && !strict && parts.size() == 1 && set.count() > 1) {
        return "every version of " + name;
    }
    if (parts.size() > intervals_max) {
        size_t more = parts.size() - intervals_max + 1;
        parts.resize(intervals_max - 1);
        parts.push_back(std::to_string(more) + " more ranges of versions");
    }
    return join_with(parts, "or");
}

std::string Words::available(const Domain& domain) {
    constexpr uint32_t shown_max = 6;
    std::vector<std::string> parts;
    uint32_t size = domain.size();
    for (uint32_t i = 0; i < size; ++i) {
        if (size > shown_max && i == shown_max / 2) {
            parts.emplace_back("…");
            i = size - shown_max / 2;
        }
        parts.push_back(domain.slots[i].release->version.str());
    }
    return join(parts, ", ");
}

/// " where sys_platform == 'linux'", if that says anything in the problem's region.
std::string Words::where_suffix(MarkerId where) {
    pep::MarkerSpace& space = catalog_.space();
    MarkerId marker = space.simplify(where, solver_.region());
    if (marker == MarkerId::always || marker == MarkerId::never) {
        return "";
    }
    return " where " + printable(space.text(marker));
}

std::string Words::requirement(const PreparedEdge& edge) {
    std::string text = printable(edge.dependency->text);
    if (text.empty()) {
        text = edge.dependency->name.str();
    }
    if (edge.origin != nullptr && !edge.origin->empty()) {
        text += " (" + printable(*edge.origin) + ")";
    }
    return text;
}

std::string Words::needs(const std::string& who, const PreparedEdge& edge) {
    const Domain& its = domain(edge.target);
    std::string text = who + requirement(edge);
    if (!its.unavailable.empty() && its.size() == 0) {
        text += ", but " + catalog_.name(its.project).str() + " " + printable(its.unavailable);
    } else if (its.size() == 0) {
        text += ", but there is no release of " + catalog_.name(its.project).str();
    } else if (its.is_pinned() && catalog_.convert(*edge.dependency, its).is_empty()) {
        text += ", but " + catalog_.name(its.project).str() + " comes from " +
                printable(join(its.sources, " and ")) + ", which has " + available(its);
    } else if (catalog_.convert(*edge.dependency, its).is_empty()) {
        text += ", but the versions there are: " + available(its);
    }
    return text;
}

std::string Words::dependency(const Incompatibility& incompatibility) {
    const Term& dependant = incompatibility.terms.front();
    const PreparedEdge& edge = *incompatibility.edge;
    if (dependant.node == NodeId::root) {
        return needs("you require ", edge);
    }
    std::string who = releases(dependant.node, dependant.set);
    return needs(who + (is_one(who) ? " depends on " : " depend on "), edge);
}

const Release& Words::example(const Term& term) {
    return *domain(term.node).slots[term.set.highest()].release;
}

/// Of the newest of the term's releases; nullptr when it cannot be had.
const PreparedRelease* Words::prepared_example(const Term& term) {
    auto prepared = catalog_.prepare(solver_.domain_of(term.node), term.set.highest(), term.node);
    return prepared ? *prepared : nullptr;
}

bool Words::is_foreign(const Incompatibility& incompatibility) {
    const PreparedRelease* prepared = prepared_example(incompatibility.terms.front());
    return prepared != nullptr && prepared->is_foreign;
}

std::string Words::unusable(const Incompatibility& incompatibility) {
    const Term& term = incompatibility.terms.front();
    std::string who = releases(term.node, term.set);
    switch (incompatibility.reason) {
    case Reason::listed:
        return who + " " + agreeing(printable(example(term).unusable), is_one(who));
    case Reason::prerelease:
        return who + (is_one(who) ? " is a prerelease" : " are prereleases") + ", not allowed here";
    case Reason::yanked:
        return who + (is_one(who) ? " was yanked" : " were yanked");
    case Reason::metadata: {
        const PreparedRelease* prepared = prepared_example(term);
        std::string why = prepared != nullptr ? printable(prepared->unavailable) : std::string();
        return "the metadata of " + who + " cannot be used: " + why;
    }
    case Reason::foreign_source:
        return who + " depends on a direct reference (URL or path), which only your own "
                     "requirements may make";
    case Reason::none:
        break;
    }
    return who + " cannot be used";
}

std::string Words::derived(const Incompatibility& incompatibility) {
    std::vector<std::string> present;
    std::vector<std::string> wanted;
    bool has_root = incompatibility.terms.empty();
    for (const Term& term : incompatibility.terms) {
        if (term.node == NodeId::root) {
            has_root = true;
        } else if (term.positive) {
            present.push_back(releases(term.node, term.set));
        } else {
            wanted.push_back(releases(term.node, term.set));
        }
    }
    if (present.empty() && wanted.empty()) {
        return "your requirements cannot be met";
    }
    if (wanted.empty()) {
        if (present.size() == 1) {
            return present.front() + " cannot be used";
        }
        return join_with(present, "and") + " exclude each other";
    }
    if (present.empty()) {
        return std::string(has_root ? "your requirements need " : "there must be ") +
               join_with(wanted, "or");
    }
    return join_with(present, "and") + (present.size() == 1 ? " needs " : " together need ") +
           join_with(wanted, "or");
}

std::string Words::sentence(const Incompatibility& incompatibility) {
    std::string suffix = where_suffix(incompatibility.where);
    switch (incompatibility.cause) {
    case Cause::root:
        return "the root is needed";
    case Cause::dependency:
        // The text of a requirement ends with its own marker.
        return dependency(incompatibility);
    case Cause::extra:
        return printable(catalog_.text(incompatibility.terms.front().node)) +
               " is the same release as " +
               printable(catalog_.text(incompatibility.terms.back().node));
    case Cause::derived:
        return derived(incompatibility) + suffix;
    case Cause::unusable:
        return unusable(incompatibility);
    case Cause::requires_python: {
        const Term& term = incompatibility.terms.front();
        std::string python = printable(example(term).requires_python);
        std::string who = releases(term.node, term.set);
        return who + (is_one(who) ? " requires Python " : " require Python ") +
               (python.empty() ? "newer than that" : python);
    }
    case Cause::no_file: {
        const Term& term = incompatibility.terms.front();
        std::string who = releases(term.node, term.set);
        return who + (is_one(who) ? " has" : " have") +
               " no wheel that fits and nothing to build from" + suffix;
    }
    case Cause::constraint:
        return "the constraint " + requirement(*incompatibility.edge) + " rules out " +
               releases(incompatibility.terms.front().node, incompatibility.terms.front().set);
    }
    return "";
}

} // namespace pawl::resolve
