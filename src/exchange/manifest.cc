#include "exchange/manifest.h"

#include <algorithm>

#include "project/pyproject.h"

namespace pawl::exchange {

namespace {

/// Roots of an extra or group, without what they ask of the project itself.
Result<> add_roots(const project::Pyproject& pyproject,
                   const std::vector<project::ProjectRequirement>& requirements,
                   const Selector& selector, Project& project) {
    for (const project::ProjectRequirement& one :
         TRY(project::without_own_name(pyproject, requirements))) {
        Root root{.selector = selector, .requirement = one.requirement};
        auto source = pyproject.settings.sources.find(one.requirement.name);
        if (source != pyproject.settings.sources.end()) {
            root.index = source->second.index;
            root.is_editable = source->second.editable;
        }
        project.roots.push_back(std::move(root));
    }
    return {};
}

} // namespace

Result<std::optional<Project>> read_pyproject_manifest(const std::string& text,
                                                       std::string_view file) {
    project::Pyproject pyproject = TRY(project::parse_pyproject(text, file));
    if (!pyproject.project) {
        return std::nullopt;
    }
    const project::ProjectTable& table = *pyproject.project;
    Project project;
    project.name = table.name;
    project.name_as_written = table.name_as_written;
    project.version = table.version;
    project.requires_python = table.requires_python;
    project.is_package = pyproject.build_system.has_value();
    TRY(add_roots(pyproject, table.dependencies, {}, project));
    for (const auto& [extra, requirements] : table.optional_dependencies) {
        TRY(add_roots(pyproject, requirements, {Selector::Kind::extra, extra.str()}, project));
        project.extras.push_back(extra);
    }
    std::ranges::sort(project.extras);
    for (const project::ProjectGroup& group : pyproject.groups) {
        TRY(add_roots(pyproject, group.requirements, {Selector::Kind::group, group.name}, project));
        project.groups.push_back(group.name);
    }
    project.default_groups = pyproject.settings.default_groups;
    return project;
}

Result<std::optional<Project>> project_beside(const Context& context) {
    if (context.pyproject) {
        return read_pyproject_manifest(*context.pyproject, "pyproject.toml");
    }
    return std::nullopt;
}

} // namespace pawl::exchange
