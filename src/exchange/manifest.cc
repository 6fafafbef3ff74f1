#include "exchange/manifest.h"

#include <algorithm>

#include "base/text.h"
#include "project/pyproject.h"
#include "text/toml.h"

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

/// `[tool.uv] dev-dependencies` is a part of the group "dev".
Result<> add_old_groups(const std::string& text, Project& project) {
    text::TomlDocument toml = TRY(text::TomlDocument::parse(text));
    constexpr std::string_view path[] = {"tool", "uv", "dev-dependencies"};
    auto list = toml.find(path);
    if (!list || !list->is_array()) {
        return {};
    }
    for (text::TomlNode node : *list) {
        if (node.is_string()) {
            pep::Requirement one = TRY(pep::Requirement::parse(node.string()));
            project.roots.push_back({{Selector::Kind::group, "dev"}, std::move(one), {}, false});
        }
    }
    if (std::ranges::find(project.groups, "dev") == project.groups.end()) {
        project.groups.emplace_back("dev");
        std::ranges::sort(project.groups);
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
    TRY_IN(printable(file), add_old_groups(text, project));
    return project;
}

Result<Project> read_script_manifest(const std::string& text) {
    text::TomlDocument toml = TRY(text::TomlDocument::parse(text));
    Project project;
    if (auto pythons = TRY(toml.root().get_string("requires-python"))) {
        project.requires_python = TRY_IN("requires-python", pep::Specifiers::parse(*pythons));
    }
    if (auto texts = TRY(toml.root().get_strings("dependencies"))) {
        for (std::string_view one : *texts) {
            pep::Requirement requirement = TRY(pep::Requirement::parse(one));
            project.roots.push_back({{}, std::move(requirement), {}, false});
        }
    }
    return project;
}

Result<std::optional<Project>> project_beside(const Context& context) {
    if (context.script) {
        return TRY_IN("the script's metadata", read_script_manifest(*context.script));
    }
    if (context.pyproject) {
        return read_pyproject_manifest(*context.pyproject, "pyproject.toml");
    }
    return std::nullopt;
}

} // namespace pawl::exchange
