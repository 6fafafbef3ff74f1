#pragma once
// `--as-of DATE|git`: the index as it was on a day, or when the script was last committed.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ops/script_state.h"
#include "ops/services.h"

namespace pawl::ops {

/// Puts the day into the script's settings (exclude_newer). Gives the files that the answer
/// depends on beside the script's own: git's log of what was committed.
/// Errors: usage (no date, nothing that git knows), environment (no git).
Result<std::vector<std::string>> set_as_of(ScriptState& script, std::string_view as_of,
                                           Terminal& terminal);

/// The Pythons that were there on the day of `exclude_newer`: "<3.12"; empty when all were, or when
/// it is no date. What was released later would find few wheels of that day.
pep::Specifiers pythons_of_day(std::string_view exclude_newer);

} // namespace pawl::ops
