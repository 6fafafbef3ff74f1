#pragma once
// pyenv's shims: shell scripts named like Pythons that start pyenv to find the real one. They cost
// 50 ms a start and answer differently in every directory, so pawl looks up what they would find.

#include <string>
#include <string_view>

#include "base/result.h"

namespace pawl::python {

/// Whether a file is a program of its own and not a script: shims and wrappers are scripts.
bool is_binary(std::string_view path);

/// The real interpreter behind "<root>/shims/<name>", by PYENV_VERSION, .python-version from here
/// upwards, or "<root>/version", as pyenv does. Any other path comes back as it is. An error when
/// pyenv has chosen no version that has this program.
Result<std::string> resolve_shim(std::string_view path);

} // namespace pawl::python
