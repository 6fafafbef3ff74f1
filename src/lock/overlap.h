#pragma once
// The proof that the entries of one project exclude each other: "at most one survives at install",
// as the specification wants it, in every environment that the lock is for.

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "lock/model.h"
#include "pep/marker_space.h"

namespace pawl::lock {

/// Two entries of a name that can both apply.
struct Overlap {
    uint32_t first = 0, second = 0; ///< indices into Lock::packages
    std::string where;              ///< a marker; "" for everywhere
};

/// Where the lock holds: its requires-python and environments, without `left_out`.
pep::MarkerId region_of(const Lock& lock, std::span<const pep::Marker> left_out,
                        pep::MarkerSpace& space);

/// By the algebra of markers, from nothing but what the lock says. `left_out`: where it need not
/// hold (extras that conflict). Kind::input for markers that are too hard to judge.
Result<std::vector<Overlap>> overlaps(const Lock& lock, std::span<const pep::Marker> left_out = {});

/// The last word before a lock of ours is written: a mistake in the resolver must never become a
/// bad lock. An error for the first overlap.
Result<> prove_disjoint(const Lock& lock, std::span<const pep::Marker> left_out);

} // namespace pawl::lock
