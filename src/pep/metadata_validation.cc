#include "pep/metadata_validation.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "pep/licence.h"

namespace pawl::pep {

namespace {

using Shape = MetadataField::Shape;

constexpr std::array<std::string_view, 9> metadata_versions = {"1.0", "1.1", "1.2", "2.1", "2.2",
                                                               "2.3", "2.4", "2.5", "2.6"};

constexpr MetadataField fields[] = {
    {"author", "author", Shape::single, "1.0"},
    {"author-email", "author_email", Shape::single, "1.0"},
    {"classifier", "classifiers", Shape::list, "1.1"},
    {"description", "description", Shape::single, "1.0"},
    {"description-content-type", "description_content_type", Shape::single, "2.1"},
    {"download-url", "download_url", Shape::single, "1.1"},
    {"dynamic", "dynamic", Shape::list, "2.2"},
    {"home-page", "home_page", Shape::single, "1.0"},
    {"import-name", "import_names", Shape::list, "2.5"},
    {"import-namespace", "import_namespaces", Shape::list, "2.5"},
    {"keywords", "keywords", Shape::keywords, "1.0"},
    {"license", "license", Shape::single, "1.0"},
    {"license-expression", "license_expression", Shape::single, "2.4"},
    {"license-file", "license_files", Shape::list, "2.4"},
    {"maintainer", "maintainer", Shape::single, "1.2"},
    {"maintainer-email", "maintainer_email", Shape::single, "1.2"},
    {"metadata-version", "metadata_version", Shape::single, "1.0"},
    {"name", "name", Shape::single, "1.0"},
    {"obsoletes", "obsoletes", Shape::list, "1.1"},
    {"obsoletes-dist", "obsoletes_dist", Shape::list, "1.2"},
    {"platform", "platforms", Shape::list, "1.0"},
    {"project-url", "project_urls", Shape::urls, "1.2"},
    {"provides", "provides", Shape::list, "1.1"},
    {"provides-dist", "provides_dist", Shape::list, "1.2"},
    {"provides-extra", "provides_extra", Shape::list, "2.1"},
    {"requires", "requires", Shape::list, "1.1"},
    {"requires-dist", "requires_dist", Shape::list, "1.2"},
    {"requires-external", "requires_external", Shape::list, "1.2"},
    {"requires-python", "requires_python", Shape::single, "1.2"},
    {"summary", "summary", Shape::single, "1.0"},
    {"supported-platform", "supported_platforms", Shape::list, "1.1"},
    {"version", "version", Shape::single, "1.0"},
};

constexpr std::array<std::string_view, 35> python_keywords = {
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield",
};

} // namespace

std::span<const MetadataField> metadata_fields() {
    return fields;
}

const MetadataField* metadata_field(std::string_view name) {
    auto found = std::ranges::find(fields, name, &MetadataField::name);
    return found == std::end(fields) ? nullptr : &*found;
}

// --- sorting ------------------------------------------------------------------------------------

namespace {

/// Nothing when a label stands twice: it is unclear what is meant.
std::optional<SortedMetadata::Entry> read_urls(const std::vector<std::string>& values) {
    SortedMetadata::Entry entry;
    for (std::string_view value : values) {
        auto halves = split_once(value, ',').value_or(Halves{value, {}});
        std::string label(trim(halves.before));
        if (std::ranges::find(entry.urls, label, &std::pair<std::string, std::string>::first) !=
            entry.urls.end()) {
            return std::nullopt;
        }
        entry.urls.emplace_back(std::move(label), trim(halves.after));
    }
    return entry;
}

std::optional<SortedMetadata::Entry> shaped(const MetadataField& field,
                                            const std::vector<std::string>& values) {
    SortedMetadata::Entry entry;
    switch (field.shape) {
    case Shape::urls:
        return read_urls(values);
    case Shape::list:
        // One empty Import-Name says that there are no modules (PEP 794).
        if (field.name != "import-name" || values.size() != 1 || !values[0].empty()) {
            entry.values = values;
        }
        return entry;
    case Shape::keywords:
    case Shape::single:
        break;
    }
    if (values.size() != 1) {
        return std::nullopt;
    }
    if (field.shape == Shape::single) {
        entry.values = values;
        return entry;
    }
    for (std::string_view keyword : split(values[0], ',')) {
        entry.values.emplace_back(trim(keyword));
    }
    return entry;
}

/// The body is the description, unless a header is one too.
void add_description(const RawMetadata& raw, SortedMetadata& sorted) {
    if (raw.description.empty()) {
        return;
    }
    auto header = sorted.fields.find("description");
    if (header != sorted.fields.end()) {
        auto& unparsed = sorted.unparsed["description"];
        unparsed.push_back(header->second.values.front());
        unparsed.push_back(raw.description);
        sorted.fields.erase(header);
    } else if (!raw.is_description_utf8 || sorted.unparsed.contains("description")) {
        sorted.unparsed["description"].push_back(raw.description);
    } else {
        sorted.fields["description"].values = {raw.description};
    }
}

} // namespace

SortedMetadata sort_metadata(const RawMetadata& raw) {
    struct Values {
        std::vector<std::string> texts;
        bool is_utf8 = true;
    };
    std::map<std::string, Values, std::less<>> by_name;
    for (const RawMetadata::Field& field : raw.fields) {
        Values& values = by_name[field.name];
        values.texts.push_back(field.value);
        values.is_utf8 = values.is_utf8 && field.is_utf8;
    }
    SortedMetadata sorted;
    for (auto& [name, values] : by_name) {
        const MetadataField* field = metadata_field(name);
        auto entry =
            field != nullptr && values.is_utf8 ? shaped(*field, values.texts) : std::nullopt;
        if (entry) {
            sorted.fields[name] = std::move(*entry);
        } else {
            sorted.unparsed[name] = std::move(values.texts);
        }
    }
    add_description(raw, sorted);
    return sorted;
}

// --- values -------------------------------------------------------------------------------------

namespace {

tl::unexpected<Error> invalid(std::string_view value, std::string_view why) {
    return fail(Error::Kind::input, "\"" + printable(value) + "\" " + std::string(why));
}

/// Where Python's str.splitlines would break: also vertical tab, form feed, the ASCII separators,
/// NEL, and Unicode's two.
bool has_line_break(std::string_view text) {
    return text.find_first_of("\n\r\v\f\x1c\x1d\x1e") != text.npos ||
           text.find("\xC2\x85") != text.npos || text.find("\xE2\x80\xA8") != text.npos ||
           text.find("\xE2\x80\xA9") != text.npos;
}

Result<> check_import_name(std::string_view value) {
    auto halves = split_once(value, ';');
    std::string_view name = trim_right(halves ? halves->before : value);
    for (std::string_view part : split(name, '.')) {
        bool is_identifier =
            !part.empty() && !is_digit(part[0]) && std::ranges::all_of(part, [](char c) {
                return is_alnum(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
            });
        if (!is_identifier) {
            return invalid(value, "is no name of a module");
        }
        if (std::ranges::find(python_keywords, part) != python_keywords.end()) {
            return invalid(value, "holds a keyword of Python");
        }
    }
    if (halves) {
        std::string_view option = halves->after;
        option.remove_prefix(std::min(option.find_first_not_of(" \t\r\n\v\f"), option.size()));
        if (option != "private") {
            return invalid(value, "has something else than \"private\" behind its semicolon");
        }
    }
    return {};
}

/// A relative path with "/", resolved and in its simplest form, on every system.
Result<> check_licence_file(std::string_view path) {
    if (path.find("..") != path.npos || path.find('*') != path.npos ||
        path.find('\\') != path.npos) {
        return invalid(path, "must be a plain path without \"..\", \"*\" and \"\\\"");
    }
    std::string_view rest = path;
    bool has_drive = rest.size() >= 2 && is_alpha(rest[0]) && rest[1] == ':';
    if (has_drive) {
        rest.remove_prefix(2);
    }
    if (rest.starts_with('/')) {
        return invalid(path, "must be a relative path");
    }
    if (path == "." || (has_drive && rest.empty())) {
        return {};
    }
    for (std::string_view part : split(rest, '/')) {
        if (part.empty() || part == ".") {
            return invalid(path, "must be in its simplest form");
        }
    }
    return {};
}

Result<> check_dynamic(std::string_view field) {
    if (field == "name" || field == "version" || field == "metadata-version") {
        return invalid(field, "may not be dynamic");
    }
    if (metadata_field(field) == nullptr) {
        return invalid(field, "is no field of core metadata");
    }
    return {};
}

/// Checks one value and puts it into its normal form.
Result<> normalize_value(std::string_view field, std::string& value) {
    if (field == "name") {
        TRY(Name::parse(value));
    } else if (field == "version") {
        value = TRY(Version::parse(value)).str();
    } else if (field == "summary") {
        return has_line_break(value) ? Result<>(invalid(value, "must be a single line"))
                                     : Result<>();
    } else if (field == "description-content-type") {
        return check_description_content_type(value);
    } else if (field == "dynamic") {
        value = to_lower(value);
        return check_dynamic(value);
    } else if (field == "provides-extra") {
        value = TRY(Name::parse(value)).str();
    } else if (field == "requires-python") {
        value = TRY(Specifiers::parse(value)).str();
    } else if (field == "requires-dist") {
        // The form; names that are none ('a_') are refused where they are used.
        std::string written = TRY(WrittenRequirement::parse(value)).str();
        value = std::move(written);
    } else if (field == "license-expression") {
        value = TRY(normalize_licence(value));
    } else if (field == "license-file") {
        return check_licence_file(value);
    } else if (field == "import-name" || field == "import-namespace") {
        return check_import_name(value);
    }
    return {};
}

/// Which of the known versions of the format this is.
std::optional<size_t> age_of(std::string_view metadata_version) {
    auto found = std::ranges::find(metadata_versions, metadata_version);
    if (found == metadata_versions.end()) {
        return std::nullopt;
    }
    return static_cast<size_t>(found - metadata_versions.begin());
}

} // namespace

// --- all ----------------------------------------------------------------------------------------

MetadataReport validate_metadata(const RawMetadata& raw) {
    MetadataReport report{.problems = {}, .metadata = sort_metadata(raw)};
    SortedMetadata& sorted = report.metadata;
    for (const auto& entry : sorted.unparsed) {
        bool is_known = metadata_field(entry.first) != nullptr;
        report.problems.push_back(
            {entry.first, is_known ? "stands more than once or cannot be read" : "is unknown"});
    }
    auto version = sorted.fields.find("metadata-version");
    auto age =
        version == sorted.fields.end() ? std::nullopt : age_of(version->second.values.front());
    if (!age && !sorted.unparsed.contains("metadata-version")) {
        report.problems.push_back({"metadata-version", "is missing or unknown"});
    }
    for (std::string_view required : {"name", "version"}) {
        if (!sorted.fields.contains(required) && !sorted.unparsed.contains(required)) {
            report.problems.push_back({std::string(required), "is missing"});
        }
    }
    for (auto& [name, entry] : sorted.fields) {
        std::string_view since = metadata_field(name)->since;
        if (age && age_of(since) > age) {
            report.problems.push_back(
                {name, "came with version " + std::string(since) + " of the format"});
            continue;
        }
        for (std::string& value : entry.values) {
            if (auto valid = normalize_value(name, value); !valid) {
                report.problems.push_back({name, std::move(valid.error().message)});
                break;
            }
        }
    }
    std::ranges::stable_sort(report.problems, {}, &MetadataReport::Problem::field);
    return report;
}

} // namespace pawl::pep
