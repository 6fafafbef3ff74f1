#pragma once
// Locks that take less room, for those that travel inside a script (`pawl lock --compact`).

#include "lock/model.h"

namespace pawl::ops {

/// Of a package with a wheel that fits everywhere, only that wheel stays; of one whose wheels cover
/// every environment of the lock, the sdist goes. What is installed may differ from the full lock
/// only where a native wheel gives way to a pure one.
void make_compact(lock::Lock& lock);

} // namespace pawl::ops
