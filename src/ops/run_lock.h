#pragma once
// `pawl run LOCK ENTRYPOINT [ARGS…]`: a program of what a lock holds, in this very process. The
// lock is a file or a URL.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ops/services.h"

namespace pawl::ops {

/// Whether `pawl run` is given a lock: the name of a lock file, or a URL that ends in one.
bool names_lock(std::string_view program);

/// The first argument is the program to start: a command of what is installed, or "module:object".
/// Where the lock says `[tool.pawl] entry-point`, that one is started and all arguments are its.
///
/// A lock from a URL may name no paths and builds nothing, and its hosts are agreed to
/// (tool_hosts.h). Returns only on failure.
Error run_lock(std::string_view lock, std::vector<std::string> arguments, Services& services);

} // namespace pawl::ops
