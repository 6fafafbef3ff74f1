#include "exchange/poetry_constraint.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/text.h"

namespace pawl::exchange {

using pep::Cut;
using pep::Specifiers;
using pep::Version;
using pep::VersionSet;

namespace {

/// How many holes between alternatives are written out as "!=3.1.*".
constexpr uint64_t holes_max = 32;

/// The version with the number at `place` one higher and nothing behind it: 1.2.3 at 1 is 1.3.
std::string raised(const Version& version, size_t place) {
    std::vector<uint64_t> release(version.release().begin(), version.release().end());
    release.resize(place + 1, 0);
    ++release[place];
    return Version::of(release, version.epoch()).str();
}

/// "^1.2.3" goes to the next number that is not zero: 2, and "^0.2.3" to 0.3.
size_t caret_place(const Version& version) {
    auto release = version.release();
    for (size_t i = 0; i < release.size() && i < 3; ++i) {
        if (release[i] > 0) {
            return i;
        }
    }
    return std::min<size_t>(release.size(), 3) - 1;
}

/// One condition in PEP 440's words; "" for any version.
Result<std::string> specifier_of(std::string_view text) {
    if (text == "*" || text == "x" || text == "X" || text == "*.*") {
        return std::string();
    }
    auto up_to = [](const Version& version, size_t place) {
        return ">=" + version.str() + ",<" + raised(version, place);
    };
    if (text.starts_with('^')) {
        Version version = TRY(Version::parse(text.substr(1)));
        return up_to(version, caret_place(version));
    }
    if (text.starts_with('~') && !text.starts_with("~=")) {
        Version version = TRY(Version::parse(text.substr(1)));
        return up_to(version, version.release().size() < 2 ? 0 : 1);
    }
    if (text.starts_with("~=")) {
        Version version = TRY(Version::parse(text.substr(2)));
        return version.release().size() < 2 ? up_to(version, 0) : std::string(text);
    }
    if (text.starts_with("<>")) {
        return "!=" + std::string(text.substr(2));
    }
    if (text.starts_with('=') && !text.starts_with("==")) {
        return "=" + std::string(text);
    }
    if (!text.empty() && (is_digit(text[0]) || to_lower(text[0]) == 'v')) {
        return "==" + std::string(text);
    }
    return std::string(text);
}

/// Conditions stand apart by commas or blanks; a blank behind an operator does not count.
Result<Specifiers> conditions_of(std::string_view text) {
    std::string all;
    std::string one;
    auto finish = [&]() -> Result<> {
        if (!one.empty()) {
            std::string specifier = TRY(specifier_of(one));
            all += (all.empty() || specifier.empty() ? "" : ",") + specifier;
            one.clear();
        }
        return {};
    };
    for (char c : text) {
        bool behind_operator =
            !one.empty() && std::string_view("^~=<>!").find(one.back()) != std::string_view::npos;
        if (c == ',' || (is_space(c) && !behind_operator)) {
            TRY(finish());
        } else if (!is_space(c)) {
            one += c;
        }
    }
    TRY(finish());
    return Specifiers::parse(all);
}

VersionSet set_of(const PoetryConstraint& constraint) {
    VersionSet set = VersionSet::none();
    for (const Specifiers& one : constraint.either) {
        set = set.unite(one.set());
    }
    return set;
}

/// ">=3.0" or "<3.0" for an end of an interval; "" where a specifier cannot stop.
std::string end_text(const Cut& cut, bool is_begin) {
    switch (cut.kind) {
    case Cut::Kind::before_all:
    case Cut::Kind::before:
        return (is_begin ? ">=" : "<") + cut.version.str();
    case Cut::Kind::after:
    case Cut::Kind::after_locals:
    case Cut::Kind::after_posts:
        return (is_begin ? ">" : "<=") + cut.version.str();
    }
    return {};
}

/// The minor versions from one end to the next begin as "!=3.0.*,!=3.1.*"; nothing when the gap is
/// not made of whole ones.
std::optional<std::string> hole_text(const Cut& from, const Cut& to) {
    auto is_minor = [](const Cut& cut) {
        auto release = cut.version.release();
        bool is_whole = std::all_of(release.begin() + std::min<ptrdiff_t>(2, std::ssize(release)),
                                    release.end(), [](uint64_t number) { return number == 0; });
        bool is_before = cut.kind == Cut::Kind::before_all || cut.kind == Cut::Kind::before;
        return is_before && is_whole && cut.version.epoch() == 0 && !cut.version.post() &&
               !cut.version.pre();
    };
    auto number = [](const Cut& cut, size_t place) {
        return place < cut.version.release().size() ? cut.version.release()[place] : 0;
    };
    if (!is_minor(from) || !is_minor(to) || number(from, 0) != number(to, 0) ||
        number(to, 1) - number(from, 1) > holes_max) {
        return std::nullopt;
    }
    std::string text;
    for (uint64_t minor = number(from, 1); minor < number(to, 1); ++minor) {
        text += ",!=" + std::to_string(number(from, 0)) + "." + std::to_string(minor) + ".*";
    }
    return text;
}

struct AsList {
    Specifiers specifiers;
    bool is_exact = true;
};

AsList list_of(const PoetryConstraint& constraint) {
    if (constraint.either.size() == 1) {
        return {constraint.either[0], true};
    }
    std::vector<VersionSet::Interval> intervals = set_of(constraint).intervals();
    AsList list;
    std::string text;
    if (!intervals.empty()) {
        if (intervals.front().begin) {
            text += end_text(*intervals.front().begin, true);
        }
        if (intervals.back().end) {
            text += "," + end_text(*intervals.back().end, false);
        }
    }
    for (size_t i = 1; i < intervals.size(); ++i) {
        std::optional<std::string> hole;
        if (intervals[i - 1].end && intervals[i].begin) {
            hole = hole_text(*intervals[i - 1].end, *intervals[i].begin);
        }
        list.is_exact = list.is_exact && hole;
        text += hole.value_or("");
    }
    if (Result<Specifiers> parsed = Specifiers::parse(text)) {
        list.specifiers = std::move(*parsed);
    } else {
        list.is_exact = false;
    }
    return list;
}

} // namespace

Result<PoetryConstraint> PoetryConstraint::parse(std::string_view text) {
    PoetryConstraint constraint;
    for (std::string_view alternative : split(text, '|')) {
        if (trim(alternative).empty() && text.find('|') != text.npos) {
            continue; // between the two bars
        }
        Result<Specifiers> specifiers = conditions_of(trim(alternative));
        if (!specifiers) {
            return fail(Error::Kind::input,
                        "\"" + printable(text) + "\" is no constraint that poetry knows");
        }
        constraint.either.push_back(std::move(*specifiers));
    }
    if (constraint.either.empty()) {
        constraint.either.emplace_back();
    }
    return constraint;
}

Specifiers PoetryConstraint::specifiers() const {
    return list_of(*this).specifiers;
}

bool PoetryConstraint::is_exact() const {
    return list_of(*this).is_exact;
}

} // namespace pawl::exchange
