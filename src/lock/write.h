#pragma once
// Writing a pylock.toml: TOML 1.0, the specification's order of keys, packages sorted by name and
// version, files by name with the highest build number first: the same lock gives the same bytes.

#include <string>

#include "lock/model.h"

namespace pawl::lock {

/// With a line end at the end. Leaves out what the specification forbids or readers disagree about:
/// `version` of source trees, an empty `environments`, names that path or url give already.
std::string write(Lock lock);

/// The order in which write() puts packages and their files.
void sort(Lock& lock);

} // namespace pawl::lock
