#pragma once
// From the derivation of a conflict to sentences. Private to the room.

#include "resolve/region_solver.h"
#include "resolve/report.h"

namespace pawl::resolve {

/// Why a region that failed has no solution where `where` holds.
Report explain(const RegionSolver& solver, Catalog& catalog, pep::MarkerId where);

} // namespace pawl::resolve
