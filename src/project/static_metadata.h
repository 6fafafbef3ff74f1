#pragma once
// Core metadata of a source tree without a build: what [project] says is fixed (the specification
// forbids a backend to change it), so nobody has to be asked.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pawl::project {

/// The text of METADATA, with the fields that resolving needs. Nothing when a field that matters
/// is dynamic, or there is no [project] at all: only a build can tell. Relative paths in
/// requirements are below the directory, and absolute in the result.
Result<std::optional<std::string>> static_metadata(std::string_view directory);

} // namespace pawl::project
