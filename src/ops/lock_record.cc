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

/// Every entry of the table, in the order of the file.
template <class Record, class Visitor>
Result<> visit_entries(Record& record, const Visitor& visit) {
    TRY(visit("project", record.project));
    TRY(visit("entry-point", record.entry_point));
    TRY(visit("variant", record.variant));
    TRY(visit("requirements-file", record.requirements_file));
    TRY(visit("input-digest", record.input_digest));
    TRY(visit("exclude-newer", record.exclude_newer));
    TRY(visit("resolution", record.resolution));
    TRY(visit("prerelease", record.prerelease));
    TRY(visit("fork-strategy", record.fork_strategy));
    TRY(visit("this-environment", record.this_environment));
    TRY(visit("compact", record.compact));
    TRY(visit("regions", record.regions));
    TRY(visit("conflicts", record.conflicts));
    TRY(visit("guessed", record.guessed));
    TRY(visit("requirements", record.requirements));
    TRY(visit("constraints", record.constraints));
    TRY(visit("overrides", record.overrides));
    TRY(visit("excludes", record.excludes));
    TRY(visit("required-environments", record.required_environments));
    TRY(visit("asked-environments", record.asked.environments));
    TRY(visit("asked-required-environments", record.asked.required_environments));
    TRY(visit("only-binary", record.asked.only_binary));
    TRY(visit("no-binary", record.asked.no_binary));
    return {};
}

struct Reader {
    text::TomlNode root;

    Result<> operator()(std::string_view key, std::string& into) const {
        into = TRY(root.get_string(key)).value_or(std::string_view());
        return {};
    }
    Result<> operator()(std::string_view key, bool& into) const {
        into = TRY(root.get_bool(key)).value_or(false);
        return {};
    }
    Result<> operator()(std::string_view key, std::vector<std::string>& into) const {
        if (auto values = TRY(root.get_strings(key))) {
            into.assign(values->begin(), values->end());
        }
        return {};
    }
};

/// What is empty is not written.
struct Writer {
    text::TomlWriter& writer;

    Result<> operator()(std::string_view key, const std::string& value) const {
        if (!value.empty()) {
            writer.string(key, value);
        }
        return {};
    }
    Result<> operator()(std::string_view key, bool value) const {
        if (value) {
            writer.entry(key, "true");
        }
        return {};
    }
    Result<> operator()(std::string_view key, std::vector<std::string> values) const {
        for (std::string& value : values) {
            value = text::toml_string(value);
        }
        if (!values.empty()) {
            writer.lines(key, values);
        }
        return {};
    }
};

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
    TRY_IN("[tool.pawl] of the lock", visit_entries(record, Reader{document.root()}));
    return record;
}

void write_record(lock::Lock& lock, const LockRecord& record) {
    text::TomlWriter writer;
    check(visit_entries(record, Writer{writer}).has_value());
    Result<lock::ToolTable> table = lock::ToolTable::from_document("pawl", writer.take());
    check(table.has_value());
    lock.tool.set(std::move(*table));
}

} // namespace pawl::ops
