#pragma once
// The last step of every run: the environment's Python takes this process's place.

#include <optional>
#include <string>

#include "base/result.h"
#include "ops/run.h"
#include "store/environments.h"

namespace pawl::ops {

struct Launch {
    std::string executable;  ///< of the environment
    std::string environment; ///< its directory
    std::string program;     ///< a file to run in place of the word that the user gave; "" for that
    std::optional<store::Lease> lease; ///< on the environment; kept over exec
};

/// Returns only on failure. The program gets this process's streams, signals and terminal; "-" has
/// its script in the request.
Error launch(const Launch& launch, const RunRequest& request);

} // namespace pawl::ops
