#pragma once
// `pawl tool ensure-path`: the directory of tools' commands on the PATH of the user's shell.

#include "base/result.h"
#include "ops/services.h"

namespace pawl::ops {

/// Adds a line to the start files of the user's shell (SHELL), once. Says what it did.
Result<> ensure_path(Services& services);

} // namespace pawl::ops
