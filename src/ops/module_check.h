#pragma once
// After resolving: does the chosen release provide the module that the script imports?

#include "base/result.h"
#include "lock/model.h"
#include "ops/script_state.h"
#include "ops/services.h"

namespace pawl::ops {

/// Looks at what the chosen files say (Import-Name, else their file lists). The error names the
/// import's line, what the project does provide, and the directive that settles it. Modules whose
/// project the table knows are trusted unless the wheel is at hand; guesses are always looked at.
Result<> check_modules(const ScriptState& script, const lock::Lock& lock, Services& services);

} // namespace pawl::ops
