// The standard's rules, key by key, in the order in which the reference library looks at them: of
// several errors it is the first that counts, and the conformance corpus compares its place.

#include "lock/reader.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/url.h"
#include "lock/tool.h"

namespace pawl::lock {

namespace {

using text::TomlNode;
using Kind = TomlNode::Kind;

constexpr std::string_view top_keys[] = {"lock-version", "environments",      "requires-python",
                                         "extras",       "dependency-groups", "default-groups",
                                         "created-by",   "packages",          "tool"};
constexpr std::string_view package_keys[] = {
    "name",    "version", "marker", "requires-python", "dependencies",           "vcs", "directory",
    "archive", "index",   "sdist",  "wheels",          "attestation-identities", "tool"};
constexpr std::string_view vcs_keys[] = {"type",      "url",         "path", "requested-revision",
                                         "commit-id", "subdirectory"};
constexpr std::string_view directory_keys[] = {"path", "editable", "subdirectory"};
constexpr std::string_view archive_keys[] = {"url",         "path",   "size",
                                             "upload-time", "hashes", "subdirectory"};
constexpr std::string_view file_keys[] = {"name", "upload-time", "url", "path", "size", "hashes"};

std::string must_be(std::string_view wanted, TomlNode node) {
    return "must be " + std::string(wanted) + ", not " +
           std::string(text::toml_kind_name(node.kind()));
}

/// Whether a text spells the normal name, with "_" or "." for "-" and in any case.
bool spells(std::string_view text, std::string_view normal) {
    return std::ranges::equal(text, normal, [](char written, char wanted) {
        return wanted == '-' ? written == '_' || written == '.' : to_lower(written) == wanted;
    });
}

/// Whether a wheel's file name is the package's beyond doubt. Almost all are, and taking each apart
/// would be half of the time that it takes to read a lock; all others are taken apart.
bool is_plain_wheel_name(std::string_view file, const Package& package) {
    constexpr std::string_view ending = ".whl";
    if (!package.version || !file.ends_with(ending)) {
        return false;
    }
    file.remove_suffix(ending.size());
    std::array<std::string_view, 5> parts;
    for (size_t i = 0; i < parts.size(); ++i) {
        const size_t end = std::min(file.find('-'), file.size());
        parts[i] = file.substr(0, end);
        file.remove_prefix(std::min(end + 1, file.size()));
    }
    auto is_plain_tag = [](std::string_view tag) {
        return !tag.empty() && tag.size() <= 100 && tag.front() != '.' && tag.back() != '.' &&
               tag.find("..") == tag.npos && std::ranges::all_of(tag, [](char c) {
                   return is_lower(c) || is_digit(c) || c == '_' || c == '.';
               });
    };
    return file.empty() && spells(parts[0], package.name.str()) &&
           parts[0].find("__") == std::string_view::npos && parts[1] == package.version->str() &&
           std::ranges::all_of(std::span(parts).subspan(2), is_plain_tag);
}

} // namespace

// --- places, errors, warnings -------------------------------------------------------------------

std::string LockReader::path(std::string_view key, std::optional<size_t> index) const {
    std::string out;
    auto append = [&out](std::string_view name, std::optional<size_t> position) {
        if (!name.empty()) {
            out += (out.empty() ? "" : ".") + std::string(name);
        }
        if (position) {
            out += "[" + std::to_string(*position) + "]";
        }
    };
    for (const Step& step : steps_) {
        append(step.key, step.index);
    }
    append(key, index);
    return out;
}

uint32_t LockReader::line_of(Node node) {
    const text::TomlSpan key = node.key_span();
    const uint32_t at = key.begin != key.end ? key.begin : node.span().begin;
    if (at < line_at_) {
        line_at_ = 0;
        line_ = 1;
    }
    const std::string_view between =
        std::string_view(document_.text()).substr(line_at_, at - line_at_);
    line_ += static_cast<uint32_t>(std::ranges::count(between, '\n'));
    line_at_ = at;
    return line_;
}

tl::unexpected<Error> LockReader::wrong_at(Node node, std::string_view key,
                                           std::optional<size_t> index, std::string_view what) {
    where_ = path(key, index);
    error_line_ = line_of(node);
    std::string message = "line " + std::to_string(error_line_) + ": ";
    message += where_.empty() ? "the lock" : where_;
    if (!package_name_.empty()) {
        message += " (" + printable(package_name_) + ")";
    }
    return fail(Error::Kind::input, message + ": " + std::string(what));
}

tl::unexpected<Error> LockReader::wrong(Node node, std::string_view key, std::string_view what) {
    return wrong_at(node, key, std::nullopt, what);
}

tl::unexpected<Error> LockReader::missing(Node table, std::string_view key) {
    return wrong(table, key, "this key is required");
}

void LockReader::warn(Node node, std::string_view what) {
    constexpr size_t warnings_max = 100;
    if (warnings_.size() >= warnings_max) {
        return;
    }
    const uint32_t line = line_of(node);
    const std::string where = path("", std::nullopt);
    warnings_.push_back({.severity = Problem::Severity::warning,
                         .line = line,
                         .where = where,
                         .message = "line " + std::to_string(line) + ": " +
                                    (where.empty() ? "" : where + ": ") + std::string(what)});
}

void LockReader::strict_error(Node node, std::string_view key, std::string_view what) {
    if (!strict_errors_.empty()) {
        return; // the first is enough: they are rare
    }
    const uint32_t line = line_of(node);
    const std::string where = path(key, std::nullopt);
    strict_errors_.push_back(
        {.line = line,
         .where = where,
         .message = "line " + std::to_string(line) + ": " + where + ": " + std::string(what)});
}

void LockReader::warn_unknown_keys(Node table, std::span<const std::string_view> known) {
    for (const Node entry : table) {
        if (std::ranges::find(known, entry.key()) == known.end()) {
            warn(entry, "the key \"" + printable(entry.key()) + "\" is not known and was ignored");
        }
    }
}

// --- keys of a table ----------------------------------------------------------------------------

Result<std::optional<std::string_view>> LockReader::get_string(Node table, std::string_view key) {
    auto entry = table.find(key);
    if (!entry) {
        return std::nullopt;
    }
    if (!entry->is_string()) {
        return wrong(*entry, key, must_be("a string", *entry));
    }
    return std::optional(entry->string());
}

Result<std::string> LockReader::get_text(Node table, std::string_view key) {
    return std::string(TRY(get_string(table, key)).value_or(""));
}

Result<std::string_view> LockReader::require_string(Node table, std::string_view key) {
    auto text = TRY(get_string(table, key));
    if (!text) {
        return missing(table, key);
    }
    return *text;
}

Result<std::optional<TomlNode>> LockReader::get_table(Node table, std::string_view key) {
    auto entry = table.find(key);
    if (entry && !entry->is_table()) {
        return wrong(*entry, key, must_be("a table", *entry));
    }
    return entry;
}

Result<std::optional<TomlNode>> LockReader::get_array(Node table, std::string_view key) {
    auto entry = table.find(key);
    if (entry && !entry->is_array()) {
        return wrong(*entry, key, must_be("an array", *entry));
    }
    return entry;
}

Result<std::optional<std::vector<std::string>>> LockReader::get_strings(Node table,
                                                                        std::string_view key) {
    auto array = TRY(get_array(table, key));
    if (!array) {
        return std::nullopt;
    }
    std::vector<std::string> texts;
    for (const Node element : *array) {
        if (!element.is_string()) {
            return wrong_at(element, key, texts.size(), must_be("a string", element));
        }
        texts.emplace_back(element.string());
    }
    return std::optional(std::move(texts));
}

/// Each element of an array must be a table.
Result<> LockReader::check_tables(Node array, std::string_view key) {
    size_t index = 0;
    for (const Node element : array) {
        if (!element.is_table()) {
            return wrong_at(element, key, index, must_be("a table", element));
        }
        ++index;
    }
    return {};
}

template <class T>
Result<std::optional<T>> LockReader::get_as(Node table, std::string_view key) {
    auto text = TRY(get_string(table, key));
    if (!text) {
        return std::nullopt;
    }
    auto value = T::parse(*text);
    if (!value) {
        return wrong(*table.find(key), key, value.error().message);
    }
    return std::optional<T>(std::move(*value));
}

template <class T>
Result<std::optional<T>> LockReader::get_object(Node table, std::string_view key,
                                                Result<T> (LockReader::*reader)(Node)) {
    auto entry = TRY(get_table(table, key));
    if (!entry) {
        return std::nullopt;
    }
    steps_.push_back({key, std::nullopt});
    T value = TRY((this->*reader)(*entry));
    steps_.pop_back();
    return std::optional<T>(std::move(value));
}

// --- the whole ----------------------------------------------------------------------------------

Result<Lock> LockReader::read() {
    Lock lock;
    TRY(read_top(lock));
    TRY(check_version(lock));
    return lock;
}

std::vector<Problem> LockReader::errors() {
    collects_ = true;
    auto lock = read();
    if (!lock) {
        keeps(lock.error());
    }
    return std::move(errors_);
}

bool LockReader::keeps(const Error& error) {
    constexpr size_t errors_max = 100;
    if (!collects_ || errors_.size() >= errors_max) {
        return false;
    }
    errors_.push_back({.line = error_line_,
                       .where = where_,
                       .message = error.message,
                       .unsupported_version = unsupported_version_});
    steps_.clear();
    package_name_ = {};
    where_.clear();
    return true;
}

Result<> LockReader::read_top(Lock& lock) {
    auto head = read_head(lock);
    if (!head && !keeps(head.error())) {
        return head;
    }
    auto packages = read_packages(lock);
    if (!packages && !keeps(packages.error())) {
        return packages;
    }
    const Node root = document_.root();
    if (auto tool = TRY(get_table(root, "tool"))) {
        lock.tool = collect_tool_tables(document_, *tool);
    }
    warn_unknown_keys(root, top_keys);
    return {};
}

Result<> LockReader::read_head(Lock& lock) {
    const Node root = document_.root();
    auto names_of = [&](std::string_view key) -> Result<std::optional<std::vector<pep::Name>>> {
        auto texts = TRY(get_strings(root, key));
        if (!texts) {
            return std::nullopt;
        }
        std::vector<pep::Name> names;
        for (const std::string& text : *texts) {
            if (!pep::is_valid_name(text) || pep::normalize_name(text) != text) {
                return wrong_at(*root.find(key), key, names.size(),
                                "\"" + printable(text) + "\" is not a normalized name");
            }
            names.push_back(pep::Name::of(text));
        }
        return std::optional(std::move(names));
    };

    auto version = TRY(get_as<pep::Version>(root, "lock-version"));
    if (!version) {
        return missing(root, "lock-version");
    }
    lock.lock_version = version->str();
    if (auto markers = TRY(get_strings(root, "environments"))) {
        for (const std::string& text : *markers) {
            auto marker = pep::Marker::parse(text);
            if (!marker) {
                return wrong_at(*root.find("environments"), "environments",
                                lock.environments.size(), marker.error().message);
            }
            lock.environments.push_back(std::move(*marker));
        }
        if (markers->empty()) {
            warn(*root.find("environments"),
                 "an empty \"environments\" is taken as no limit; some tools take it as none");
        }
    }
    lock.extras = TRY(names_of("extras"));
    lock.dependency_groups = TRY(get_strings(root, "dependency-groups"));
    lock.default_groups =
        TRY(get_strings(root, "default-groups")).value_or(std::vector<std::string>());
    lock.created_by = TRY(require_string(root, "created-by"));
    lock.requires_python = TRY(get_as<pep::Specifiers>(root, "requires-python"));
    return {};
}

Result<> LockReader::read_packages(Lock& lock) {
    const Node root = document_.root();
    auto packages = TRY(get_array(root, "packages"));
    if (!packages) {
        return missing(root, "packages");
    }
    lock.packages.reserve(packages->size());
    TRY(check_tables(*packages, "packages"));
    size_t index = 0;
    for (const Node table : *packages) {
        steps_.push_back({"packages", index++});
        auto package = read_package(table);
        if (package) {
            lock.packages.push_back(std::move(*package));
            steps_.pop_back();
            package_name_ = {};
        } else if (!keeps(package.error())) {
            return fail(std::move(package.error()));
        }
    }
    return {};
}

Result<> LockReader::check_version(const Lock& lock) {
    if (!errors_.empty()) {
        return {}; // perhaps it has none
    }
    auto version = pep::Version::parse(lock.lock_version);
    const Node node = *document_.root().find("lock-version");
    static constexpr uint64_t first[] = {1};
    static constexpr uint64_t second[] = {2};
    static constexpr uint64_t ours[] = {1, 0};
    if (*version < pep::Version::of(first) || *version >= pep::Version::of(second)) {
        error_line_ = line_of(node);
        unsupported_version_ = true;
        return fail(Error{Error::Kind::input, "line " + std::to_string(error_line_) +
                                                  ": lock-version " + lock.lock_version +
                                                  " is not supported (1.0 is)"}
                        .hint("it needs a newer pawl, or the tool that made it"));
    }
    if (*version > pep::Version::of(ours)) {
        warn(node,
             "lock-version " + lock.lock_version + " is newer than 1.0; what it adds was ignored");
    }
    return {};
}

// --- packages -----------------------------------------------------------------------------------

Result<std::string> LockReader::normalized_name(Node value) {
    const std::string_view text = value.string();
    if (!pep::is_valid_name(text) || pep::normalize_name(text) != text) {
        return wrong(value, "name", "\"" + printable(text) + "\" is not a normalized name");
    }
    return std::string(text);
}

Result<Package> LockReader::read_package(Node table) {
    package_name_ = TRY(require_string(table, "name"));
    auto name = TRY(normalized_name(*table.find("name")));
    Package package{.name = pep::Name::of(name)};
    package.line = line_of(table);
    package.version = TRY(get_as<pep::Version>(table, "version"));
    package.requires_python = TRY(get_as<pep::Specifiers>(table, "requires-python"));
    if (auto dependencies = TRY(get_array(table, "dependencies"))) {
        TRY(check_tables(*dependencies, "dependencies"));
        for (const Node entry : *dependencies) {
            if (auto dependency = read_dependency(entry)) {
                package.dependencies.push_back(std::move(*dependency));
            }
        }
    }
    package.marker = TRY(get_as<pep::Marker>(table, "marker"));
    TRY(read_sources(table, package));
    if (auto identities = TRY(get_array(table, "attestation-identities"))) {
        TRY(check_tables(*identities, "attestation-identities"));
    }
    if (auto tool = TRY(get_table(table, "tool"))) {
        package.tool = collect_tool_tables(document_, *tool);
    }
    TRY(check_sources(table, package));
    TRY(check_file_names(package, table));
    TRY(read_attestations(table, package));
    warn_unknown_keys(table, package_keys);
    return package;
}

Result<> LockReader::read_sources(Node table, Package& package) {
    package.vcs = TRY(get_object(table, "vcs", &LockReader::read_vcs));
    package.directory = TRY(get_object(table, "directory", &LockReader::read_directory));
    package.archive = TRY(get_object(table, "archive", &LockReader::read_archive));
    package.index = TRY(get_text(table, "index"));
    if (auto url = Url::parse(package.index); url && url->has_credentials()) {
        // For audits only, so it can be mended: nothing that we write or print may hold a password.
        package.index = url->without_credentials().text();
        warn(*table.find("index"), "index holds a user name or a password, which was left out");
    }
    package.sdist = TRY(get_object(table, "sdist", &LockReader::read_sdist));
    if (auto wheels = TRY(get_array(table, "wheels"))) {
        TRY(check_tables(*wheels, "wheels"));
        package.wheels.reserve(wheels->size());
        for (const Node entry : *wheels) {
            const size_t index = package.wheels.size();
            steps_.push_back({"wheels", index});
            package.wheels.push_back(TRY(read_wheel(entry)));
            steps_.pop_back();
        }
    }
    return {};
}

/// Which sources exclude each other.
Result<> LockReader::check_sources(Node table, const Package& package) {
    const int direct = int{package.vcs.has_value()} + int{package.directory.has_value()} +
                       int{package.archive.has_value()};
    const bool files = package.sdist.has_value() || !package.wheels.empty();
    if (files && direct > 0) {
        return wrong(table, "", "sdist and wheels must not stand beside vcs, directory or archive");
    }
    if (!files && direct != 1) {
        return wrong(table, "",
                     direct == 0
                         ? "there is no source: sdist, wheels, vcs, directory or archive is needed"
                         : "only one of vcs, directory and archive is allowed");
    }
    return {};
}

/// The names in the files' names must be the package's.
Result<> LockReader::check_file_names(const Package& package, Node table) {
    auto compare = [&package](const pep::Name& name, const pep::Version& version) -> std::string {
        if (name != package.name) {
            return "is a file of " + name.str() + ", not of " + package.name.str();
        }
        if (package.version && version != *package.version) {
            return "has version " + version.str() + ", not " + package.version->str();
        }
        return "";
    };
    auto quoted = [](std::string_view name) { return "\"" + printable(name) + "\""; };
    for (size_t i = 0; i < package.wheels.size(); ++i) {
        const std::string& file = package.wheels[i].name;
        if (file.empty()) {
            return wrong(table, "", "wheels[" + std::to_string(i) + "] has no file name");
        }
        if (is_plain_wheel_name(file, package)) {
            continue;
        }
        auto name = pep::WheelName::parse(file);
        const std::string problem = name ? compare(name->name, name->version) : "";
        if (!name || !problem.empty()) {
            auto entry = table.find("wheels")->begin();
            std::advance(entry, static_cast<std::ptrdiff_t>(i));
            return wrong_at(*entry, "wheels", i,
                            name ? quoted(file) + " " + problem : name.error().message);
        }
    }
    if (package.sdist && package.sdist->name.empty()) {
        return wrong(table, "", "the sdist has no file name");
    }
    if (package.sdist) {
        auto name = pep::SdistName::parse(package.sdist->name);
        const std::string problem = name ? compare(name->name, name->version) : "";
        if (!name || !problem.empty()) {
            return wrong(*table.find("sdist"), "sdist",
                         name ? quoted(package.sdist->name) + " " + problem : name.error().message);
        }
    }
    return {};
}

Result<> LockReader::read_attestations(Node table, Package& package) {
    auto identities = table.find("attestation-identities");
    if (!identities) {
        return {};
    }
    for (const Node entry : *identities) {
        steps_.push_back({"attestation-identities", package.attestation_identities.size()});
        AttestationIdentity identity;
        identity.kind = TRY(require_string(entry, "kind"));
        for (const Node claim : entry) {
            if (claim.key() != "kind") {
                identity.claims.emplace_back(claim.key(), inline_toml(claim));
            }
        }
        package.attestation_identities.push_back(std::move(identity));
        steps_.pop_back();
    }
    return {};
}

// --- sources ------------------------------------------------------------------------------------

Result<Vcs> LockReader::read_vcs(Node table) {
    Vcs vcs;
    vcs.type = TRY(require_string(table, "type"));
    vcs.url = TRY(get_text(table, "url"));
    vcs.path = TRY(get_text(table, "path"));
    vcs.requested_revision = TRY(get_text(table, "requested-revision"));
    vcs.commit_id = TRY(require_string(table, "commit-id"));
    vcs.subdirectory = TRY(get_text(table, "subdirectory"));
    if (vcs.url.empty() && vcs.path.empty()) {
        return wrong(table, "", "url or path is required");
    }
    warn_unknown_keys(table, vcs_keys);
    return vcs;
}

Result<Directory> LockReader::read_directory(Node table) {
    Directory directory;
    directory.path = TRY(require_string(table, "path"));
    if (auto editable = table.find("editable")) {
        if (editable->kind() != Kind::boolean) {
            return wrong(*editable, "editable", must_be("a boolean", *editable));
        }
        directory.editable = editable->boolean();
    }
    directory.subdirectory = TRY(get_text(table, "subdirectory"));
    warn_unknown_keys(table, directory_keys);
    return directory;
}

Result<Archive> LockReader::read_archive(Node table) {
    Archive archive;
    archive.source = TRY(read_file(table, nullptr));
    archive.subdirectory = TRY(get_text(table, "subdirectory"));
    warn_unknown_keys(table, archive_keys);
    return archive;
}

Result<Wheel> LockReader::read_wheel(Node table) {
    Wheel wheel;
    wheel.source = TRY(read_file(table, &wheel.name));
    warn_unknown_keys(table, file_keys);
    return wheel;
}

Result<Sdist> LockReader::read_sdist(Node table) {
    Sdist sdist;
    sdist.source = TRY(read_file(table, &sdist.name));
    warn_unknown_keys(table, file_keys);
    return sdist;
}

/// What wheels, sdists and archives share; `name` is null for archives, which have none. The keys
/// of an archive stand in another order in the specification.
Result<FileSource> LockReader::read_file(Node table, std::string* name) {
    FileSource source;
    if (name != nullptr) {
        *name = TRY(get_text(table, "name"));
        TRY(read_upload_time(table, source));
    }
    source.url = TRY(get_text(table, "url"));
    source.path = TRY(get_text(table, "path"));
    TRY(read_size(table, source));
    if (name == nullptr) {
        TRY(read_upload_time(table, source));
    }
    TRY(read_hashes(table, source));
    if (source.url.empty() && source.path.empty()) {
        return wrong(table, "", "url or path is required");
    }
    if (name != nullptr && name->empty()) {
        *name = file_name_of(source.path, source.url);
    }
    return source;
}

Result<> LockReader::read_upload_time(Node table, FileSource& source) {
    auto time = table.find("upload-time");
    if (!time) {
        return {};
    }
    if (time->kind() != Kind::datetime) {
        return wrong(*time, "upload-time", must_be("a datetime (without quotes)", *time));
    }
    const text::TomlDatetime moment = time->datetime();
    if (!moment.has_date || !moment.has_time) {
        return wrong(*time, "upload-time", "must have a date and a time");
    }
    if (!moment.has_offset || moment.offset_minutes != 0) {
        warn(*time, "upload-time should be in UTC, with a Z at its end");
    }
    source.upload_time = moment.timestamp();
    return {};
}

Result<> LockReader::read_size(Node table, FileSource& source) {
    auto size = table.find("size");
    if (!size) {
        return {};
    }
    if (size->kind() != Kind::integer) {
        return wrong(*size, "size", must_be("an integer", *size));
    }
    if (size->integer() < 0) {
        strict_error(*size, "size", "must not be negative");
    } else {
        source.size_bytes = static_cast<uint64_t>(size->integer());
    }
    return {};
}

Result<> LockReader::read_hashes(Node table, FileSource& source) {
    auto hashes = TRY(get_table(table, "hashes"));
    if (!hashes) {
        return missing(table, "hashes");
    }
    if (hashes->size() == 0) {
        return wrong(*hashes, "hashes", "at least one hash is required");
    }
    for (const Node entry : *hashes) {
        if (!entry.is_string()) {
            return wrong(entry, "hashes", "each hash " + must_be("a string", entry));
        }
        source.hashes.push_back({to_lower(entry.key()), to_lower(entry.string())});
    }
    return {};
}

/// Lenient, since dependencies are for audits only: what cannot be read is left out and said.
std::optional<Dependency> LockReader::read_dependency(Node table) {
    auto text_of = [](Node from, std::string_view key) -> std::string {
        auto entry = from.find(key);
        return entry && entry->is_string() ? std::string(entry->string()) : "";
    };
    const std::string name = pep::normalize_name(text_of(table, "name"));
    if (!pep::is_valid_name(name)) {
        warn(table, "a dependency without a valid name was ignored");
        return std::nullopt;
    }
    Dependency dependency{.name = pep::Name::of(name)};
    if (auto version = pep::Version::parse(text_of(table, "version"))) {
        dependency.version = std::move(*version);
    }
    dependency.marker = text_of(table, "marker");
    if (auto vcs = table.find("vcs"); vcs && vcs->is_table()) {
        dependency.vcs = Vcs{.type = text_of(*vcs, "type"),
                             .url = text_of(*vcs, "url"),
                             .path = text_of(*vcs, "path"),
                             .requested_revision = text_of(*vcs, "requested-revision"),
                             .commit_id = text_of(*vcs, "commit-id"),
                             .subdirectory = text_of(*vcs, "subdirectory")};
    }
    if (auto directory = table.find("directory"); directory && directory->is_table()) {
        dependency.directory = Directory{.path = text_of(*directory, "path"),
                                         .editable = false,
                                         .subdirectory = text_of(*directory, "subdirectory")};
    }
    if (auto archive = table.find("archive"); archive && archive->is_table()) {
        dependency.archive.emplace();
        dependency.archive->source.url = text_of(*archive, "url");
        dependency.archive->source.path = text_of(*archive, "path");
    }
    return dependency;
}

} // namespace pawl::lock
