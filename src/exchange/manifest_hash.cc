#include "exchange/manifest_hash.h"

#include <algorithm>
#include <array>

#include "base/sha256.h"
#include "pep/name.h"

namespace pawl::exchange {

using text::TomlNode;
using text::Value;

namespace {

std::string hash_of(const Value& value, bool blanks) {
    return Sha256::hex_of(text::to_json(value, {.blanks = blanks, .ascii = true, .sorted = true}));
}

/// A table's entry; what is no table has none.
std::optional<TomlNode> entry(std::optional<TomlNode> table, std::string_view key) {
    return table ? table->find(key) : std::nullopt;
}

Value value_or(std::optional<TomlNode> node, Value otherwise) {
    return node ? json_of(*node) : std::move(otherwise);
}

} // namespace

Value json_of(TomlNode node) {
    switch (node.kind()) {
    case TomlNode::Kind::string:
        return node.string();
    case TomlNode::Kind::integer:
        return node.integer();
    case TomlNode::Kind::floating:
        return node.floating();
    case TomlNode::Kind::boolean:
        return node.boolean();
    case TomlNode::Kind::datetime:
        return node.source();
    case TomlNode::Kind::array: {
        Value list = Value::array();
        for (TomlNode element : node) {
            list.push_back(json_of(element));
        }
        return list;
    }
    case TomlNode::Kind::table:
        break;
    }
    Value table = Value::object();
    for (TomlNode element : node) {
        table.set(element.key(), json_of(element));
    }
    return table;
}

Result<std::string> poetry_content_hash(const std::string& pyproject, bool with_groups) {
    text::TomlDocument toml = TRY(text::TomlDocument::parse(pyproject));
    std::optional<TomlNode> project = toml.root().find("project");
    std::optional<TomlNode> poetry = entry(toml.root().find("tool"), "poetry");
    Value of_project = Value::object();
    for (std::string_view key : {"requires-python", "dependencies", "optional-dependencies"}) {
        if (auto node = entry(project, key)) {
            of_project.set(key, json_of(*node));
        }
    }
    Value groups = with_groups ? value_or(toml.root().find("dependency-groups"), Value::object())
                               : Value::object();
    bool has_standard =
        !of_project.as_object().empty() || (groups.is_object() && !groups.as_object().empty());
    Value of_poetry = Value::object();
    for (std::string_view key : {"dependencies", "source", "extras", "dev-dependencies", "group"}) {
        auto node = entry(poetry, key);
        // Old keys count even where they are absent, unless the standard's tables say something.
        if (node || (key != "group" && !has_standard)) {
            of_poetry.set(key, value_or(node, nullptr));
        }
    }
    if (!has_standard) {
        return hash_of(of_poetry, true);
    }
    Value whole = Value::object();
    if (!of_project.as_object().empty()) {
        whole.set("project", std::move(of_project));
    }
    if (groups.is_object() && !groups.as_object().empty()) {
        whole.set("dependency-groups", std::move(groups));
    }
    whole.set("tool", Value::object({{"poetry", std::move(of_poetry)}}));
    return hash_of(whole, true);
}

Result<std::string> pdm_content_hash(const std::string& pyproject) {
    text::TomlDocument toml = TRY(text::TomlDocument::parse(pyproject));
    std::optional<TomlNode> project = toml.root().find("project");
    std::optional<TomlNode> pdm = entry(toml.root().find("tool"), "pdm");
    Value groups = Value::object();
    auto add_groups = [&groups](std::optional<TomlNode> table) {
        if (!table || !table->is_table()) {
            return;
        }
        for (TomlNode group : *table) {
            std::string name = pep::normalize_name(group.key());
            Value* before = groups.find(name);
            Value list = json_of(group);
            if (before == nullptr) {
                groups.set(name, std::move(list));
            } else if (before->is_array() && list.is_array()) {
                std::ranges::move(list.as_array(), std::back_inserter(before->as_array()));
            }
        }
    };
    add_groups(toml.root().find("dependency-groups"));
    add_groups(entry(pdm, "dev-dependencies"));
    Value whole = Value::object();
    whole.set("sources", value_or(entry(pdm, "source"), Value::array()));
    whole.set("dependencies", value_or(entry(project, "dependencies"), Value::array()));
    whole.set("dev-dependencies", std::move(groups));
    whole.set("optional-dependencies",
              value_or(entry(project, "optional-dependencies"), Value::object()));
    whole.set("requires-python", value_or(entry(project, "requires-python"), ""));
    whole.set("resolution", value_or(entry(pdm, "resolution"), Value::object()));
    return hash_of(whole, true);
}

Result<std::string> pipenv_content_hash(const std::string& pipfile) {
    text::TomlDocument toml = TRY(text::TomlDocument::parse(pipfile));
    TomlNode root = toml.root();
    auto section = [](std::optional<TomlNode> table) {
        Value normal = Value::object();
        if (table && table->is_table()) {
            for (TomlNode one : *table) {
                normal.set(pep::normalize_name(one.key()), json_of(one));
            }
        }
        return normal;
    };
    Value standard_source = Value::array({Value::object(
        {{"name", "pypi"}, {"url", "https://pypi.org/simple"}, {"verify_ssl", true}})});
    Value whole = Value::object();
    whole.set("_meta",
              Value::object({{"sources", value_or(root.find("source"), std::move(standard_source))},
                             {"requires", value_or(root.find("requires"), Value::object())}}));
    whole.set("default", section(root.find("packages")));
    whole.set("develop", section(root.find("dev-packages")));
    constexpr std::array<std::string_view, 9> no_categories = {
        "source",  "packages", "dev-packages", "requires", "scripts",
        "pipfile", "pipenv",   "default",      "develop"};
    for (TomlNode table : root) {
        if (std::ranges::find(no_categories, table.key()) == no_categories.end()) {
            whole.set(table.key(), section(table));
        }
    }
    return hash_of(whole, false);
}

} // namespace pawl::exchange
