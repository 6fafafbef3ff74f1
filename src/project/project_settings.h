#pragma once
// [tool.pawl] of pyproject.toml, key by key.

#include "project/pyproject.h"
#include "project/toml_place.h"
#include "text/toml.h"

namespace pawl::project {

/// Key by key; which indexes there are is for check_sources() to say.
Result<ProjectSettings> read_project_settings(const text::TomlNode& table,
                                              const TomlPlaces& places);
/// Every index that a source names is there.
Result<> check_sources(const ProjectSettings& settings, const TomlPlaces& places);

/// The tables below `variants`, each laid over `settings` (hardware/overlay.h).
Result<std::vector<ProjectVariant>> read_project_variants(const text::TomlNode& table,
                                                          const ProjectSettings& settings,
                                                          const TomlPlaces& places);

/// A string that is a requirement.
Result<ProjectRequirement> read_requirement(const text::TomlNode& node, const TomlPlaces& places);
/// An array of such strings.
Result<std::vector<ProjectRequirement>> read_requirements(const text::TomlNode& node,
                                                          const TomlPlaces& places);
/// One string, or an array of them.
Result<std::vector<std::string>> read_strings(const text::TomlNode& node, const TomlPlaces& places);

} // namespace pawl::project
