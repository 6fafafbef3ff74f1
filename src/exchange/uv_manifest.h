#pragma once
// What uv compares a lock with, as it stands in the lock: [package.metadata] of the project,
// [manifest] and [options]. uv re-reads the project at every command and takes a lock only when all
// of it is the same.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "exchange/document.h"
#include "exchange/format.h"
#include "pep/marker.h"

namespace pawl::exchange {

/// Requirements as inline tables, sorted as uv does.
using UvRequirements = std::vector<std::string>;

struct UvManifest {
    UvRequirements requires_dist; ///< of a script: [manifest] requirements
    std::vector<std::string> provides_extras;
    std::vector<std::pair<std::string, UvRequirements>> requires_dev; ///< by group
    UvRequirements constraints, overrides, build_constraints;
    std::vector<std::string> dependency_metadata; ///< sections, each "name = …" and so on
    std::vector<std::string> excludes;            ///< names
    std::vector<std::pair<std::string, std::string>> options;          ///< values as TOML
    std::vector<std::pair<std::string, std::string>> exclude_newer_of; ///< by project, as TOML
    std::vector<pep::Marker> environments, required_environments;
    std::vector<std::vector<Selector>> conflicts;
    bool is_package = false;   ///< the project is installed itself
    bool is_workspace = false; ///< with members of its own
};

/// From pyproject.toml or the script's block; else from the document's own roots.
Result<UvManifest> uv_manifest(const Document& document, const Context& context);

} // namespace pawl::exchange
