#pragma once
// Requirements files as what a lock or an installation is made from.

#include "base/result.h"
#include "ops/lock.h"
#include "ops/lock_input.h"
#include "ops/services.h"
#include "project/requirements_file.h"

namespace pawl::ops {

/// How relative paths and "${NAME}" in files are read: below the current directory, from the
/// environment.
Result<project::RequirementsOptions> requirements_options();

/// What a file that was read says, put into an input; its warnings become the input's.
Result<> add_requirements_file(const project::RequirementsFile& file, LockInput& input);

/// Reads `-r` and `-c` files into an input without a lock's path: requirements, constraints,
/// hashes, and what their options say where the user said nothing. Warnings go to the terminal.
Result<> add_requirements_files(std::span<const std::string> files,
                                std::span<const std::string> constraints, LockInput& input,
                                Services& services);

/// The input of `pawl lock -r …`.
Result<LockInput> requirements_input(const LockRequest& request, Services& services);

} // namespace pawl::ops
