#include "pep/specifier.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace pawl::pep {

namespace {

using Operator = Specifier::Operator;

// Longer ones first; the same order as the enumerators would not find "===".
struct Spelling {
    std::string_view text;
    Operator op;
};
constexpr std::array<Spelling, 8> spellings = {{
    {"===", Operator::arbitrary_equal},
    {"~=", Operator::compatible},
    {"==", Operator::equal},
    {"!=", Operator::not_equal},
    {"<=", Operator::less_equal},
    {">=", Operator::greater_equal},
    {"<", Operator::less},
    {">", Operator::greater},
}};

const Spelling* spelling_at(std::string_view text) {
    auto found = std::ranges::find_if(
        spellings, [&](const Spelling& spelling) { return text.starts_with(spelling.text); });
    return found == spellings.end() ? nullptr : &*found;
}

std::string_view spelling_of(Operator op) {
    return std::ranges::find(spellings, op, &Spelling::op)->text;
}

bool has_only_release(const Version& version) {
    return !version.pre() && !version.post() && !version.dev() && version.local().empty();
}

/// Before the first version that no longer begins with these release numbers.
Cut behind_prefix(const Version& version, size_t count) {
    std::span<const uint64_t> release = version.release().first(count);
    std::vector<uint64_t> next(release.begin(), release.end());
    next.back() += 1; // Version::number_max leaves room
    return Cut{Version::of(next, version.epoch()), Cut::Kind::before_all};
}

VersionSet wildcard_set(const Version& version) {
    return VersionSet::between(Cut{version, Cut::Kind::before_all},
                               behind_prefix(version, version.release().size()));
}

VersionSet equal_set(const Version& version) {
    // "==1.0" takes 1.0+local too; "==1.0+x" only itself.
    bool has_local = !version.local().empty();
    return VersionSet::between(
        Cut{version, Cut::Kind::before},
        Cut{version, has_local ? Cut::Kind::after : Cut::Kind::after_locals});
}

VersionSet less_set(const Version& version) {
    // "<1.0" excludes 1.0's own prereleases, unless it names one.
    if (version.is_prerelease()) {
        return VersionSet::between({}, Cut{version, Cut::Kind::before});
    }
    if (!version.post()) {
        return VersionSet::between({}, Cut{version, Cut::Kind::before_all});
    }
    return VersionSet::between({}, Cut{version.with_dev(0), Cut::Kind::before});
}

VersionSet greater_set(const Version& version) {
    // ">1.0" excludes 1.0's posts and locals; ">1.0.post1" takes 1.0.post2.
    bool is_last = version.post() || version.dev();
    return VersionSet::between(
        Cut{version, is_last ? Cut::Kind::after_locals : Cut::Kind::after_posts}, {});
}

VersionSet compatible_set(const Version& version) {
    return VersionSet::between(Cut{version, Cut::Kind::before},
                               behind_prefix(version, version.release().size() - 1));
}

VersionSet set_of(Operator op, bool wildcard, const Version& version) {
    switch (op) {
    case Operator::compatible:
        return compatible_set(version);
    case Operator::equal:
        return wildcard ? wildcard_set(version) : equal_set(version);
    case Operator::not_equal:
        return (wildcard ? wildcard_set(version) : equal_set(version)).complement();
    case Operator::less_equal:
        return VersionSet::between({}, Cut{version, Cut::Kind::after_locals});
    case Operator::greater_equal:
        return VersionSet::between(Cut{version, Cut::Kind::before}, {});
    case Operator::less:
        return less_set(version);
    case Operator::greater:
        return greater_set(version);
    case Operator::arbitrary_equal:
        return VersionSet::singleton(version);
    }
    return {};
}

/// Why the operator cannot stand before this version; "" when it can.
std::string_view misfit(Operator op, bool wildcard, const Version& version) {
    bool is_equality = op == Operator::equal || op == Operator::not_equal;
    if (wildcard && !is_equality) {
        return "\".*\" can only be used with \"==\" and \"!=\"";
    }
    if (wildcard && !has_only_release(version)) {
        return "\".*\" cannot follow a prerelease, post, dev or local part";
    }
    if (!version.local().empty() && !is_equality) {
        return "a local part (+…) can only be used with \"==\" and \"!=\"";
    }
    if (op == Operator::compatible && version.release().size() < 2) {
        return "\"~=\" needs at least two release numbers, such as \"~=1.0\"";
    }
    return {};
}

tl::unexpected<Error> wrong(std::string_view text, std::string_view why) {
    return fail(Error::Kind::input,
                "\"" + printable(text) + "\" is not a version specifier: " + std::string(why));
}

} // namespace

Result<Specifier> Specifier::parse(std::string_view text) {
    std::string_view trimmed = trim(text);
    const Spelling* spelling = spelling_at(trimmed);
    if (spelling == nullptr) {
        return wrong(text, "it begins with none of ==, !=, <=, >=, <, >, ~=, ===");
    }
    std::string_view rest = trim(trimmed.substr(spelling->text.size()));
    Specifier specifier;
    specifier.op_ = spelling->op;
    specifier.version_text_ = std::string(rest);
    if (spelling->op == Operator::arbitrary_equal) {
        if (std::ranges::any_of(rest, [](char c) { return is_space(c) || c == ';' || c == ')'; })) {
            return wrong(text, "\"===\" takes one word");
        }
        if (Result<Version> version = Version::parse(rest)) {
            specifier.version_ = std::move(*version);
            specifier.set_ = VersionSet::singleton(*specifier.version_);
        }
        return specifier;
    }
    specifier.wildcard_ = rest.ends_with(".*");
    if (specifier.wildcard_) {
        rest.remove_suffix(2);
    }
    Result<Version> version = Version::parse(rest);
    bool has_blank = !rest.empty() && is_space(rest.back()); // "1 .*"
    if (!version || has_blank) {
        return wrong(text, version ? "there is a blank before \".*\"" : version.error().message);
    }
    std::string_view why = misfit(specifier.op_, specifier.wildcard_, *version);
    if (!why.empty()) {
        return wrong(text, why);
    }
    specifier.set_ = set_of(specifier.op_, specifier.wildcard_, *version);
    specifier.version_ = std::move(*version);
    return specifier;
}

std::string Specifier::str() const {
    return std::string(spelling_of(op_)) + version_text_;
}

bool Specifier::names_prerelease() const {
    return op_ != Operator::not_equal && version_ && version_->is_prerelease();
}

bool Specifier::operator==(const Specifier& other) const {
    if (op_ != other.op_ || wildcard_ != other.wildcard_) {
        return false;
    }
    if (op_ == Operator::arbitrary_equal || wildcard_) {
        return version_text_ == other.version_text_;
    }
    if (op_ == Operator::compatible) { // the count of numbers matters
        return version_->str() == other.version_->str();
    }
    return *version_ == *other.version_;
}

// --- lists --------------------------------------------------------------------------------------

Result<Specifiers> Specifiers::parse(std::string_view text) {
    Specifiers specifiers;
    for (std::string_view part : split(text, ',')) {
        if (trim(part).empty()) {
            continue;
        }
        Specifier clause = TRY(Specifier::parse(part));
        specifiers.set_ = specifiers.set_.intersect(clause.set());
        specifiers.has_arbitrary_ |= clause.op() == Operator::arbitrary_equal;
        specifiers.clauses_.push_back(std::move(clause));
    }
    return specifiers;
}

std::vector<Specifier> Specifiers::canonical() const {
    std::vector<Specifier> sorted = clauses_;
    std::ranges::stable_sort(sorted, {}, &Specifier::str);
    std::vector<Specifier> unique;
    for (Specifier& clause : sorted) {
        if (std::ranges::find(unique, clause) == unique.end()) {
            unique.push_back(std::move(clause));
        }
    }
    return unique;
}

std::string Specifiers::str() const {
    std::string text;
    for (const Specifier& clause : canonical()) {
        text += text.empty() ? "" : ",";
        text += clause.str();
    }
    return text;
}

bool Specifiers::names_prerelease() const {
    return std::ranges::any_of(clauses_, &Specifier::names_prerelease);
}

bool Specifiers::lets_in(const Version& version, Prereleases prereleases) const {
    return prereleases == Prereleases::yes || !version.is_prerelease() ||
           (prereleases == Prereleases::by_rule && names_prerelease());
}

bool Specifiers::holds(const Version& version, std::string_view text) const {
    if (!has_arbitrary_) {
        return set_.contains(version);
    }
    return std::ranges::all_of(clauses_, [&](const Specifier& clause) {
        return clause.op() == Operator::arbitrary_equal
                   ? equals_ignoring_case(clause.version_text(), text)
                   : clause.set().contains(version);
    });
}

bool Specifiers::contains(const Version& version, Prereleases prereleases) const {
    return lets_in(version, prereleases) && holds(version, version.str());
}

bool Specifiers::contains_text(std::string_view text, Prereleases prereleases) const {
    if (Result<Version> version = Version::parse(text)) {
        return lets_in(*version, prereleases) && holds(*version, text);
    }
    return std::ranges::all_of(clauses_, [&](const Specifier& clause) {
        return clause.op() == Operator::arbitrary_equal &&
               equals_ignoring_case(clause.version_text(), text);
    });
}

bool Specifiers::operator==(const Specifiers& other) const {
    return canonical() == other.canonical();
}

} // namespace pawl::pep
