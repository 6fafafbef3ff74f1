#pragma once
// pyproject.toml: what a project says it needs (packaging.python.org "pyproject.toml
// specification", "Dependency Groups"), and pawl's own table.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "hardware/variant.h"
#include "pep/marker.h"
#include "pep/requirement.h"
#include "pep/version.h"

namespace pawl::project {

/// A requirement as written, and its line.
struct ProjectRequirement {
    pep::Requirement requirement;
    std::string text;
    uint32_t line = 0;
};

/// [project]. Lists are in the order of the text; extras' names are normal.
struct ProjectTable {
    pep::Name name;
    std::string name_as_written;
    std::optional<pep::Version> version;
    std::optional<pep::Specifiers> requires_python;
    std::vector<ProjectRequirement> dependencies;
    std::vector<std::pair<pep::Name, std::vector<ProjectRequirement>>> optional_dependencies;
    std::vector<std::string> dynamic;
    bool is_dynamic(std::string_view field) const;
};

/// [dependency-groups], includes followed. Names are normal.
struct ProjectGroup {
    std::string name;
    std::vector<ProjectRequirement> requirements;
    uint32_t line = 0;
};

/// [build-system].
struct BuildSystem {
    std::vector<ProjectRequirement> requirements;
    std::string backend; ///< "" when the table names none
    std::vector<std::string> backend_path;
};

/// An extra or a group, as one side of a conflict.
struct ConflictItem {
    enum class Kind : unsigned char { extra, group };
    Kind kind = Kind::extra;
    std::string name; ///< normal
    bool operator==(const ConflictItem&) const = default;
};
/// No two of these are ever asked for together.
struct ConflictSet {
    std::vector<ConflictItem> items; ///< two at least
    uint32_t line = 0;
};

struct ProjectIndex {
    std::string name, url;
    bool is_default = false;  ///< stands in for the default index
    bool is_explicit = false; ///< only for projects that are pinned to it
    uint32_t line = 0;
};

/// Where one project comes from, whoever requires it.
struct ProjectSource {
    std::string index; ///< the name of an index; or
    std::string path;  ///< a path below the project
    bool editable = false;
    uint32_t line = 0;
};

/// [tool.pawl]. Absent keys are empty.
struct ProjectSettings {
    std::string index_url;
    std::vector<std::string> extra_index_urls, find_links;
    std::vector<std::string> only_binary, no_binary; ///< ":all:", or projects
    std::vector<ProjectIndex> indexes;
    std::map<pep::Name, ProjectSource> sources;
    std::optional<bool> no_index, no_build;
    std::string exclude_newer, prerelease, resolution, fork_strategy, index_strategy, python;
    std::map<pep::Name, std::string> exclude_newer_of; ///< "" lifts the limit
    std::map<pep::Name, std::string> prerelease_of;    ///< allow, disallow, if-necessary, explicit
    std::vector<ProjectRequirement> constraints, overrides;
    std::vector<pep::Name> excludes;
    std::vector<pep::Marker> environments, required_environments;
    std::vector<ConflictSet> conflicts;
    std::vector<std::string> default_groups;    ///< normal names
    std::vector<std::string> workspace_members; ///< as written: "libs/*"
    std::vector<std::string> workspace_exclude;
    std::vector<std::pair<std::string, uint32_t>> unknown_keys; ///< with their lines
};

/// `[tool.pawl.variants.NAME]`: a lock of its own, for machines of one kind.
struct ProjectVariant {
    hardware::Variant variant;
    ProjectSettings settings; ///< [tool.pawl] with the variant's table laid over it
};

struct Pyproject {
    std::string file; ///< for messages: as the user named it
    std::optional<ProjectTable> project;
    std::vector<ProjectGroup> groups; ///< in the order of their names
    std::optional<BuildSystem> build_system;
    ProjectSettings settings;
    std::vector<ProjectVariant> variants; ///< in the order of the text
};

/// `file` is for messages. Errors are "FILE:LINE: …".
Result<Pyproject> parse_pyproject(std::string text, std::string_view file);

/// These requirements with what they ask of the project itself put in place: `spam[a,b]` within
/// spam becomes the requirements of its extras a and b, markers joined, and nothing else. Cycles
/// add nothing. Errors: an extra that is not there, the project itself in another version or from a
/// URL.
Result<std::vector<ProjectRequirement>>
without_own_name(const Pyproject& pyproject, const std::vector<ProjectRequirement>& requirements);

/// The directories of the workspace's members, below `directory` (absolute, sorted, each once).
/// "*" stands for any name of one directory that holds a pyproject.toml.
Result<std::vector<std::string>> workspace_members(const ProjectSettings& settings,
                                                   std::string_view directory);

/// The name of the project in a directory: from pyproject.toml or setup.cfg, where it must stand as
/// it is. An error with a hint when only a build could tell.
Result<pep::Name> name_of_directory(std::string_view directory);

} // namespace pawl::project
