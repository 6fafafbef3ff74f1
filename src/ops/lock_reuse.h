#pragma once
// A lock, of any tool, as a part of the question that another lock answers: its versions as
// constraints (`-c LOCK`), or as what is kept where it fits (`--prefer LOCK`).

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lock/model.h"
#include "ops/resolution.h"
#include "ops/services.h"

namespace pawl::ops {

/// Whether the name is a lock's, so that `-c` means its versions.
bool is_lock_name(std::string_view path);

/// The other files of `-c`.
std::vector<std::string> without_locks(std::span<const std::string> constraints_files);

/// What the command line says of other locks, for this one resolution: a lock keeps its versions
/// afterwards without being told again. The value must outlive the resolution.
struct LockReuse {
    std::vector<RootRequirement> constraints;
    std::optional<lock::Lock> preferred;
    void apply(ResolutionRequest& request) const;
};
/// `previous` (or null) still counts for projects that the preferred lock does not know.
Result<LockReuse> read_lock_reuse(std::span<const std::string> constraints_files,
                                  const std::string& prefer, const lock::Lock* previous,
                                  Services& services);

/// Why the lock does not keep to the constraints, or "".
std::string broken_constraint(const lock::Lock& lock, std::span<const RootRequirement> constraints);

} // namespace pawl::ops
