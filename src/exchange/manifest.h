#pragma once
// What was asked for, out of the files that people write: pyproject.toml in the dialects of the
// tools, Pipfile, the metadata block of a script. Locks are compared with them, and those that know
// no roots get theirs from here.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "exchange/document.h"
#include "exchange/format.h"

namespace pawl::exchange {

/// Of [project], [dependency-groups] and what tools have beside them; nothing when there is neither
/// [project] nor [tool.poetry].
Result<std::optional<Project>> read_pyproject_manifest(const std::string& text,
                                                       std::string_view file);

/// Of a script's inline metadata: a project without a name.
Result<Project> read_script_manifest(const std::string& toml);

/// The project, or the script, that the manifests beside a lock speak of; nothing when there are
/// none.
Result<std::optional<Project>> project_beside(const Context& context);

} // namespace pawl::exchange
