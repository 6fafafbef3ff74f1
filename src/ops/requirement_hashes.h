#pragma once
// `--hash` of requirements files, held against the files that a lock names.

#include "base/result.h"
#include "lock/model.h"
#include "ops/lock_input.h"
#include "ops/services.h"

namespace pawl::ops {

/// Leaves only files whose hash is approved, for projects that have approved hashes. Nothing left,
/// or `require_hashes` and a project without any: Kind::integrity. Files whose hashes are of other
/// algorithms are fetched to compute the approved one, which the lock then holds too.
Result<> check_hashes(const LockInput& input, lock::Lock& lock, Services& services);

} // namespace pawl::ops
