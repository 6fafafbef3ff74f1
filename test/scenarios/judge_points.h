#pragma once
// The environments that a world can tell apart.

#include <vector>

#include "test/scenarios/plain_marker.h"
#include "test/scenarios/world.h"

namespace pawl::scenarios {

/// One point for every combination of system, machine, implementation and Python that the texts of
/// the world can tell apart, times what can be asked for; those of them that the world covers.
std::vector<PlainPoint> points_of(const World& world, bool wide);

} // namespace pawl::scenarios
