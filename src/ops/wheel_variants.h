#pragma once
// Wheel variants (PEP 825, a draft), behind the switch `wheel-variants`: read where an answer is
// for this machine alone and no lock is written, since no other reader takes a lock with such a
// wheel.

#include <optional>

#include "base/result.h"
#include "hardware/machine.h"
#include "lock/model.h"
#include "ops/services.h"
#include "python/interpreter.h"

namespace pawl::ops {

/// When the switch is on: indexes asked with these settings show of each release the variant that
/// is best for this machine and interpreter. Returns what was looked at.
Result<std::optional<hardware::Machine>>
allow_wheel_variants(Settings& settings, const python::Interpreter& interpreter);

/// Says which packages are variants, or would be if the switch was on.
Result<> explain_wheel_variants(const lock::Lock& lock, const Settings& settings,
                                const python::Interpreter& interpreter, Services& services);

} // namespace pawl::ops
