#include "exchange/pipenv_manifest.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/url.h"
#include "exchange/toml_reading.h"
#include "pep/marker_space.h"
#include "text/toml.h"

namespace pawl::exchange {

using text::TomlNode;

namespace {

constexpr std::array<std::string_view, 5> no_requirements = {"source", "requires", "scripts",
                                                             "pipfile", "pipenv"};

/// `markers`, and each variable that is a key of its own: `sys_platform = "== 'win32'"`.
Result<std::optional<pep::Marker>> marker_of(TomlNode table) {
    std::string text;
    auto add = [&text](const std::string& part) {
        text += (text.empty() ? "(" : " and (") + part + ")";
    };
    for (std::string_view key : {"markers", "marker"}) {
        if (auto marker = TRY(table.get_string(key))) {
            add(std::string(*marker));
        }
    }
    for (std::string_view variable :
         {"os_name", "sys_platform", "platform_machine", "platform_python_implementation",
          "platform_release", "platform_system", "platform_version", "python_version",
          "python_full_version", "implementation_name", "implementation_version"}) {
        if (auto rest = TRY(table.get_string(variable))) {
            add(std::string(variable) + " " + std::string(*rest));
        }
    }
    if (text.empty()) {
        return std::nullopt;
    }
    return TRY_IN("line " + line_text(table), pep::Marker::parse(text));
}

Result<Root> root_of(TomlNode node, const Selector& selector) {
    pep::Name name = TRY_IN("line " + line_text(node), pep::Name::parse(node.key()));
    Root root{.selector = selector,
              .requirement = {.name = name,
                              .name_as_written = std::string(node.key()),
                              .extras = {},
                              .specifiers = {},
                              .url = {},
                              .marker = {}},
              .index = {}};
    std::string_view version;
    if (node.is_string()) {
        version = node.string();
    } else if (node.is_table()) {
        version = TRY(node.get_string("version")).value_or("*");
        if (auto extras = TRY(node.get_strings("extras"))) {
            root.requirement.extras = TRY_IN("line " + line_text(node), names_of(*extras));
        }
        for (std::string_view key : {"path", "file", "url"}) {
            if (auto where = TRY(node.get_string(key))) {
                root.requirement.url = std::string(*where);
            }
        }
        if (auto git = TRY(node.get_string("git"))) {
            auto reference = TRY(node.get_string("ref"));
            root.requirement.url =
                "git+" + std::string(*git) + (reference ? "@" + std::string(*reference) : "");
        }
        root.requirement.marker = TRY(marker_of(node));
        root.index = std::string(TRY(node.get_string("index")).value_or(""));
        root.is_editable = TRY(node.get_bool("editable")).value_or(false);
    } else {
        return fail(std::move(node.type_error("a string or a table").value()));
    }
    if (root.requirement.url.empty() && version != "*") {
        root.requirement.specifiers =
            TRY_IN("line " + line_text(node), pep::Specifiers::parse(version));
    }
    return root;
}

} // namespace

Result<Pipfile> read_pipfile(const std::string& text) {
    text::TomlDocument toml = TRY(text::TomlDocument::parse(text));
    Pipfile pipfile;
    if (auto sources = TRY(toml.root().get_array("source"))) {
        for (TomlNode source : *sources) {
            auto url = TRY(source.get_string("url"));
            // With "${NAME}" in it, it is no URL, and nothing that a lock may hold either.
            if (Result<Url> parsed = Url::parse(url.value_or("")); parsed) {
                pipfile.sources.push_back({std::string(TRY(source.get_string("name")).value_or("")),
                                           parsed->without_credentials().text()});
            }
        }
    }
    if (auto requires_table = TRY(toml.root().get_table("requires"))) {
        for (std::string_view key : {"python_version", "python_full_version"}) {
            if (auto version = TRY(requires_table->get_string(key))) {
                pipfile.python = std::string(*version);
            }
        }
    }
    if (!pipfile.python.empty() && pipfile.python != "*") {
        pipfile.project.requires_python = TRY_IN("[requires]", pipenv_pythons(pipfile.python));
    }
    for (TomlNode table : toml.root()) {
        bool is_list = std::ranges::find(no_requirements, table.key()) == no_requirements.end();
        if (!is_list || !table.is_table()) {
            continue;
        }
        std::string_view key = table.key() == "packages"       ? "default"
                               : table.key() == "dev-packages" ? "develop"
                                                               : table.key();
        Selector selector = selector_of_section(key);
        if (selector.kind == Selector::Kind::group) {
            pipfile.project.groups.push_back(selector.name);
        }
        for (TomlNode node : table) {
            pipfile.project.roots.push_back(TRY(root_of(node, selector)));
        }
    }
    std::ranges::sort(pipfile.project.groups);
    return pipfile;
}

std::string pipenv_section(const Selector& selector) {
    if (selector.kind == Selector::Kind::main) {
        return "default";
    }
    return selector.name == "dev" ? "develop" : selector.name;
}

Selector selector_of_section(std::string_view section) {
    if (section == "default") {
        return {};
    }
    return {Selector::Kind::group,
            section == "develop" ? std::string("dev") : pep::normalize_name(section)};
}

Result<pep::Specifiers> pipenv_pythons(std::string_view version) {
    bool is_range = !version.empty() && !is_digit(version[0]);
    return pep::Specifiers::parse(is_range
                                      ? std::string(version)
                                      : "==" + std::string(version) +
                                            (std::ranges::count(version, '.') < 2 ? ".*" : ""));
}

} // namespace pawl::exchange
