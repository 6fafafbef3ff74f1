#include "exchange/manifest.h"

#include <algorithm>

#include "base/text.h"
#include "exchange/poetry_manifest.h"
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

Result<> add_old_group(const std::string& name, text::TomlNode list, Project& project) {
    for (text::TomlNode node : list) {
        // What is no requirement ("-e ./lib") only its own tool can read.
        Result<pep::Requirement> one = node.is_string() ? pep::Requirement::parse(node.string())
                                                        : Result<pep::Requirement>(fail(Error{}));
        if (one) {
            project.roots.push_back({{Selector::Kind::group, name}, std::move(*one), {}, false});
        }
    }
    if (std::ranges::find(project.groups, name) == project.groups.end()) {
        project.groups.push_back(name);
        std::ranges::sort(project.groups);
    }
    return {};
}

/// `[tool.uv] dev-dependencies` is a part of the group "dev", `[tool.pdm.dev-dependencies]` holds
/// groups.
Result<> add_old_groups(text::TomlNode root, Project& project) {
    auto tool = TRY(root.get_table("tool"));
    auto uv = tool ? TRY(tool->get_table("uv")) : std::nullopt;
    auto list = uv ? TRY(uv->get_array("dev-dependencies")) : std::nullopt;
    if (list) {
        TRY(add_old_group("dev", *list, project));
    }
    auto pdm = tool ? TRY(tool->get_table("pdm")) : std::nullopt;
    auto groups = pdm ? TRY(pdm->get_table("dev-dependencies")) : std::nullopt;
    if (groups) {
        for (text::TomlNode group : *groups) {
            if (group.is_array()) {
                TRY(add_old_group(pep::normalize_name(group.key()), group, project));
            }
        }
    }
    return {};
}

Result<std::optional<Project>> standard_project(const std::string& text, std::string_view file) {
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

} // namespace

Result<std::optional<Project>> read_pyproject_manifest(const std::string& text,
                                                       std::string_view file) {
    std::optional<Project> project = TRY(standard_project(text, file));
    text::TomlDocument toml = TRY_IN(printable(file), text::TomlDocument::parse(text));
    if (project) {
        TRY_IN(printable(file), add_old_groups(toml.root(), *project));
    }
    TRY_IN(printable(file), add_poetry_manifest(toml.root(), project));
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
