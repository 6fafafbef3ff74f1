#pragma once
// Sets of versions as sorted, disjoint intervals: what the resolver computes with.
//
// The ends of intervals are cuts between versions, not versions: "<1.0" ends before 1.0's first
// prerelease, "==1.0" begins at 1.0 and ends after every 1.0+local, "==1.*" begins before 1.dev0.
// Two sets that hold the same versions are equal (cuts are canonical).
//
// Prereleases: a VersionSet is about the order only. Whether a prerelease may be *chosen* is the
// candidate rule's business (see Specifiers::contains for the specification's rule).
//
// Values; any number of threads may read one.

#include <optional>
#include <string>
#include <vector>

#include "pep/version.h"

namespace pawl::pep {

/// A place in the order of versions. The kinds of one version are in this order.
struct Cut {
    enum class Kind : unsigned char {
        before_all,   ///< before V.dev0, the first version of this release
        before,       ///< just before V
        after,        ///< just after V itself
        after_locals, ///< after every V+local
        after_posts,  ///< after every V.postN and its locals (of a dev release: as after_locals)
    };
    Version version;
    Kind kind = Kind::before;
    /// Canonical: places with no version between them are equal.
    std::strong_ordering operator<=>(const Cut& other) const;
    bool operator==(const Cut& other) const { return (*this <=> other) == 0; }
    /// Whether the version stands behind this place.
    bool is_before(const Version& other) const;
};

class VersionSet {
  public:
    struct Interval {
        std::optional<Cut> begin; ///< absent: from the very first
        std::optional<Cut> end;   ///< absent: no end
        bool operator==(const Interval&) const = default;
    };

    static VersionSet none() { return {}; }
    static VersionSet all();
    /// Exactly this version (1.0 is 1.0.0; a local version is itself only).
    static VersionSet singleton(const Version& version);
    /// Empty when `end` is not behind `begin`.
    static VersionSet between(std::optional<Cut> begin, std::optional<Cut> end);

    bool is_empty() const { return !begins_inside_ && cuts_.empty(); }
    bool is_all() const { return begins_inside_ && cuts_.empty(); }
    bool contains(const Version& version) const;
    /// In order; a copy, so keep it while looking at its elements.
    std::vector<Interval> intervals() const;
    /// The same without a copy: walking from the first version to the last, membership changes at
    /// each cut.
    const std::vector<Cut>& cuts() const { return cuts_; }
    bool begins_inside() const { return begins_inside_; }

    VersionSet complement() const;
    VersionSet intersect(const VersionSet& other) const;
    VersionSet unite(const VersionSet& other) const;
    VersionSet minus(const VersionSet& other) const;
    bool is_disjoint(const VersionSet& other) const;
    bool is_subset_of(const VersionSet& other) const;
    bool operator==(const VersionSet&) const = default;

    /// As a specifier reads: ">=1.0, <2", "==1.0 or >=2", "any version", "no version". For people:
    /// two sets that differ only around a release's prereleases can read the same.
    std::string str() const;

  private:
    template <class Holds>
    VersionSet combine(const VersionSet& other, Holds holds) const;

    // Walking from the first version to the last, membership changes at each cut.
    bool begins_inside_ = false;
    std::vector<Cut> cuts_; // strictly ascending; none before the first version of all
};

} // namespace pawl::pep
