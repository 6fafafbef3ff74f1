#pragma once
// Version specifiers (packaging.python.org "Version specifiers"): one clause, and a list of them.
// Values; any number of threads may read one.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pep/version.h"
#include "pep/version_set.h"

namespace pawl::pep {

/// One clause, such as ">=1.0", "==2.*" or "===anything".
class Specifier {
  public:
    enum class Operator : unsigned char {
        compatible,      ///< ~=
        equal,           ///< ==
        not_equal,       ///< !=
        less_equal,      ///< <=
        greater_equal,   ///< >=
        less,            ///< <
        greater,         ///< >
        arbitrary_equal, ///< ===
    };
    static Result<Specifier> parse(std::string_view text);

    Operator op() const { return op_; }
    bool is_wildcard() const { return wildcard_; } ///< "==1.*", "!=1.*"
    /// Absent for "===" with a text that is no version. Of a wildcard, what stands before ".*".
    const std::optional<Version>& version() const { return version_; }
    const std::string& version_text() const { return version_text_; } ///< as written
    std::string str() const;                                          ///< operator and text
    /// The order only; "===" with a version is that version's set, with other text the empty set.
    const VersionSet& set() const { return set_; }
    /// Whether the clause itself names a prerelease, which lets prereleases in (except "!=").
    bool names_prerelease() const;
    /// The same operator and the same version: "==1.0" is "==1.0.0", but "~=1.0" is not "~=1.0.0".
    bool operator==(const Specifier& other) const;

  private:
    Operator op_ = Operator::equal;
    bool wildcard_ = false;
    std::optional<Version> version_;
    std::string version_text_;
    VersionSet set_;
};

enum class Prereleases : unsigned char {
    by_rule, ///< only where a clause names one; for choosing among candidates
    yes,     ///< for a version that is there already and has no rival
    no,
};

/// A comma-separated list; all must hold. An empty list holds for every version.
class Specifiers {
  public:
    Specifiers() : set_(VersionSet::all()) {}
    /// Empty places between commas are passed over.
    static Result<Specifiers> parse(std::string_view text);

    const std::vector<Specifier>& clauses() const { return clauses_; } ///< as written
    bool is_empty() const { return clauses_.empty(); }
    /// In canonical order and each once, as the `packaging` library prints: "!=1.3,<2,>=1".
    std::string str() const;
    const VersionSet& set() const { return set_; }
    bool names_prerelease() const;
    bool contains(const Version& version, Prereleases prereleases = Prereleases::by_rule) const;
    /// As contains() for a text that may be no version at all ("===" can still match it).
    bool contains_text(std::string_view text, Prereleases prereleases = Prereleases::by_rule) const;
    /// The same clauses in any order.
    bool operator==(const Specifiers& other) const;

  private:
    bool lets_in(const Version& version, Prereleases prereleases) const;
    bool holds(const Version& version, std::string_view text) const;
    std::vector<Specifier> canonical() const;

    std::vector<Specifier> clauses_;
    VersionSet set_;
    bool has_arbitrary_ = false; // a "===", which looks at the text
};

} // namespace pawl::pep
