#pragma once
// A project (pyproject.toml) as what a lock is made from.

#include "base/result.h"
#include "ops/lock.h"
#include "ops/lock_input.h"
#include "ops/services.h"
#include "pep/metadata.h"

namespace pawl::ops {

/// The input of `pawl lock` in a project: `request.scripts` names its directory or its
/// pyproject.toml, or nothing, which is the current directory.
///
/// What [project] needs is always installed; an extra's requirements where `"x" in extras`, a
/// group's where `"g" in dependency_groups` (PEP 751). The project itself is no entry of the lock;
/// members of its workspace are, as directories.
Result<LockInput> project_input(const LockRequest& request, Services& services);

/// The same for a project of which only a distribution's metadata is there; `file` is its name, for
/// messages. Relative addresses are below the current directory.
Result<LockInput> metadata_input(const pep::CoreMetadata& metadata, std::string_view file,
                                 Services& services);

} // namespace pawl::ops
