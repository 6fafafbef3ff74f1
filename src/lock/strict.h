#pragma once
// pawl's own rules on top of the standard's: what must hold before a lock is installed from.

#include <vector>

#include "lock/model.h"
#include "lock/read.h"
#include "text/toml.h"

namespace pawl::lock {

/// All findings, in order of line. The lock was read from the document.
std::vector<Problem> strict_problems(const Lock& lock, const text::TomlDocument& document);

} // namespace pawl::lock
