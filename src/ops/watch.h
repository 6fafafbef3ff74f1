#pragma once
// `pawl run --watch`: the program is started again whenever its script, its lock or a module of its
// own changes.

#include "base/result.h"
#include "ops/run.h"
#include "ops/services.h"

namespace pawl::ops {

/// Returns on failure only. A signal that ends it (Ctrl-C) ends the program first, then this
/// process in the same way.
Error watch_program(const RunRequest& request, Services& services);

} // namespace pawl::ops
