#include "exchange/poetry_manifest.h"

#include <algorithm>
#include <map>

#include "exchange/poetry_constraint.h"
#include "exchange/toml_reading.h"
#include "pep/marker_space.h"

namespace pawl::exchange {

using text::TomlNode;

namespace {

template <class T>
Result<T> at(TomlNode node, Result<T> value) {
    return value ? std::move(value)
                 : Result<T>(fail(std::move(value.error()).in("line " + line_text(node))));
}

/// "git+https://host/repository@rev#subdirectory=x", or a path, or a URL; "" for none.
Result<std::string> address_of(TomlNode table) {
    if (auto git = TRY(table.get_string("git"))) {
        std::string text = "git+" + std::string(*git);
        for (std::string_view key : {"rev", "tag", "branch"}) {
            if (auto revision = TRY(table.get_string(key))) {
                text += "@" + std::string(*revision);
                break;
            }
        }
        auto subdirectory = TRY(table.get_string("subdirectory"));
        return subdirectory ? text + "#subdirectory=" + std::string(*subdirectory) : text;
    }
    for (std::string_view key : {"url", "path", "file"}) {
        if (auto where = TRY(table.get_string(key))) {
            return std::string(*where);
        }
    }
    return std::string();
}

/// `markers`, `python` and `platform` together.
Result<std::optional<pep::Marker>> marker_of(TomlNode table) {
    pep::MarkerSpace space;
    pep::MarkerId where = pep::MarkerId::always;
    std::optional<pep::Marker> written;
    if (auto text = TRY(table.get_string("markers")); text && !text->empty()) {
        written = TRY(at(*table.find("markers"), pep::Marker::parse(*text)));
        where = space.from(*written);
    }
    auto python = TRY(table.get_string("python"));
    auto platform = TRY(table.get_string("platform"));
    if (!python && !platform) {
        return written;
    }
    if (python) {
        PoetryConstraint pythons = TRY(at(*table.find("python"), PoetryConstraint::parse(*python)));
        pep::MarkerId any = pep::MarkerId::never;
        for (const pep::Specifiers& one : pythons.either) {
            any = space.either(any, space.from_requires_python(one));
        }
        where = space.both(where, any);
    }
    if (platform) {
        where = space.both(
            where, space.from(pep::Marker::of({.variable = pep::MarkerVariable::sys_platform,
                                               .op = pep::Marker::Operator::equal,
                                               .literal = std::string(*platform)})));
    }
    return space.marker(where);
}

Result<PoetryDependency> dependency_of(const pep::Name& name, std::string_view written,
                                       TomlNode node) {
    PoetryDependency dependency{.requirement = {.name = name,
                                                .name_as_written = std::string(written),
                                                .extras = {},
                                                .specifiers = {},
                                                .url = {},
                                                .marker = {}},
                                .source = {}};
    std::string_view version;
    if (node.is_string()) {
        version = node.string();
    } else if (node.is_table()) {
        dependency.requirement.url = TRY(address_of(node));
        if (dependency.requirement.url.empty()) {
            version = TRY(node.get_string("version")).value_or("*");
        }
        if (auto extras = TRY(node.get_strings("extras"))) {
            dependency.requirement.extras = TRY(at(node, names_of(*extras)));
        }
        dependency.requirement.marker = TRY(marker_of(node));
        dependency.is_optional = TRY(node.get_bool("optional")).value_or(false);
        dependency.is_editable = TRY(node.get_bool("develop")).value_or(false);
        dependency.source = std::string(TRY(node.get_string("source")).value_or(""));
    } else {
        return fail(std::move(node.type_error("a string or a table").value()));
    }
    if (!version.empty()) {
        PoetryConstraint constraint = TRY(at(node, PoetryConstraint::parse(version)));
        dependency.requirement.specifiers = constraint.specifiers();
        dependency.is_exact = constraint.is_exact();
    }
    return dependency;
}

class ManifestReader {
  public:
    explicit ManifestReader(Project& project) : project_(project) {}

    Result<> read(TomlNode poetry, bool has_standard_list) {
        if (auto main = TRY(poetry.get_table("dependencies"))) {
            TRY(read_main(poetry, *main, has_standard_list));
        }
        if (auto old = TRY(poetry.get_table("dev-dependencies"))) {
            TRY(read_group("dev", *old));
        }
        auto groups = TRY(poetry.get_table("group"));
        if (!groups) {
            return {};
        }
        for (TomlNode group : *groups) {
            if (auto list = TRY(group.get_table("dependencies"))) {
                TRY(read_group(pep::normalize_name(group.key()), *list));
            }
        }
        return {};
    }

  private:
    Result<> read_main(TomlNode poetry, TomlNode main, bool has_standard_list) {
        std::map<pep::Name, std::vector<std::string>> extras_of;
        if (auto extras = TRY(poetry.get_table("extras"))) {
            for (TomlNode extra : *extras) {
                pep::Name name = TRY(at(extra, pep::Name::parse(extra.key())));
                add_extra(name);
                for (std::string_view one : TRY(extras->get_strings(extra.key()))
                                                .value_or(std::vector<std::string_view>())) {
                    extras_of[TRY(at(extra, pep::Name::parse(one)))].push_back(name.str());
                }
            }
        }
        for (TomlNode node : main) {
            if (node.key() == "python") {
                TRY(read_python(node));
                continue;
            }
            if (has_standard_list) {
                continue; // then this only says where projects come from
            }
            for (PoetryDependency& one : TRY(poetry_dependencies(node))) {
                auto found = extras_of.find(one.requirement.name);
                if (!one.is_optional || found == extras_of.end()) {
                    add_root({}, one);
                    continue;
                }
                for (const std::string& extra : found->second) {
                    add_root({Selector::Kind::extra, extra}, one);
                }
            }
        }
        return {};
    }

    Result<> read_python(TomlNode node) {
        if (!project_.requires_python && node.is_string()) {
            project_.requires_python =
                TRY(at(node, PoetryConstraint::parse(node.string()))).specifiers();
        }
        return {};
    }

    Result<> read_group(const std::string& name, TomlNode list) {
        if (std::ranges::find(project_.groups, name) == project_.groups.end()) {
            project_.groups.push_back(name);
            std::ranges::sort(project_.groups);
        }
        for (TomlNode node : list) {
            for (PoetryDependency& one : TRY(poetry_dependencies(node))) {
                add_root({Selector::Kind::group, name}, one);
            }
        }
        return {};
    }

    void add_extra(const pep::Name& extra) {
        if (std::ranges::find(project_.extras, extra) == project_.extras.end()) {
            project_.extras.push_back(extra);
            std::ranges::sort(project_.extras);
        }
    }

    void add_root(const Selector& selector, const PoetryDependency& one) {
        project_.roots.push_back({selector, one.requirement, one.source, one.is_editable});
    }

    Project& project_;
};

} // namespace

Result<std::vector<PoetryDependency>> poetry_dependencies(TomlNode node) {
    pep::Name name = TRY(at(node, pep::Name::parse(node.key())));
    std::vector<PoetryDependency> list;
    if (!node.is_array()) {
        list.push_back(TRY(dependency_of(name, node.key(), node)));
        return list;
    }
    for (TomlNode one : node) {
        list.push_back(TRY(dependency_of(name, node.key(), one)));
    }
    return list;
}

Result<> add_poetry_manifest(TomlNode root, std::optional<Project>& project) {
    auto tool = TRY(root.get_table("tool"));
    auto poetry = tool ? TRY(tool->get_table("poetry")) : std::nullopt;
    if (!poetry) {
        return {};
    }
    if (!project) {
        project.emplace();
        if (auto name = TRY(poetry->get_string("name"))) {
            project->name = TRY(at(*poetry, pep::Name::parse(*name)));
            project->name_as_written = std::string(*name);
        }
        if (auto version = poetry->find("version"); version && version->is_string()) {
            project->version = TRY(version_at(*version));
        }
        project->is_package = TRY(poetry->get_bool("package-mode")).value_or(true);
    }
    auto table = TRY(root.get_table("project"));
    bool has_standard_list =
        table && (table->find("dependencies") || table->find("optional-dependencies"));
    return ManifestReader(*project).read(*poetry, has_standard_list);
}

} // namespace pawl::exchange
