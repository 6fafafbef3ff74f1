#pragma once
// Inside of pep: the two forms of a place in the order of versions, the short one (a number, see
// version.cc) and the full one. Other rooms want version.h and version_set.h.

#include "pep/version.h"

namespace pawl::pep {

namespace order_key {

/// What follows the release, in order. `end` stands behind all posts of a release.
enum Kind : unsigned char { dev = 1, alpha, beta, candidate, final, post, end };

constexpr int release_shift = 24;
constexpr int kind_shift = 21;
constexpr int number_shift = 2;
/// The largest number of a suffix in a key: one less than would fit, so that the next one fits too.
constexpr uint64_t number_max = (uint64_t{1} << (kind_shift - number_shift)) - 2;

struct Fields {
    uint64_t release = 0; ///< in its place, the upper 40 bits
    Kind kind = final;
    uint64_t number = 0;
    uint64_t side = 1; ///< 0: before the version's dev0; 1: itself; 2: after it; 3: after locals
};

constexpr uint64_t make(Fields fields) {
    return fields.release | uint64_t{fields.kind} << kind_shift | fields.number << number_shift |
           fields.side;
}

constexpr Fields split(uint64_t key) {
    return {.release = key >> release_shift << release_shift,
            .kind = static_cast<Kind>(key >> kind_shift & 7),
            .number = key >> number_shift & ((uint64_t{1} << (kind_shift - number_shift)) - 1),
            .side = key & 3};
}

} // namespace order_key

/// A place in the order, spelled out: just before a version, or (after) just behind it. Refers to
/// the version's release and local part, so the version must outlive it.
struct VersionPlace {
    uint64_t epoch = 0;
    std::span<const uint64_t> release;
    /// order_key::Kind without `post`: a final release and its posts are both `final`.
    order_key::Kind phase = order_key::final;
    uint64_t pre = 0;
    uint64_t post = 0; ///< 0: none; else the number and one
    uint64_t dev = 0;  ///< no_dev: none
    std::string_view local;
    bool after = false;

    static constexpr uint64_t no_dev = UINT64_MAX;
    static VersionPlace of(const Version& version);
};

std::strong_ordering compare_places(const VersionPlace& a, const VersionPlace& b);

} // namespace pawl::pep
