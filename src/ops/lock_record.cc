#include "ops/lock_record.h"

#include <optional>

#include "base/check.h"
#include "base/paths.h"
#include "base/text.h"
#include "base/url.h"
#include "text/toml.h"
#include "text/toml_write.h"

namespace pawl::ops {

namespace {

/// "extra a": `"a" in extras`; "group b": `"b" in dependency_groups`; nothing for anything else.
std::optional<pep::Marker> asked_for(std::string_view item) {
    using Comparison = pep::Marker::Comparison;
    const bool is_extra = item.starts_with("extra ");
    if (!is_extra && !item.starts_with("group ")) {
        return std::nullopt;
    }
    return pep::Marker::of(Comparison{.variable = is_extra ? pep::MarkerVariable::extras
                                                           : pep::MarkerVariable::dependency_groups,
                                      .op = pep::Marker::Operator::in,
                                      .literal = std::string(item.substr(6)),
                                      .reversed = true});
}

} // namespace

std::vector<pep::Marker> left_out_by(std::span<const std::string> conflicts) {
    std::vector<pep::Marker> pairs;
    for (const std::string& conflict : conflicts) {
        std::vector<pep::Marker> items;
        for (std::string_view item : split(conflict, ',')) {
            if (auto marker = asked_for(trim(item))) {
                for (const pep::Marker& other : items) {
                    pairs.push_back(pep::Marker::of(pep::Marker::Kind::all_of, {other, *marker}));
                }
                items.push_back(std::move(*marker));
            }
        }
    }
    return pairs;
}

std::string portable_text(const pep::Requirement& requirement, std::string_view directory) {
    Result<Url> url = Url::parse(requirement.url);
    if (requirement.url.empty() || !url) {
        return requirement.str();
    }
    pep::Requirement portable = requirement;
    if (url->has_credentials()) {
        portable.url = url->without_credentials().text();
    }
    if (url->scheme() == "file") {
        Result<std::string> path = url->local_path();
        if (path && !path->empty()) {
            portable.url = percent_encode(fs::relative_path(*path, directory), "/") +
                           (url->fragment().empty() ? "" : "#" + std::string(url->fragment()));
        }
    }
    return portable.str();
}

Result<LockRecord> read_record(const lock::Lock& lock) {
    LockRecord record;
    const lock::ToolTable* table = lock.tool.find("pawl");
    if (table == nullptr) {
        return record;
    }
    text::TomlDocument document =
        TRY_IN("[tool.pawl] of the lock", text::TomlDocument::parse(table->document()));
    text::TomlNode root = document.root();
    auto text_of = [&root](std::string_view key, std::string& into) -> Result<> {
        into = TRY(root.get_string(key)).value_or(std::string_view());
        return {};
    };
    TRY(text_of("input-digest", record.input_digest));
    TRY(text_of("exclude-newer", record.exclude_newer));
    TRY(text_of("resolution", record.resolution));
    TRY(text_of("prerelease", record.prerelease));
    TRY(text_of("fork-strategy", record.fork_strategy));
    TRY(text_of("project", record.project));
    TRY(text_of("entry-point", record.entry_point));
    record.this_environment = TRY(root.get_bool("this-environment")).value_or(false);
    record.compact = TRY(root.get_bool("compact")).value_or(false);
    auto list_of = [&root](std::string_view key, std::vector<std::string>& into) -> Result<> {
        auto values = TRY(root.get_strings(key));
        if (values) {
            into.assign(values->begin(), values->end());
        }
        return {};
    };
    TRY(list_of("regions", record.regions));
    TRY(list_of("conflicts", record.conflicts));
    TRY(list_of("guessed", record.guessed));
    TRY(list_of("requirements", record.requirements));
    TRY(list_of("constraints", record.constraints));
    TRY(list_of("overrides", record.overrides));
    TRY(list_of("excludes", record.excludes));
    TRY(list_of("required-environments", record.required_environments));
    TRY(list_of("asked-environments", record.asked.environments));
    TRY(list_of("asked-required-environments", record.asked.required_environments));
    TRY(list_of("only-binary", record.asked.only_binary));
    TRY(list_of("no-binary", record.asked.no_binary));
    return record;
}

void write_record(lock::Lock& lock, const LockRecord& record) {
    text::TomlWriter writer;
    auto add = [&writer](std::string_view key, const std::string& value) {
        if (!value.empty()) {
            writer.string(key, value);
        }
    };
    auto add_list = [&writer](std::string_view key, std::vector<std::string> values) {
        for (std::string& value : values) {
            value = text::toml_string(value);
        }
        if (!values.empty()) {
            writer.lines(key, values);
        }
    };
    add("project", record.project);
    add("entry-point", record.entry_point);
    add("input-digest", record.input_digest);
    add("exclude-newer", record.exclude_newer);
    add("resolution", record.resolution);
    add("prerelease", record.prerelease);
    add("fork-strategy", record.fork_strategy);
    if (record.this_environment) {
        writer.entry("this-environment", "true");
    }
    if (record.compact) {
        writer.entry("compact", "true");
    }
    add_list("regions", record.regions);
    add_list("conflicts", record.conflicts);
    add_list("guessed", record.guessed);
    add_list("requirements", record.requirements);
    add_list("constraints", record.constraints);
    add_list("overrides", record.overrides);
    add_list("excludes", record.excludes);
    add_list("required-environments", record.required_environments);
    add_list("asked-environments", record.asked.environments);
    add_list("asked-required-environments", record.asked.required_environments);
    add_list("only-binary", record.asked.only_binary);
    add_list("no-binary", record.asked.no_binary);
    Result<lock::ToolTable> table = lock::ToolTable::from_document("pawl", writer.take());
    check(table.has_value());
    lock.tool.set(std::move(*table));
}

} // namespace pawl::ops
