#pragma once
// [tool.pawl] of pyproject.toml, key by key.

#include "project/pyproject.h"
#include "project/toml_place.h"
#include "text/toml.h"

namespace pawl::project {

Result<ProjectSettings> read_project_settings(const text::TomlNode& table,
                                              const TomlPlaces& places);

/// A string that is a requirement.
Result<ProjectRequirement> read_requirement(const text::TomlNode& node, const TomlPlaces& places);
/// An array of such strings.
Result<std::vector<ProjectRequirement>> read_requirements(const text::TomlNode& node,
                                                          const TomlPlaces& places);
/// One string, or an array of them.
Result<std::vector<std::string>> read_strings(const text::TomlNode& node, const TomlPlaces& places);

} // namespace pawl::project
