#pragma once
// Concrete machines to judge a lock on: Pythons, platforms and implementations, with the tags of
// the wheels that each takes, and what a user may ask for. The values that markers name, and the
// versions on both sides of those, are among them, so that a marker that is off by one patch
// release shows.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lock/model.h"
#include "lock/satisfaction.h"
#include "pep/tag.h"

namespace pawl::lock {

struct Machine {
    std::string name;   ///< for people: "Linux x86_64 (musl), CPython 3.12.4"
    std::string family; ///< the same without the patch release: what decides which files fit
    pep::MarkerEnvironment environment;
    uint32_t tags = 0; ///< index into Grid::tags; machines that differ in patch release share it
};

struct Grid {
    std::vector<Machine> machines;
    std::vector<pep::TagSet> tags;
};

/// Machines whose Python is in `pythons`, with the values that these markers name.
Grid grid_of(const pep::Specifiers& pythons, std::span<const pep::Marker* const> markers);

/// What can be asked for: nothing, the default groups, each extra and group, and more of them
/// together; `left_out` says what cannot (extras that conflict), where the environment's own values
/// do not matter.
std::vector<pep::MarkerContext> contexts_of(const Lock& lock,
                                            std::span<const pep::Marker> left_out);

} // namespace pawl::lock
