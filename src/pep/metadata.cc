#include "pep/metadata.h"

#include "base/text.h"

namespace pawl::pep {

namespace {

/// The newest major version of the format that we know; a higher one must be refused.
constexpr uint64_t metadata_major_max = 2;
/// Budgets for what a stranger wrote; real metadata has some hundred fields.
constexpr size_t fields_max = 50'000;
constexpr size_t field_bytes_max = size_t{1} << 20;

/// Takes the next line off the front; its end ("\n", "\r\n", "\r") goes along.
std::string_view take_line(std::string_view& rest) {
    size_t end = rest.find_first_of("\r\n");
    size_t length = rest.size();
    if (end != rest.npos) {
        bool is_pair = rest[end] == '\r' && end + 1 < rest.size() && rest[end + 1] == '\n';
        length = end + (is_pair ? 2 : 1);
    }
    std::string_view line = rest.substr(0, length);
    rest.remove_prefix(length);
    return line;
}

bool is_folded(std::string_view line) {
    return line[0] == ' ' || line[0] == '\t';
}

/// Printable ASCII without blanks up to a colon; or what belongs to the line before; or the
/// envelope line of a mailbox.
bool is_header_line(std::string_view line) {
    if (is_folded(line) || line.starts_with("From ")) {
        return true;
    }
    for (char c : line) {
        if (c == ':') {
            return true;
        }
        if (c < '!' || c > '~') {
            return false;
        }
    }
    return false;
}

std::string from_latin1(std::string_view bytes) {
    std::string text;
    for (char c : bytes) {
        auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            text += c;
        } else {
            text += static_cast<char>(0xC0 | (byte >> 6));
            text += static_cast<char>(0x80 | (byte & 0x3F));
        }
    }
    return text;
}

void add_field(std::string_view lines, std::vector<RawMetadata::Field>& fields) {
    size_t colon = lines.find(':');
    if (colon == 0) {
        return; // a value without a name
    }
    std::string_view value = lines.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t\r\n"), value.size()));
    while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) {
        value.remove_suffix(1);
    }
    RawMetadata::Field field;
    field.name = to_lower(lines.substr(0, colon));
    field.is_utf8 = is_utf8(value);
    field.value = field.is_utf8 ? std::string(value) : from_latin1(value);
    fields.push_back(std::move(field));
}

Result<> check_budgets(const RawMetadata& metadata) {
    if (metadata.fields.size() > fields_max) {
        return fail(Error::Kind::refused, "metadata: more than 50,000 fields");
    }
    for (const RawMetadata::Field& field : metadata.fields) {
        if (field.value.size() > field_bytes_max && field.name != "description") {
            return fail(Error::Kind::refused, "metadata: a field of more than 1 MiB");
        }
    }
    return {};
}

} // namespace

Result<RawMetadata> RawMetadata::parse(std::string_view text) {
    RawMetadata metadata;
    std::string_view rest = text;
    std::string_view field;    // the lines of the one that is being read
    std::string_view envelope; // a last header line that belongs to the body
    bool is_first = true;
    while (!rest.empty()) {
        std::string_view before = rest;
        std::string_view line = take_line(rest);
        if (!is_header_line(line)) {
            bool is_blank = line[0] == '\n' || line[0] == '\r';
            rest = is_blank ? rest : before;
            break;
        }
        if (is_folded(line) && !field.empty()) {
            field = {field.data(), field.size() + line.size()};
        } else if (line.starts_with("From ")) {
            // A mailbox's envelope; as the last header line it is the first of the body, which
            // Python puts behind the blank line that has been read by then.
            bool is_last = rest.empty() || !is_header_line(rest);
            if (!is_first && is_last) {
                envelope = line;
            }
            if (!field.empty()) {
                add_field(field, metadata.fields);
                field = {};
            }
        } else if (!is_folded(line)) {
            if (!field.empty()) {
                add_field(field, metadata.fields);
            }
            field = line;
        }
        is_first = false;
    }
    if (!field.empty()) {
        add_field(field, metadata.fields);
    }
    std::string body(envelope);
    body += rest;
    metadata.is_description_utf8 = is_utf8(body);
    metadata.description = metadata.is_description_utf8 ? std::move(body) : from_latin1(body);
    TRY(check_budgets(metadata));
    return metadata;
}

std::optional<std::string_view> RawMetadata::first(std::string_view name) const {
    for (const Field& field : fields) {
        if (field.name == name) {
            return field.value;
        }
    }
    return std::nullopt;
}

std::vector<std::string_view> RawMetadata::all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const Field& field : fields) {
        if (field.name == name) {
            values.push_back(field.value);
        }
    }
    return values;
}

namespace {

/// One line of a field that was folded over several.
std::string unfolded(std::string_view value) {
    std::string line;
    for (char c : value) {
        if (c != '\n' && c != '\r') {
            line += c;
        }
    }
    return std::string(trim(line));
}

/// What old tools wrote when they had nothing to say.
bool says_nothing(std::string_view value) {
    return value.empty() || value == "UNKNOWN";
}

Result<std::string> required(const RawMetadata& raw, std::string_view name) {
    auto value = raw.first(name);
    if (!value || trim(*value).empty()) {
        return fail(Error::Kind::input,
                    "metadata: the field \"" + std::string(name) + "\" is missing");
    }
    return unfolded(*value);
}

std::string place(std::string_view name, std::string_view value) {
    return "metadata: " + std::string(name) + ": \"" + printable(value) + "\"";
}

Result<> check_metadata_version(std::string_view text) {
    auto version = text.empty() ? tl::unexpected<Error>(Error{}) : Version::parse(text);
    if (version && version->release()[0] > metadata_major_max) {
        return fail(Error::Kind::input, "metadata: version " + printable(text) +
                                            " of the format is newer than this program knows");
    }
    return {};
}

} // namespace

Result<CoreMetadata> CoreMetadata::parse(std::string_view text) {
    RawMetadata raw = TRY(RawMetadata::parse(text));
    std::string format = unfolded(raw.first("metadata-version").value_or(""));
    TRY(check_metadata_version(format));
    std::string name = TRY(required(raw, "name"));
    std::string version = TRY(required(raw, "version"));
    // Not within the braces: what stands there already is not destroyed when TRY returns.
    Name parsed_name = TRY_IN(place("name", name), Name::parse(name));
    Version parsed_version = TRY_IN(place("version", version), Version::parse(version));
    CoreMetadata metadata{.metadata_version = std::move(format),
                          .name = std::move(parsed_name),
                          .version = std::move(parsed_version)};
    for (std::string_view value : raw.all("requires-dist")) {
        std::string line = unfolded(value);
        metadata.requires_dist.push_back(
            TRY_IN(place("requires-dist", line), Requirement::parse(line)));
    }
    if (auto value = raw.first("requires-python")) {
        std::string line = unfolded(*value);
        if (!says_nothing(line)) {
            metadata.requires_python =
                TRY_IN(place("requires-python", line), Specifiers::parse(line));
        }
    }
    for (std::string_view value : raw.all("provides-extra")) {
        if (auto extra = Name::parse(unfolded(value))) {
            metadata.provides_extra.push_back(std::move(*extra));
        }
    }
    for (std::string_view value : raw.all("dynamic")) {
        metadata.dynamic.push_back(to_lower(unfolded(value)));
    }
    for (const RawMetadata::Field& field : raw.fields) {
        bool is_name = field.name == "import-name";
        metadata.has_import_names = metadata.has_import_names || is_name;
        if (!is_name && field.name != "import-namespace") {
            continue;
        }
        std::string line = unfolded(field.value);
        bool is_private = line.find(';') != line.npos;
        if (!line.empty() && !is_private) {
            (is_name ? metadata.import_names : metadata.import_namespaces).push_back(line);
        }
    }
    return metadata;
}

} // namespace pawl::pep
