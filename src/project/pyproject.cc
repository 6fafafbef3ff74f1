#include "project/pyproject.h"

#include <algorithm>

#include "base/text.h"
#include "pep/dependency_groups.h"
#include "project/project_settings.h"
#include "project/toml_place.h"
#include "text/toml.h"

namespace pawl::project {

namespace {

using text::TomlDocument;
using text::TomlNode;

class PyprojectReader {
  public:
    explicit PyprojectReader(std::string_view file) : places_(file) {
        pyproject_.file = std::string(file);
    }

    Result<Pyproject> read(const TomlNode& root) {
        auto project = TRY(places_.in_file(root.get_table("project")));
        if (project) {
            TRY(read_project(*project));
        }
        auto groups = TRY(places_.in_file(root.get_table("dependency-groups")));
        if (groups) {
            TRY(read_groups(*groups));
        }
        auto build = TRY(places_.in_file(root.get_table("build-system")));
        if (build) {
            TRY(read_build_system(*build));
        }
        auto tool = TRY(places_.in_file(root.get_table("tool")));
        auto pawl = tool ? TRY(places_.in_file(tool->get_table("pawl"))) : std::nullopt;
        if (pawl) {
            pyproject_.settings = TRY(read_project_settings(*pawl, places_));
            TRY(check_sources(pyproject_.settings, places_));
            pyproject_.variants = TRY(read_project_variants(*pawl, pyproject_.settings, places_));
            TRY(check_settings(*pawl));
        }
        return std::move(pyproject_);
    }

    const TomlPlaces& places() const { return places_; }

  private:
    // --- [project] ------------------------------------------------------------------------------

    Result<> read_project(const TomlNode& table) {
        std::string_view name = TRY(places_.in_file(table.require_string("name")));
        pep::Name normal = TRY_IN(places_.at(*table.find("name")), pep::Name::parse(name));
        ProjectTable project{.name = std::move(normal),
                             .name_as_written = std::string(name),
                             .version = {},
                             .requires_python = {},
                             .dependencies = {},
                             .optional_dependencies = {},
                             .dynamic = {}};
        if (auto dynamic = table.find("dynamic")) {
            if (!dynamic->is_array()) {
                return fail(places_.relocated(std::move(dynamic->type_error("an array").value())));
            }
            project.dynamic = TRY(read_strings(*dynamic, places_));
        }
        TRY(check_dynamic(table, project));
        auto version = TRY(places_.in_file(table.get_string("version")));
        if (version) {
            project.version =
                TRY_IN(places_.at(*table.find("version")), pep::Version::parse(*version));
        }
        auto pythons = TRY(places_.in_file(table.get_string("requires-python")));
        if (pythons) {
            project.requires_python =
                TRY_IN(places_.at(*table.find("requires-python")) + ": requires-python",
                       pep::Specifiers::parse(*pythons));
        }
        if (auto dependencies = table.find("dependencies")) {
            project.dependencies = TRY(read_requirements(*dependencies, places_));
        }
        TRY(read_extras(table, project));
        pyproject_.project = std::move(project);
        return {};
    }

    Result<> check_dynamic(const TomlNode& table, const ProjectTable& project) const {
        for (const std::string& field : project.dynamic) {
            if (field == "name") {
                return places_.error(*table.find("dynamic"), "the name cannot be dynamic");
            }
            if (auto entry = table.find(field)) {
                return places_.error(*entry, "\"" + printable(field) +
                                                 "\" is given, and also listed as dynamic");
            }
        }
        if (!table.find("version") && !project.is_dynamic("version")) {
            return places_.error(*table.find("name"),
                                 "[project] needs a version, or \"version\" in dynamic");
        }
        return {};
    }

    Result<> read_extras(const TomlNode& table, ProjectTable& project) const {
        auto extras = TRY(places_.in_file(table.get_table("optional-dependencies")));
        if (!extras) {
            return {};
        }
        for (const TomlNode& entry : *extras) {
            pep::Name extra = TRY_IN(places_.at(entry), pep::Name::parse(entry.key()));
            for (const auto& known : project.optional_dependencies) {
                if (known.first == extra) {
                    return places_.error(entry, "there are two extras with the name \"" +
                                                    extra.str() + "\"");
                }
            }
            project.optional_dependencies.emplace_back(std::move(extra),
                                                       TRY(read_requirements(entry, places_)));
        }
        return {};
    }

    // --- [dependency-groups] --------------------------------------------------------------------

    Result<> read_groups(const TomlNode& table) {
        std::vector<pep::DependencyGroup> groups;
        for (const TomlNode& entry : table) {
            TRY_IN(places_.at(entry), pep::Name::parse(entry.key()));
            if (!entry.is_array()) {
                return fail(places_.relocated(std::move(entry.type_error("an array").value())));
            }
            pep::DependencyGroup group{.name = std::string(entry.key()), .items = {}};
            for (const TomlNode& item : entry) {
                group.items.push_back(TRY(group_item(item)));
            }
            groups.push_back(std::move(group));
        }
        pep::DependencyGroups all =
            TRY_IN(places_.at(table), pep::DependencyGroups::create(std::move(groups)));
        for (const TomlNode& entry : table) {
            ProjectGroup group{.name = pep::normalize_name(entry.key()),
                               .requirements = {},
                               .line = entry.place().line};
            for (pep::Requirement& one : TRY_IN(places_.at(entry), all.resolve(entry.key()))) {
                std::string text = one.str();
                uint32_t line =
                    line_of(entry, text).value_or(line_anywhere(table, text).value_or(group.line));
                group.requirements.push_back({std::move(one), std::move(text), line});
            }
            pyproject_.groups.push_back(std::move(group));
        }
        std::ranges::sort(pyproject_.groups, {}, &ProjectGroup::name);
        return {};
    }

    Result<pep::DependencyGroupItem> group_item(const TomlNode& item) const {
        using Item = pep::DependencyGroupItem;
        if (item.is_string()) {
            TRY(read_requirement(item, places_)); // an error with its line
            return Item{Item::Kind::requirement, std::string(item.string())};
        }
        auto include = item.is_table() ? item.find("include-group") : std::nullopt;
        if (!include || item.size() != 1 || !include->is_string()) {
            return places_.error(item, "an element of a dependency group is a requirement or "
                                       "{include-group = \"…\"}");
        }
        return Item{Item::Kind::include, std::string(include->string())};
    }

    /// The line where the requirement stands, in its own group or in an included one.
    static std::optional<uint32_t> line_of(const TomlNode& group, const std::string& text) {
        for (const TomlNode& item : group) {
            if (item.is_string()) {
                Result<pep::Requirement> one = pep::Requirement::parse(item.string());
                if (one && one->str() == text) {
                    return item.place().line;
                }
            }
        }
        return std::nullopt;
    }
    static std::optional<uint32_t> line_anywhere(const TomlNode& table, const std::string& text) {
        for (const TomlNode& group : table) {
            if (auto line = line_of(group, text)) {
                return line;
            }
        }
        return std::nullopt;
    }

    // --- [build-system] -------------------------------------------------------------------------

    Result<> read_build_system(const TomlNode& table) {
        BuildSystem build;
        auto requires_list = table.find("requires");
        if (!requires_list) {
            return places_.error(table, "[build-system] needs \"requires\"");
        }
        build.requirements = TRY(read_requirements(*requires_list, places_));
        build.backend = TRY(places_.in_file(table.get_string("build-backend"))).value_or("");
        if (auto path = table.find("backend-path")) {
            build.backend_path = TRY(read_strings(*path, places_));
        }
        pyproject_.build_system = std::move(build);
        return {};
    }

    // --- [tool.pawl] against the rest -----------------------------------------------------------

    bool has(const ConflictItem& item) const {
        if (item.kind == ConflictItem::Kind::group) {
            return std::ranges::find(pyproject_.groups, item.name, &ProjectGroup::name) !=
                   pyproject_.groups.end();
        }
        return pyproject_.project && std::ranges::any_of(pyproject_.project->optional_dependencies,
                                                         [&item](const auto& extra) {
                                                             return extra.first.str() == item.name;
                                                         });
    }

    Result<> check_settings(const TomlNode& table) const {
        for (const ConflictSet& set : pyproject_.settings.conflicts) {
            for (const ConflictItem& item : set.items) {
                if (!has(item)) {
                    bool is_extra = item.kind == ConflictItem::Kind::extra;
                    return fail(Error::Kind::input, places_.at(set.line) + ": there is no " +
                                                        (is_extra ? "extra" : "dependency group") +
                                                        " \"" + item.name +
                                                        "\" that could conflict");
                }
            }
        }
        for (const std::string& group : pyproject_.settings.default_groups) {
            if (!has({ConflictItem::Kind::group, group})) {
                return places_.error(*table.find("default-groups"),
                                     "there is no dependency group \"" + group + "\"");
            }
        }
        return {};
    }

    TomlPlaces places_;
    Pyproject pyproject_;
};

} // namespace

bool ProjectTable::is_dynamic(std::string_view field) const {
    return std::ranges::find(dynamic, field) != dynamic.end();
}

Result<Pyproject> parse_pyproject(std::string text, std::string_view file) {
    PyprojectReader reader(file);
    TomlDocument document = TRY(reader.places().in_file(TomlDocument::parse(std::move(text))));
    return reader.read(document.root());
}

} // namespace pawl::project
