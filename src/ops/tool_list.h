#pragma once
// `pawl tool list`, `uninstall`, `pin`: what is installed, and looking after it.

#include <string>
#include <vector>

#include "base/result.h"
#include "ops/services.h"

namespace pawl::ops {

Result<> list_installed_tools(bool json, Services& services);
Result<> uninstall_tools(const std::vector<std::string>& names, Services& services);
/// `on`: an upgrade leaves them alone; else it no longer does.
Result<> pin_tools(const std::vector<std::string>& names, bool on, Services& services);

} // namespace pawl::ops
