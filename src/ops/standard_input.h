#pragma once
// A script on standard input (`pawl run -`).

#include <string>

#include "base/result.h"

namespace pawl::ops {

/// All of it. Errors: it cannot be read, or is larger than a script may be.
Result<std::string> read_standard_input();

} // namespace pawl::ops
