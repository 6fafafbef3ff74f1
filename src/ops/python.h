#pragma once
// `pawl python list|find`.

#include <string>

#include "base/result.h"
#include "ops/services.h"

namespace pawl::ops {

Result<> list_pythons(bool json, Services& services);
/// Prints the path of the interpreter that a script would run with; `request` may be "".
Result<> find_python(const std::string& request, Services& services);

} // namespace pawl::ops
