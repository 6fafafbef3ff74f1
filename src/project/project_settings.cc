#include "project/project_settings.h"

#include <algorithm>
#include <array>

#include "base/clock.h"
#include "base/fs.h"
#include "base/text.h"
#include "hardware/overlay.h"

namespace pawl::project {

namespace {

using text::TomlNode;

class SettingsReader {
  public:
    explicit SettingsReader(const TomlPlaces& places) : places_(places) {}

    /// An index that a source names may stand elsewhere: see check_sources().
    Result<ProjectSettings> read(const TomlNode& table) {
        for (const TomlNode& entry : table) {
            bool is_known = TRY(read_flag(entry)) || TRY(read_text(entry)) ||
                            TRY(read_list(entry)) || TRY(read_table(entry));
            if (!is_known) {
                settings_.unknown_keys.emplace_back(entry.key(), entry.place().line);
            }
        }
        return std::move(settings_);
    }

  private:
    tl::unexpected<Error> wrong_type(const TomlNode& node, std::string_view wanted) const {
        return fail(places_.relocated(std::move(node.type_error(wanted).value())));
    }

    Result<bool> read_flag(const TomlNode& entry) {
        bool is_index = entry.key() == "no-index";
        if (!is_index && entry.key() != "no-build") {
            return false;
        }
        if (entry.kind() != TomlNode::Kind::boolean) {
            return wrong_type(entry, "true or false");
        }
        (is_index ? settings_.no_index : settings_.no_build) = entry.boolean();
        return true;
    }

    /// A date may stand without quotes.
    Result<std::string> date_or_text(const TomlNode& node) const {
        if (node.kind() == TomlNode::Kind::datetime) {
            return std::string(node.source());
        }
        if (!node.is_string()) {
            return wrong_type(node, "a string or a date");
        }
        return std::string(node.string());
    }

    Result<> check_date(const TomlNode& node, const std::string& text) const {
        if (parse_timestamp(text) || parse_duration(text)) {
            return {};
        }
        return places_.error(node, "\"" + printable(text) +
                                       "\" is neither a date (2026-11-20), a time "
                                       "(2026-11-20T10:00:00Z) nor a span of time (7 days)");
    }

    Result<bool> read_text(const TomlNode& entry) {
        struct Text {
            std::string_view key;
            std::string ProjectSettings::*member;
        };
        static constexpr std::array<Text, 6> texts = {{
            {"index-url", &ProjectSettings::index_url},
            {"prerelease", &ProjectSettings::prerelease},
            {"resolution", &ProjectSettings::resolution},
            {"fork-strategy", &ProjectSettings::fork_strategy},
            {"index-strategy", &ProjectSettings::index_strategy},
            {"python", &ProjectSettings::python},
        }};
        if (entry.key() == "exclude-newer") {
            settings_.exclude_newer = TRY(date_or_text(entry));
            TRY(check_date(entry, settings_.exclude_newer));
            return true;
        }
        const auto* text = std::ranges::find(texts, entry.key(), &Text::key);
        if (text == texts.end()) {
            return false;
        }
        if (!entry.is_string()) {
            return wrong_type(entry, "a string");
        }
        settings_.*text->member = std::string(entry.string());
        if (entry.key() == "prerelease") {
            TRY(check_mode(entry, settings_.prerelease));
        }
        return true;
    }

    Result<> check_mode(const TomlNode& node, std::string_view mode) const {
        for (std::string_view known : {"if-necessary", "allow", "disallow", "explicit"}) {
            if (mode == known) {
                return {};
            }
        }
        return places_.error(node, "\"" + printable(mode) +
                                       "\" is not one of if-necessary, allow, disallow, explicit");
    }

    Result<bool> read_list(const TomlNode& entry) {
        std::string_view key = entry.key();
        if (key == "extra-index-url" || key == "find-links") {
            (key == "find-links" ? settings_.find_links : settings_.extra_index_urls) =
                TRY(read_strings(entry, places_));
        } else if (key == "only-binary" || key == "no-binary") {
            (key == "only-binary" ? settings_.only_binary : settings_.no_binary) =
                TRY(read_strings(entry, places_));
        } else if (key == "constraints" || key == "overrides") {
            (key == "overrides" ? settings_.overrides : settings_.constraints) =
                TRY(read_requirements(entry, places_));
        } else if (key == "environments" || key == "required-environments") {
            (key == "environments" ? settings_.environments : settings_.required_environments) =
                TRY(markers(entry));
        } else if (key == "excludes") {
            settings_.excludes = TRY(names(entry));
        } else if (key == "default-groups") {
            for (const pep::Name& name : TRY(names(entry))) {
                settings_.default_groups.push_back(name.str());
            }
        } else if (key == "conflicts") {
            TRY(read_conflicts(entry));
        } else if (key == "index") {
            TRY(read_indexes(entry));
        } else {
            return false;
        }
        return true;
    }

    Result<pep::Name> name(const TomlNode& node, std::string_view text) const {
        return TRY_IN(places_.at(node), pep::Name::parse(text));
    }

    Result<std::vector<pep::Name>> names(const TomlNode& node) const {
        std::vector<pep::Name> list;
        for (const std::string& text : TRY(read_strings(node, places_))) {
            list.push_back(TRY(name(node, text)));
        }
        return list;
    }

    Result<std::vector<pep::Marker>> markers(const TomlNode& node) const {
        std::vector<pep::Marker> list;
        for (const std::string& text : TRY(read_strings(node, places_))) {
            list.push_back(TRY_IN(places_.at(node), pep::Marker::parse(text)));
        }
        return list;
    }

    /// [[{extra = "a"}, {extra = "b"}], …]
    Result<> read_conflicts(const TomlNode& node) {
        if (!node.is_array()) {
            return wrong_type(node, "an array of arrays of tables");
        }
        for (const TomlNode& element : node) {
            if (!element.is_array()) {
                return wrong_type(element, "an array of tables");
            }
            ConflictSet set{.items = {}, .line = element.place().line};
            for (const TomlNode& item : element) {
                ConflictItem one = TRY(conflict_item(item));
                if (std::ranges::find(set.items, one) != set.items.end()) {
                    return places_.error(item, "\"" + one.name + "\" stands here twice");
                }
                set.items.push_back(std::move(one));
            }
            if (set.items.size() < 2) {
                return places_.error(element, "a conflict needs two extras or groups at least");
            }
            settings_.conflicts.push_back(std::move(set));
        }
        return {};
    }

    Result<ConflictItem> conflict_item(const TomlNode& node) const {
        if (!node.is_table()) {
            return wrong_type(node, "a table: {extra = \"…\"} or {group = \"…\"}");
        }
        auto extra = TRY(places_.in_file(node.get_string("extra")));
        auto group = TRY(places_.in_file(node.get_string("group")));
        if (node.size() != 1 || extra.has_value() == group.has_value()) {
            return places_.error(node,
                                 "a side of a conflict is {extra = \"…\"} or {group = \"…\"}");
        }
        pep::Name normal = TRY(name(node, extra ? *extra : *group));
        return ConflictItem{.kind = extra ? ConflictItem::Kind::extra : ConflictItem::Kind::group,
                            .name = normal.str()};
    }

    /// `index = {torch = "https://…"}`: the only index of these projects, and of no others.
    Result<> read_own_indexes(const TomlNode& table) {
        for (const TomlNode& entry : table) {
            pep::Name project = TRY(name(entry, entry.key()));
            if (!entry.is_string()) {
                return wrong_type(entry, "the address of the project's index");
            }
            ProjectIndex index{.name = hardware::own_index_name(project),
                               .url = std::string(entry.string()),
                               .is_explicit = true,
                               .line = entry.place().line};
            settings_.sources.insert_or_assign(
                project, ProjectSource{.index = index.name, .path = {}, .line = index.line});
            settings_.indexes.push_back(std::move(index));
        }
        return {};
    }

    /// `[[tool.pawl.index]]`, or strings "NAME=URL" as on the command line.
    Result<> read_indexes(const TomlNode& node) {
        if (node.is_table()) {
            return read_own_indexes(node);
        }
        if (!node.is_array()) {
            return wrong_type(node, "an array of tables");
        }
        for (const TomlNode& element : node) {
            ProjectIndex index{.name = {}, .url = {}, .line = element.place().line};
            if (element.is_string()) {
                std::optional<Halves> halves = split_once(element.string(), '=');
                if (!halves || halves->before.empty() || halves->after.empty()) {
                    return places_.error(element, "an index is \"NAME=URL\" or a table");
                }
                index.name = halves->before;
                index.url = halves->after;
            } else if (element.is_table()) {
                auto text = TRY(places_.in_file(element.get_string("name")));
                index.name = text.value_or("");
                index.url = TRY(places_.in_file(element.require_string("url")));
                index.is_default =
                    TRY(places_.in_file(element.get_bool("default"))).value_or(false);
                index.is_explicit =
                    TRY(places_.in_file(element.get_bool("explicit"))).value_or(false);
            } else {
                return wrong_type(element, "a table");
            }
            if (index.is_explicit && index.name.empty()) {
                return places_.error(element, "an explicit index needs a name");
            }
            bool is_taken = !index.name.empty() &&
                            std::ranges::find(settings_.indexes, index.name, &ProjectIndex::name) !=
                                settings_.indexes.end();
            if (is_taken) {
                return places_.error(element, "there are two indexes with the name \"" +
                                                  printable(index.name) + "\"");
            }
            settings_.indexes.push_back(std::move(index));
        }
        return {};
    }

    Result<bool> read_table(const TomlNode& entry) {
        std::string_view key = entry.key();
        bool is_known = key == "sources" || key == "exclude-newer-package" ||
                        key == "prerelease-package" || key == "workspace" || key == "variants";
        if (!is_known) {
            return false;
        }
        if (!entry.is_table()) {
            return wrong_type(entry, "a table");
        }
        if (key == "workspace") {
            return read_workspace(entry);
        }
        if (key == "variants") { // read_project_variants()
            return true;
        }
        for (const TomlNode& one : entry) {
            pep::Name project = TRY(name(one, one.key()));
            if (key == "sources") {
                settings_.sources.insert_or_assign(std::move(project), TRY(source(one)));
            } else if (key == "prerelease-package") {
                if (!one.is_string()) {
                    return wrong_type(one, "a string");
                }
                TRY(check_mode(one, one.string()));
                settings_.prerelease_of.insert_or_assign(std::move(project),
                                                         std::string(one.string()));
            } else {
                std::string limit;
                bool is_lifted = one.kind() == TomlNode::Kind::boolean && !one.boolean();
                if (!is_lifted) {
                    limit = TRY(date_or_text(one));
                    TRY(check_date(one, limit));
                }
                settings_.exclude_newer_of.insert_or_assign(std::move(project), std::move(limit));
            }
        }
        return true;
    }

    Result<bool> read_workspace(const TomlNode& table) {
        for (const TomlNode& entry : table) {
            if (entry.key() == "members") {
                settings_.workspace_members = TRY(read_strings(entry, places_));
            } else if (entry.key() == "exclude") {
                settings_.workspace_exclude = TRY(read_strings(entry, places_));
            } else {
                settings_.unknown_keys.emplace_back("workspace." + std::string(entry.key()),
                                                    entry.place().line);
            }
        }
        for (const std::string& path : settings_.workspace_members) {
            std::string normal = fs::normalize(path);
            if (path.empty() || normal.starts_with('/') || normal.starts_with("..")) {
                return places_.error(table, "the workspace's member \"" + printable(path) +
                                                "\" is not below the project");
            }
        }
        return true;
    }

    Result<ProjectSource> source(const TomlNode& node) const {
        if (!node.is_table()) {
            return wrong_type(node, "a table: {index = \"…\"} or {path = \"…\"}");
        }
        ProjectSource source{.index = {}, .path = {}, .line = node.place().line};
        source.index = TRY(places_.in_file(node.get_string("index"))).value_or("");
        source.path = TRY(places_.in_file(node.get_string("path"))).value_or("");
        source.editable = TRY(places_.in_file(node.get_bool("editable"))).value_or(false);
        if (source.index.empty() == source.path.empty()) {
            return places_.error(node, "a source is {index = \"…\"} or {path = \"…\"}");
        }
        return source;
    }

    const TomlPlaces& places_;
    ProjectSettings settings_;
};

} // namespace

Result<ProjectRequirement> read_requirement(const TomlNode& node, const TomlPlaces& places) {
    if (!node.is_string()) {
        return fail(places.relocated(std::move(node.type_error("a string").value())));
    }
    std::string_view text = node.string();
    pep::Requirement requirement = TRY_IN(places.at(node), pep::Requirement::parse(text));
    return ProjectRequirement{std::move(requirement), std::string(text), node.place().line};
}

Result<std::vector<ProjectRequirement>> read_requirements(const TomlNode& node,
                                                          const TomlPlaces& places) {
    if (!node.is_array()) {
        return fail(places.relocated(std::move(node.type_error("an array of strings").value())));
    }
    std::vector<ProjectRequirement> list;
    for (const TomlNode& element : node) {
        list.push_back(TRY(read_requirement(element, places)));
    }
    return list;
}

Result<std::vector<std::string>> read_strings(const TomlNode& node, const TomlPlaces& places) {
    if (node.is_string()) {
        return std::vector<std::string>{std::string(node.string())};
    }
    if (!node.is_array()) {
        return fail(places.relocated(std::move(node.type_error("a string or an array").value())));
    }
    std::vector<std::string> list;
    for (const TomlNode& element : node) {
        if (!element.is_string()) {
            return fail(places.relocated(std::move(element.type_error("a string").value())));
        }
        list.emplace_back(element.string());
    }
    return list;
}

Result<> check_sources(const ProjectSettings& settings, const TomlPlaces& places) {
    for (const auto& [project, source] : settings.sources) {
        bool is_known = source.index.empty() ||
                        std::ranges::find(settings.indexes, source.index, &ProjectIndex::name) !=
                            settings.indexes.end();
        if (!is_known) {
            return fail(Error{Error::Kind::input, places.at(source.line) + ": " + project.str() +
                                                      " comes from the index \"" +
                                                      printable(source.index) +
                                                      "\", and there is none of that name"}
                            .hint("declare it with [[tool.pawl.index]]"));
        }
    }
    return {};
}

Result<ProjectSettings> read_project_settings(const TomlNode& table, const TomlPlaces& places) {
    return SettingsReader(places).read(table);
}

} // namespace pawl::project
