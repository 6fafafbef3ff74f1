#pragma once
// Where a wheel's tags can be installed, as a set of environments: the resolver's view of "this
// release has no wheel for that platform".

#include <span>
#include <string_view>

#include "pep/marker_space.h"
#include "pep/tag.h"

namespace pawl::pep {

/// The environments in which at least one of the tags can fit. Markers know less than tags (nothing
/// of glibc's version, of macOS's, of free threading), so this is the widest set: outside of it the
/// wheel certainly does not fit.
MarkerId environments_of(std::span<const Tag> tags, MarkerSpace& space);

} // namespace pawl::pep
