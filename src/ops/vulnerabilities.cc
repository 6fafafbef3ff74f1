// OSV (ossf.github.io/osv-schema 1.6) says per project: a list of versions, and ranges as events
// in order of version ("introduced", then "fixed" or "last_affected"; "introduced": "0" is the
// beginning). PyPI's JSON (docs.pypi.org/api/json) says for one release which advisories it has.

#include "ops/vulnerabilities.h"

#include <algorithm>

#include "base/text.h"
#include "text/json.h"

namespace pawl::ops {

namespace {

using text::Value;

std::vector<std::string> strings_of(const Value::Array* list) {
    std::vector<std::string> texts;
    if (list != nullptr) {
        for (const Value& value : *list) {
            if (value.is_string()) {
                texts.push_back(value.as_string());
            }
        }
    }
    return texts;
}

std::optional<pep::Version> version_of(std::string_view text) {
    Result<pep::Version> version = pep::Version::parse(text);
    return version ? std::optional(std::move(*version)) : std::nullopt;
}

/// Summary, else the beginning of the details, on one line.
std::string summary_of(const Value& record) {
    constexpr size_t bytes_max = 300;
    std::string_view text = record.string_at("summary").value_or("");
    if (trim(text).empty()) {
        text = record.string_at("details").value_or("");
    }
    std::string line = replace_all(trim(text), "\n", " ");
    return line.size() > bytes_max ? line.substr(0, bytes_max) + "…" : line;
}

Vulnerability vulnerability_of(const Value& record) {
    return Vulnerability{.id = std::string(record.string_at("id").value_or("")),
                         .aliases = strings_of(record.array_at("aliases")),
                         .summary = summary_of(record),
                         .fixed_in = strings_of(record.array_at("fixed_in"))};
}

/// The events of one range, in the order of the record.
void add_range(const Value& range, Advisory& advisory) {
    std::string_view type = range.string_at("type").value_or("");
    const Value::Array* events = range.array_at("events");
    if (events == nullptr || type == "GIT") {
        return;
    }
    std::optional<AffectedRange> open;
    for (const Value& event : *events) {
        if (std::optional<std::string_view> text = event.string_at("introduced")) {
            open = AffectedRange{.introduced = *text == "0" ? std::nullopt : version_of(*text)};
        } else if (std::optional<std::string_view> fixed = event.string_at("fixed");
                   fixed && open) {
            open->fixed = version_of(*fixed);
            advisory.vulnerability.fixed_in.emplace_back(*fixed);
            advisory.ranges.push_back(*std::exchange(open, std::nullopt));
        } else if (std::optional<std::string_view> last = event.string_at("last_affected");
                   last && open) {
            open->last_affected = version_of(*last);
            advisory.ranges.push_back(*std::exchange(open, std::nullopt));
        }
    }
    if (open) {
        advisory.ranges.push_back(*open);
    }
}

void add_osv(const Value& record, std::vector<Advisory>& advisories) {
    if (record.find("withdrawn") != nullptr && !record.find("withdrawn")->is_null()) {
        return;
    }
    for (const Value& affected : *record.array_at("affected")) {
        const Value* package = affected.object_at("package");
        std::string_view ecosystem =
            package == nullptr ? "" : package->string_at("ecosystem").value_or("");
        Result<pep::Name> name =
            pep::Name::parse(package == nullptr ? "" : package->string_at("name").value_or(""));
        if (!equals_ignoring_case(ecosystem, "PyPI") || !name) {
            continue;
        }
        Advisory advisory{.project = *name, .vulnerability = vulnerability_of(record)};
        for (const std::string& text : strings_of(affected.array_at("versions"))) {
            if (std::optional<pep::Version> version = version_of(text)) {
                advisory.versions.push_back(std::move(*version));
            }
        }
        if (const Value::Array* ranges = affected.array_at("ranges")) {
            for (const Value& range : *ranges) {
                add_range(range, advisory);
            }
        }
        advisories.push_back(std::move(advisory));
    }
}

/// PyPI's JSON: the advisories are those of the release that "info" is about.
void add_pypi(const Value& document, std::vector<Advisory>& advisories) {
    const Value& info = *document.object_at("info");
    Result<pep::Name> name = pep::Name::parse(info.string_at("name").value_or(""));
    std::optional<pep::Version> version = version_of(info.string_at("version").value_or(""));
    if (!name || !version) {
        return;
    }
    for (const Value& record : *document.array_at("vulnerabilities")) {
        if (record.find("withdrawn") != nullptr && !record.find("withdrawn")->is_null()) {
            continue;
        }
        advisories.push_back(Advisory{
            .project = *name, .versions = {*version}, .vulnerability = vulnerability_of(record)});
    }
}

} // namespace

bool Advisory::affects(const pep::Version& version) const {
    if (std::ranges::find(versions, version) != versions.end()) {
        return true;
    }
    return std::ranges::any_of(ranges, [&version](const AffectedRange& range) {
        return (!range.introduced || !(version < *range.introduced)) &&
               (!range.fixed || version < *range.fixed) &&
               (!range.last_affected || !(*range.last_affected < version));
    });
}

Result<std::vector<Advisory>> parse_advisories(std::string_view text) {
    Value document =
        TRY(text::parse_json(text, {.duplicates = text::JsonOptions::Duplicates::last_wins}));
    std::vector<Advisory> advisories;
    const Value::Array* list = document.is_array() ? &document.as_array() : nullptr;
    if (document.object_at("info") != nullptr && document.array_at("vulnerabilities") != nullptr) {
        add_pypi(document, advisories);
        return advisories;
    }
    for (const char* key : {"vulns", "vulnerabilities"}) {
        list = list == nullptr ? document.array_at(key) : list;
    }
    Value::Array one;
    if (list == nullptr && document.array_at("affected") != nullptr) {
        one.push_back(document);
        list = &one;
    }
    if (list == nullptr) {
        return fail(Error::Kind::input, "neither OSV records nor an index's JSON of a release");
    }
    for (const Value& record : *list) {
        if (record.array_at("affected") != nullptr) {
            add_osv(record, advisories);
        }
    }
    return advisories;
}

} // namespace pawl::ops
