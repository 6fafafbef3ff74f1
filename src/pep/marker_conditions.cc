#include "pep/marker_conditions.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "pep/specifier.h"

namespace pawl::pep {

namespace {

using enum Marker::Operator;

Marker comparison(MarkerVariable variable, Marker::Operator op, std::string literal,
                  bool reversed = false) {
    return Marker::of(Marker::Comparison{
        .variable = variable, .op = op, .literal = std::move(literal), .reversed = reversed});
}

// --- texts --------------------------------------------------------------------------------------

/// A group of texts that one comparison covers.
struct TextCover {
    std::string literal;
    bool is_parts = false; // all parts of the literal but those that are missing
    std::vector<std::string> missing = {};
};

/// Whether "==" with this text compares versions, so that it does not mean this very text.
bool is_compared_as_version(MarkerVariable subject, const std::string& text) {
    return is_version_variable(subject) && Specifier::parse("==" + text).has_value();
}

/// The longest text first: if all its parts are there, "in" says all of them at once.
std::vector<TextCover> cover_texts(MarkerVariable subject, std::vector<std::string> texts) {
    size_t parts_min = is_version_variable(subject) ? 2 : 3;
    std::ranges::sort(texts, [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() > b.size() : a < b;
    });
    std::set<std::string, std::less<>> all(texts.begin(), texts.end());
    std::set<std::string, std::less<>> covered;
    std::vector<TextCover> covers;
    for (const std::string& text : texts) {
        if (covered.contains(text)) {
            continue;
        }
        TextCover cover{text};
        auto parts = parts_of(text);
        for (std::string_view part : parts) {
            if (!all.contains(part)) {
                cover.missing.emplace_back(part);
            }
        }
        cover.is_parts = parts.size() >= parts_min && cover.missing.size() * 4 < parts.size();
        if (cover.is_parts) {
            covered.insert(parts.begin(), parts.end());
        } else {
            cover.missing.clear();
        }
        covers.push_back(std::move(cover));
    }
    std::ranges::sort(covers, {}, &TextCover::literal);
    return covers;
}

} // namespace

namespace {

/// "Is one of the cover's texts", or the opposite.
Marker cover_marker(MarkerVariable subject, TextCover cover, bool is_wanted) {
    std::vector<Marker> parts;
    if (cover.is_parts) {
        parts.push_back(comparison(subject, is_wanted ? in : not_in, std::move(cover.literal)));
        for (std::string& missing : cover.missing) {
            parts.push_back(
                cover_marker(subject, TextCover{.literal = std::move(missing)}, !is_wanted));
        }
    } else if (is_compared_as_version(subject, cover.literal)) {
        // Each a part of the other: the same text.
        parts.push_back(comparison(subject, is_wanted ? in : not_in, cover.literal));
        parts.push_back(comparison(subject, is_wanted ? in : not_in, cover.literal, true));
    } else {
        return comparison(subject, is_wanted ? equal : not_equal, std::move(cover.literal));
    }
    return Marker::of(is_wanted ? Marker::Kind::all_of : Marker::Kind::any_of, std::move(parts));
}

} // namespace

Marker texts_marker(MarkerVariable subject, std::vector<std::string> texts) {
    std::vector<Marker> alternatives;
    for (TextCover& cover : cover_texts(subject, std::move(texts))) {
        alternatives.push_back(cover_marker(subject, std::move(cover), true));
    }
    return Marker::of(Marker::Kind::any_of, std::move(alternatives));
}

Marker other_texts_marker(MarkerVariable subject, std::vector<std::string> texts) {
    std::vector<Marker> conditions;
    for (TextCover& cover : cover_texts(subject, std::move(texts))) {
        conditions.push_back(cover_marker(subject, std::move(cover), false));
    }
    return Marker::of(Marker::Kind::all_of, std::move(conditions));
}

// --- versions -----------------------------------------------------------------------------------

namespace {

/// The version without needless zeros, so that the text does not hang on how it was first written.
std::string short_release(const Version& version) {
    auto release = version.release();
    size_t count = release.size();
    while (count > 1 && release[count - 1] == 0) {
        --count;
    }
    std::string text = version.epoch() != 0 ? std::to_string(version.epoch()) + "!" : "";
    for (size_t i = 0; i < count; ++i) {
        text += (i == 0 ? "" : ".") + std::to_string(release[i]);
    }
    return text;
}

/// A prerelease keeps three numbers, as Python writes its own: "3.15.0rc1".
std::string short_text(const Version& version) {
    std::string base = version.base().str();
    bool is_pre = version.is_prerelease() && version.release().size() <= 3;
    std::string release = short_release(version);
    for (auto dots = std::ranges::count(release, '.'); is_pre && dots < 2; ++dots) {
        release += ".0";
    }
    return release + version.str().substr(base.size());
}

class PlacesWriter {
  public:
    PlacesWriter(MarkerDiagram& diagram, MarkerAtoms& atoms, const PlacesCondition& condition)
        : diagram_(diagram), atoms_(atoms), condition_(condition), subject_(condition.subject) {}

    std::optional<Marker> write();

  private:
    static constexpr uint32_t no_cut = UINT32_MAX;
    struct Interval {
        uint32_t begin = no_cut; // none: from the first version
        uint32_t end = no_cut;
    };

    bool is_python() const { return subject_ == MarkerVariable::python_full_version; }
    MarkerRef ref_of(Interval interval);
    std::optional<Marker> pick(const std::vector<Marker>& candidates, MarkerRef wanted);
    std::vector<Marker> bound_candidates(const Version& version, bool is_begin) const;
    std::optional<Marker> bound_marker(uint32_t cut, bool is_begin);
    std::optional<std::vector<Interval>> intervals() const;
    std::optional<Marker> point_marker(Interval interval, bool is_hole);
    std::optional<Marker> chain_marker(const std::vector<Interval>& chain);

    MarkerDiagram& diagram_;
    MarkerAtoms& atoms_;
    const PlacesCondition& condition_;
    MarkerVariable subject_;
};

MarkerRef PlacesWriter::ref_of(Interval interval) {
    auto cut_of = [&](uint32_t cut) {
        return cut == no_cut ? std::nullopt : std::optional(diagram_.cut(cut));
    };
    VersionSet set = VersionSet::between(cut_of(interval.begin), cut_of(interval.end));
    return is_python() ? atoms_.pythons(set) : atoms_.versions(subject_, set);
}

std::optional<Marker> PlacesWriter::pick(const std::vector<Marker>& candidates, MarkerRef wanted) {
    for (const Marker& candidate : candidates) {
        if (atoms_.comparison(candidate.comparison()) == wanted) {
            return candidate;
        }
    }
    return std::nullopt;
}

std::vector<Marker> PlacesWriter::bound_candidates(const Version& version, bool is_begin) const {
    std::string text = short_text(version);
    std::string release = short_release(version);
    std::vector<Marker> candidates;
    if (is_python()) {
        candidates.push_back(
            comparison(MarkerVariable::python_version, is_begin ? greater_equal : less, release));
    }
    if (is_begin) {
        candidates.push_back(comparison(subject_, greater_equal, text));
        candidates.push_back(comparison(subject_, greater, text));
        candidates.push_back(comparison(subject_, greater_equal, release + ".dev0"));
    } else {
        candidates.push_back(comparison(subject_, less, text));
        candidates.push_back(comparison(subject_, less_equal, text));
        candidates.push_back(comparison(subject_, less, release));
        if (is_python()) {
            candidates.push_back(comparison(subject_, greater, text, true));
        }
    }
    return candidates;
}

std::optional<Marker> PlacesWriter::bound_marker(uint32_t cut, bool is_begin) {
    const Version version = diagram_.cut(cut).version;
    MarkerRef wanted = is_begin ? ref_of({cut, no_cut}) : ref_of({no_cut, cut});
    if (auto found = pick(bound_candidates(version, is_begin), wanted)) {
        return found;
    }
    Marker bound = comparison(subject_, is_begin ? greater_equal : less_equal, short_text(version));
    Marker other = comparison(subject_, not_equal, short_text(version));
    if (diagram_.both(atoms_.comparison(bound.comparison()),
                      atoms_.comparison(other.comparison())) == wanted) {
        return Marker::of(Marker::Kind::all_of, {std::move(bound), std::move(other)});
    }
    return condition_.is_approximate ? std::optional(std::move(bound)) : std::nullopt;
}

/// An interval that is one version or all of a series; for a hole the comparison that leaves it
/// out.
std::optional<Marker> PlacesWriter::point_marker(Interval interval, bool is_hole) {
    if (interval.begin == no_cut || interval.end == no_cut) {
        return std::nullopt;
    }
    const Version& version = diagram_.cut(interval.begin).version;
    std::string release = short_release(version);
    std::vector<Marker> candidates;
    auto add = [&](MarkerVariable variable, const std::string& literal) {
        candidates.push_back(comparison(variable, equal, literal));
    };
    if (is_python()) {
        add(MarkerVariable::python_version, release);
        add(MarkerVariable::python_version, release + ".0");
        add(MarkerVariable::python_version, release + ".*");
    }
    add(subject_, short_text(version));
    for (const char* series : {".*", ".0.*", ".0.0.*"}) {
        add(subject_, release + series);
    }
    auto found = pick(candidates, ref_of(interval));
    if (!found || !is_hole) {
        return found;
    }
    Marker::Comparison negated = found->comparison();
    negated.op = not_equal;
    return Marker::of(negated);
}

/// Intervals that lie apart by one version or series each: bounds and what is left out.
std::optional<Marker> PlacesWriter::chain_marker(const std::vector<Interval>& chain) {
    if (chain.size() == 1) {
        if (auto point = point_marker(chain[0], false)) {
            return point;
        }
    }
    std::vector<Marker> conditions;
    auto add = [&](std::optional<Marker> condition) {
        if (condition) {
            conditions.push_back(std::move(*condition));
        }
        return condition.has_value();
    };
    bool is_whole = true;
    if (chain.front().begin != no_cut) {
        is_whole = add(bound_marker(chain.front().begin, true));
    }
    for (size_t i = 1; i < chain.size(); ++i) {
        is_whole = add(point_marker({chain[i - 1].end, chain[i].begin}, true)) && is_whole;
    }
    if (chain.back().end != no_cut) {
        is_whole = add(bound_marker(chain.back().end, false)) && is_whole;
    }
    if (conditions.empty()) {
        conditions.push_back(comparison(subject_, greater_equal, "0.dev0")); // any version
    }
    return is_whole ? std::optional(Marker::of(Marker::Kind::all_of, std::move(conditions)))
                    : std::nullopt;
}

/// Nothing when what is no version is admitted.
std::optional<std::vector<PlacesWriter::Interval>> PlacesWriter::intervals() const {
    const std::vector<uint32_t>& cuts = condition_.cuts;
    const std::vector<unsigned char>& places = condition_.places;
    std::vector<Interval> found;
    constexpr auto cut_end = static_cast<uint32_t>(CutId::cut_end);
    for (size_t i = 0; i < places.size(); ++i) {
        bool is_behind_versions = i > 0 && cuts[i - 1] == cut_end;
        if (places[i] == 0) {
            continue;
        }
        bool is_last = i == cuts.size();
        if (is_last && !is_python() && !condition_.is_approximate) {
            return std::nullopt;
        }
        if (is_behind_versions) {
            continue;
        }
        if (i == 0 || places[i - 1] == 0) {
            found.push_back({i == 0 ? no_cut : cuts[i - 1], no_cut});
        }
        found.back().end = is_last || cuts[i] == cut_end ? no_cut : cuts[i];
    }
    return found;
}

std::optional<Marker> PlacesWriter::write() {
    auto found = this->intervals();
    if (!found) {
        return std::nullopt;
    }
    if (found->empty()) { // only what is no version, approximately
        return comparison(subject_, less, "0.dev0");
    }
    const std::vector<Interval>& intervals = *found;
    std::vector<Marker> alternatives;
    std::vector<Interval> chain;
    for (size_t i = 0; i < intervals.size(); ++i) {
        chain.push_back(intervals[i]);
        bool goes_on = i + 1 < intervals.size() &&
                       point_marker({intervals[i].end, intervals[i + 1].begin}, true).has_value();
        if (!goes_on) {
            auto written = chain_marker(chain);
            if (!written) {
                return std::nullopt;
            }
            alternatives.push_back(std::move(*written));
            chain.clear();
        }
    }
    check(!alternatives.empty());
    return Marker::of(Marker::Kind::any_of, std::move(alternatives));
}

} // namespace

std::optional<Marker> places_marker(MarkerDiagram& diagram, MarkerAtoms& atoms,
                                    const PlacesCondition& condition) {
    return PlacesWriter(diagram, atoms, condition).write();
}

} // namespace pawl::pep
