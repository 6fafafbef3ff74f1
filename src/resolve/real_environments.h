#pragma once
// Environments that markers can describe and no machine has. Private to the room.

#include "pep/marker_space.h"

namespace pawl::resolve {

/// The environments that there are: os_name is "nt" on win32 and only there, and "posix" elsewhere;
/// an implementation's two names belong together. Without this a lock could be refused for a
/// Windows that calls itself Linux.
pep::MarkerId real_environments(pep::MarkerSpace& space);

} // namespace pawl::resolve
