#pragma once
// A project (pyproject.toml) as what a lock is made from.

#include <string_view>
#include <vector>

#include "base/result.h"
#include "hardware/variant.h"
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
/// `variant` is one of `[tool.pawl.variants]`, or "" for the settings without any.
Result<LockInput> project_input(const LockRequest& request, std::string_view variant,
                                Services& services);

/// The variants of the project that the request names, in its order.
Result<std::vector<hardware::Variant>> project_variants(const LockRequest& request);
/// Those of pyproject.toml, at a path; `name` is for messages.
Result<std::vector<hardware::Variant>> variants_of_project(std::string_view path,
                                                           std::string_view name);

/// The same for a project of which only a distribution's metadata is there; `file` is its name, for
/// messages. Relative addresses are below the current directory.
Result<LockInput> metadata_input(const pep::CoreMetadata& metadata, std::string_view file,
                                 Services& services);

} // namespace pawl::ops
