#pragma once
// `pawl tree` and `pawl why`: a lock as a graph, from what was asked for or back to it.

#include <optional>
#include <string>

#include "base/result.h"
#include "ops/services.h"

namespace pawl::ops {

struct TreeRequest {
    std::string what;              ///< as for find_named_lock()
    bool invert = false;           ///< from what nobody depends on to what needs it
    std::optional<uint32_t> depth; ///< levels shown; 1: only the beginnings
    bool json = false;
};

Result<> show_tree(const TreeRequest& request, Services& services);

struct WhyRequest {
    std::string project;
    std::string what; ///< as for find_named_lock()
    bool json = false;
};

/// Kind::check_failed when the project is not in the lock.
Result<> show_why(const WhyRequest& request, Services& services);

} // namespace pawl::ops
