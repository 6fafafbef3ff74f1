#pragma once
// `pawl tool audit`: what is known today against what the installed tools consist of.

#include <string>
#include <vector>

#include "base/result.h"
#include "ops/services.h"

namespace pawl::ops {

struct ToolAuditRequest {
    std::vector<std::string> names; ///< nothing: all tools
    std::vector<std::string> files; ///< of advisories; nothing: the index is asked
    bool json = false;
};

/// Kind::check_failed when something is found.
Result<> audit_tools(const ToolAuditRequest& request, Services& services);

} // namespace pawl::ops
