#include "exchange/uv_manifest.h"

#include <algorithm>

#include "base/clock.h"
#include "base/text.h"
#include "exchange/uv_sources.h"
#include "exchange/uv_text.h"
#include "pep/marker_space.h"
#include "project/pyproject.h"
#include "text/toml.h"
#include "text/toml_write.h"

namespace pawl::exchange {

namespace {

using text::TomlNode;

/// A requirement as it is asked for, and for whom.
struct Asked {
    pep::Requirement requirement; ///< with `extra == "x"` in its marker for extras
    Selector selector;
};

class ManifestReader {
  public:
    explicit ManifestReader(const Document& document) : document_(document) {}

    /// The text of pyproject.toml, or of a script's block.
    Result<UvManifest> read(const text::TomlDocument& toml, bool is_script) {
        if (auto tool = TRY(toml.root().get_table("tool"))) {
            uv_ = TRY(tool->get_table("uv"));
        }
        if (uv_) {
            sources_ = TRY(UvSources::read(*uv_, document_));
            TRY(read_settings());
        }
        TRY(is_script ? read_script(toml.root()) : read_project(toml.text()));
        return std::move(manifest_);
    }

    /// What the document itself knows of what was asked for.
    Result<UvManifest> read_roots() {
        manifest_.environments = document_.lock.environments;
        manifest_.required_environments = document_.required_environments;
        manifest_.conflicts = document_.conflicts;
        if (document_.projects.empty()) {
            return std::move(manifest_);
        }
        const Project& project = document_.projects[0];
        manifest_.is_package = project.is_package;
        for (const pep::Name& extra : project.extras) {
            manifest_.provides_extras.push_back(extra.str());
        }
        for (const std::string& group : project.groups) {
            manifest_.requires_dev.emplace_back(group, UvRequirements());
        }
        for (const Root& root : project.roots) {
            if (root.selector.kind != Selector::Kind::group) {
                bool is_extra = root.selector.kind == Selector::Kind::extra;
                TRY(add(
                    {is_extra ? with_extra(root.requirement, root.selector.name) : root.requirement,
                     root.selector},
                    manifest_.requires_dist));
                continue;
            }
            auto group = std::ranges::find(manifest_.requires_dev, root.selector.name,
                                           [](const auto& one) { return one.first; });
            if (group != manifest_.requires_dev.end()) {
                TRY(add({root.requirement, root.selector}, group->second));
            }
        }
        sort_all();
        return std::move(manifest_);
    }

  private:
    // --- [tool.uv] ------------------------------------------------------------------------------

    Result<> read_settings() {
        TRY(read_list("constraint-dependencies", manifest_.constraints));
        TRY(read_list("override-dependencies", manifest_.overrides));
        TRY(read_list("build-constraint-dependencies", manifest_.build_constraints));
        if (auto names = TRY(uv_->get_strings("exclude-dependencies"))) {
            for (std::string_view name : *names) {
                manifest_.excludes.push_back(pep::normalize_name(name));
            }
            std::ranges::sort(manifest_.excludes);
        }
        manifest_.is_workspace = uv_->find("workspace").has_value();
        TRY(read_markers("environments", manifest_.environments));
        TRY(read_markers("required-environments", manifest_.required_environments));
        TRY(read_conflicts());
        TRY(read_dependency_metadata());
        return read_options();
    }

    Result<> read_list(std::string_view key, UvRequirements& into) {
        auto texts = TRY(uv_->get_strings(key));
        if (!texts) {
            return {};
        }
        for (std::string_view text : *texts) {
            TRY(add({TRY_IN(key, pep::Requirement::parse(text)), {}}, into));
        }
        std::ranges::sort(into);
        return {};
    }

    /// One text, or a list of them.
    Result<> read_markers(std::string_view key, std::vector<pep::Marker>& into) {
        auto node = uv_->find(key);
        if (!node) {
            return {};
        }
        if (node->is_string()) {
            into.push_back(TRY_IN(key, pep::Marker::parse(node->string())));
            return {};
        }
        auto texts = TRY(uv_->get_strings(key));
        for (std::string_view text : *texts) {
            into.push_back(TRY_IN(key, pep::Marker::parse(text)));
        }
        return {};
    }

    Result<> read_conflicts() {
        auto sets = TRY(uv_->get_array("conflicts"));
        if (!sets) {
            return {};
        }
        for (TomlNode set : *sets) {
            std::vector<Selector> items;
            for (TomlNode item : set) {
                if (auto extra = TRY(item.get_string("extra"))) {
                    items.push_back({Selector::Kind::extra, pep::normalize_name(*extra)});
                } else if (auto group = TRY(item.get_string("group"))) {
                    items.push_back({Selector::Kind::group, pep::normalize_name(*group)});
                }
            }
            if (items.size() > 1) {
                manifest_.conflicts.push_back(std::move(items));
            }
        }
        return {};
    }

    /// What the user says in place of a project's own metadata.
    Result<> read_dependency_metadata() {
        auto list = TRY(uv_->get_array("dependency-metadata"));
        if (!list) {
            return {};
        }
        for (TomlNode table : *list) {
            text::TomlWriter section;
            section.string("name", pep::normalize_name(TRY(table.require_string("name"))));
            if (auto version = TRY(table.get_string("version"))) {
                section.string("version", TRY(pep::Version::parse(*version)).str());
            }
            if (auto requirements = TRY(table.get_strings("requires-dist"))) {
                std::vector<std::string> texts;
                for (std::string_view one : *requirements) {
                    texts.push_back(
                        replace_all(TRY(pep::Requirement::parse(one)).str(), "\"", "'"));
                }
                section.entry("requires-dist", text::toml_strings(texts));
            }
            if (auto pythons = TRY(table.get_string("requires-python"))) {
                section.string("requires-python", *pythons);
            }
            if (auto extras = TRY(table.get_strings("provides-extras"))) {
                std::vector<std::string> names(extras->begin(), extras->end());
                section.entry("provides-extras", text::toml_strings(names));
            }
            manifest_.dependency_metadata.push_back(section.take());
        }
        return {};
    }

    /// [options] holds what differs from uv's own defaults.
    Result<> read_options() {
        struct Option {
            std::string_view setting, option, plain;
        };
        for (const Option& one :
             {Option{"resolution", "resolution-mode", "highest"},
              Option{"prerelease", "prerelease-mode", "if-necessary-or-explicit"},
              Option{"fork-strategy", "fork-strategy", "requires-python"}}) {
            auto value = TRY(uv_->get_string(one.setting));
            if (value && *value != one.plain) {
                manifest_.options.emplace_back(one.option, uv_string(*value));
            }
        }
        if (auto newer = uv_->find("exclude-newer")) {
            std::string text(newer->is_string() ? newer->string() : newer->source());
            bool is_span = parse_duration(text).has_value();
            std::string limit = is_span ? "0001-01-01T00:00:00Z" : TRY(limit_of(text));
            manifest_.options.emplace_back("exclude-newer", uv_string(limit));
            if (is_span) {
                manifest_.options.emplace_back("exclude-newer-span", uv_string(uv_span(text)));
            }
        }
        auto packages = TRY(uv_->get_table("exclude-newer-package"));
        if (!packages) {
            return {};
        }
        for (TomlNode entry : *packages) {
            if (entry.is_string()) {
                manifest_.exclude_newer_of.emplace_back(
                    pep::normalize_name(entry.key()),
                    uv_string(TRY(limit_of(std::string(entry.string())))));
            }
        }
        return {};
    }

    /// The moment from which on files are too new. A date counts to its end.
    static Result<std::string> limit_of(const std::string& text) {
        Timestamp limit = TRY_IN("exclude-newer", parse_timestamp(text));
        if (text.size() == std::string_view("2026-11-20").size()) {
            limit.microseconds += int64_t{24} * 3600 * 1'000'000;
        }
        return format_timestamp(limit);
    }

    // --- requirements ---------------------------------------------------------------------------

    /// One table for each case of its source, and one for where there is none.
    Result<> add(const Asked& asked, UvRequirements& into) {
        const pep::Requirement& one = asked.requirement;
        pep::MarkerSpace space;
        pep::MarkerId whole = one.marker ? space.from(*one.marker) : pep::MarkerId::always;
        pep::MarkerId rest = whole;
        for (const UvSource& source : sources_.of(one, asked.selector)) {
            pep::MarkerId where =
                source.marker ? space.from(*source.marker) : pep::MarkerId::always;
            add_one(one, &source, space.both(whole, where), space, into);
            rest = space.minus(rest, where);
        }
        add_one(one, nullptr, rest, space, into);
        return {};
    }

    static void add_one(const pep::Requirement& one, const UvSource* source, pep::MarkerId where,
                        pep::MarkerSpace& space, UvRequirements& into) {
        if (pep::MarkerSpace::is_never(where)) {
            return;
        }
        UvTable table;
        table.text("name", one.name.str());
        if (!one.extras.empty()) {
            table.names("extras", one.extras);
        }
        // As written where that is all of it: to uv, os_name does not tell sys_platform.
        if (one.marker && space.from(*one.marker) == where) {
            table.text("marker", uv_marker_text(*one.marker));
        } else if (!pep::MarkerSpace::is_always(where)) {
            table.text("marker", uv_marker_text(*space.marker(where)));
        }
        if (!one.specifiers.is_empty()) {
            table.text("specifier", one.specifiers.str());
        }
        if (source != nullptr && !source->key.empty()) {
            table.text(source->key, source->value);
        }
        into.push_back(table.str());
    }

    Result<> read_script(TomlNode root) {
        if (auto texts = TRY(root.get_strings("dependencies"))) {
            for (std::string_view text : *texts) {
                TRY(add({TRY(pep::Requirement::parse(text)), {}}, manifest_.requires_dist));
            }
        }
        sort_all();
        return {};
    }

    Result<> read_project(const std::string& text) {
        project::Pyproject pyproject = TRY(project::parse_pyproject(text, "pyproject.toml"));
        if (!pyproject.project) {
            return fail(Error::Kind::input, "pyproject.toml has no [project], which uv needs");
        }
        for (const auto& one : pyproject.project->dependencies) {
            TRY(add({one.requirement, {}}, manifest_.requires_dist));
        }
        for (const auto& [extra, requirements] : pyproject.project->optional_dependencies) {
            manifest_.provides_extras.push_back(extra.str());
            for (const auto& one : requirements) {
                TRY(add({with_extra(one.requirement, extra.str()),
                         {Selector::Kind::extra, extra.str()}},
                        manifest_.requires_dist));
            }
        }
        for (const project::ProjectGroup& group : pyproject.groups) {
            UvRequirements requirements;
            for (const auto& one : group.requirements) {
                TRY(add({one.requirement, {Selector::Kind::group, group.name}}, requirements));
            }
            manifest_.requires_dev.emplace_back(group.name, std::move(requirements));
        }
        TRY(add_old_group());
        sort_all();
        std::optional<bool> package;
        if (uv_) {
            package = TRY(uv_->get_bool("package"));
        }
        manifest_.is_package = package.value_or(pyproject.build_system.has_value());
        return {};
    }

    /// `[tool.uv] dev-dependencies`, which is a part of the group "dev".
    Result<> add_old_group() {
        auto texts = uv_ ? TRY(uv_->get_strings("dev-dependencies")) : std::nullopt;
        if (!texts) {
            return {};
        }
        auto found = std::ranges::find(manifest_.requires_dev, "dev",
                                       [](const auto& group) { return group.first; });
        if (found == manifest_.requires_dev.end()) {
            found = manifest_.requires_dev.insert(found, {"dev", {}});
        }
        for (std::string_view text : *texts) {
            TRY(add({TRY(pep::Requirement::parse(text)), {Selector::Kind::group, "dev"}},
                    found->second));
        }
        return {};
    }

    void sort_all() {
        std::ranges::sort(manifest_.requires_dist);
        std::ranges::sort(manifest_.provides_extras);
        std::ranges::sort(manifest_.requires_dev);
        for (auto& group : manifest_.requires_dev) {
            std::ranges::sort(group.second);
        }
    }

    static pep::Requirement with_extra(pep::Requirement requirement, std::string extra) {
        pep::Marker with = pep::Marker::of({.variable = pep::MarkerVariable::extra,
                                            .op = pep::Marker::Operator::equal,
                                            .literal = std::move(extra)});
        requirement.marker =
            requirement.marker
                ? pep::Marker::of(pep::Marker::Kind::all_of, {*requirement.marker, std::move(with)})
                : std::move(with);
        return requirement;
    }

    const Document& document_;
    std::optional<TomlNode> uv_;
    UvSources sources_;
    UvManifest manifest_;
};

} // namespace

Result<UvManifest> uv_manifest(const Document& document, const Context& context) {
    ManifestReader reader(document);
    if (context.script) {
        text::TomlDocument toml =
            TRY_IN("the script's metadata", text::TomlDocument::parse(*context.script));
        return TRY_IN("the script's metadata", reader.read(toml, true));
    }
    if (context.pyproject) {
        text::TomlDocument toml =
            TRY_IN("pyproject.toml", text::TomlDocument::parse(*context.pyproject));
        return TRY_IN("pyproject.toml", reader.read(toml, false));
    }
    return reader.read_roots();
}

} // namespace pawl::exchange
