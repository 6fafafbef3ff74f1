// The order of keys is the specification's. Files stand in inline tables, one a line, so that a
// change of one file is a change of one line; nothing is wrapped by width, since widths change.

#include "lock/write.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "lock/tool.h"
#include "text/toml_write.h"

namespace pawl::lock {

namespace {

using text::toml_string;
using text::TomlInlineTable;
using text::TomlWriter;

/// Orders files by name with the build number taken out, highest build first: the reference library
/// takes the first of equally good wheels, and so do installers that ignore build numbers.
struct WheelKey {
    std::string_view file;
    std::string without_build; ///< "" when it has none
    pep::BuildTag build;

    explicit WheelKey(const Wheel& wheel) : file(wheel.name) {
        if (std::ranges::count(file, '-') != 5) {
            return;
        }
        auto parsed = pep::WheelName::parse(file);
        if (parsed && parsed->build) {
            build = *parsed->build;
            const auto parts = split(file, '-');
            without_build.append(parts[0]).append("-").append(parts[1]);
            without_build.append(
                file.substr(static_cast<size_t>(parts[3].data() - 1 - file.data())));
        }
    }
    std::string_view name() const { return without_build.empty() ? file : without_build; }
    bool operator<(const WheelKey& other) const {
        int names = name().compare(other.name());
        return names != 0 ? names < 0 : std::tie(other.build, file) < std::tie(build, other.file);
    }
};

/// What tells two entries of one name apart, in a stable order.
std::string source_key(const Package& package) {
    if (package.vcs) {
        return package.vcs->url + package.vcs->path + package.vcs->commit_id;
    }
    if (package.directory) {
        return package.directory->path;
    }
    if (package.archive) {
        return package.archive->source.url + package.archive->source.path;
    }
    return package.index;
}

bool comes_before(const Package& a, const Package& b) {
    if (a.name != b.name) {
        return a.name < b.name;
    }
    if (a.version != b.version) {
        return !a.version || (b.version && *a.version < *b.version);
    }
    const std::string a_marker = a.marker ? a.marker->str() : "";
    const std::string b_marker = b.marker ? b.marker->str() : "";
    return std::tuple(a_marker, source_key(a)) < std::tuple(b_marker, source_key(b));
}

template <class T>
std::vector<std::string> quoted(const std::vector<T>& values) {
    std::vector<std::string> out;
    for (const T& value : values) {
        if constexpr (std::is_same_v<T, std::string>) {
            out.push_back(toml_string(value));
        } else {
            out.push_back(toml_string(value.str()));
        }
    }
    return out;
}

/// "[]" or one line for names; markers get a line each.
std::string names_text(const std::vector<std::string>& names) {
    return text::toml_strings(names);
}

void add_text(TomlInlineTable& table, std::string_view key, const std::string& value) {
    if (!value.empty()) {
        table.string(key, value);
    }
}

std::string hashes_text(std::vector<Hash> hashes) {
    std::ranges::sort(hashes);
    TomlInlineTable table;
    for (const Hash& hash : hashes) {
        table.string(hash.algorithm, hash.hex);
    }
    return table.str();
}

/// Of a wheel or sdist: name, upload-time, url, path, size, hashes.
std::string file_text(const std::string& name, const FileSource& source) {
    TomlInlineTable table;
    if (name != file_name_of(source.path, source.url)) {
        table.string("name", name);
    }
    if (source.upload_time) {
        table.entry("upload-time", text::toml_datetime(*source.upload_time));
    }
    add_text(table, "url", source.url);
    add_text(table, "path", source.path);
    if (source.size_bytes) {
        table.entry("size", std::to_string(*source.size_bytes));
    }
    table.entry("hashes", hashes_text(source.hashes));
    return table.str();
}

/// url, path, size, upload-time, hashes, subdirectory: the specification has another order here.
std::string archive_text(const Archive& archive) {
    TomlInlineTable table;
    add_text(table, "url", archive.source.url);
    add_text(table, "path", archive.source.path);
    if (archive.source.size_bytes) {
        table.entry("size", std::to_string(*archive.source.size_bytes));
    }
    if (archive.source.upload_time) {
        table.entry("upload-time", text::toml_datetime(*archive.source.upload_time));
    }
    if (!archive.source.hashes.empty()) {
        table.entry("hashes", hashes_text(archive.source.hashes));
    }
    add_text(table, "subdirectory", archive.subdirectory);
    return table.str();
}

std::string vcs_text(const Vcs& vcs) {
    TomlInlineTable table;
    add_text(table, "type", vcs.type);
    add_text(table, "url", vcs.url);
    add_text(table, "path", vcs.path);
    add_text(table, "requested-revision", vcs.requested_revision);
    table.string("commit-id", vcs.commit_id); // demanded, even when empty
    add_text(table, "subdirectory", vcs.subdirectory);
    return table.str();
}

std::string directory_text(const Directory& directory) {
    TomlInlineTable table;
    add_text(table, "path", directory.path);
    if (directory.editable) {
        table.entry("editable", "true");
    }
    add_text(table, "subdirectory", directory.subdirectory);
    return table.str();
}

std::string dependency_text(const Dependency& dependency) {
    TomlInlineTable table;
    table.string("name", dependency.name.str());
    if (dependency.version) {
        table.string("version", dependency.version->str());
    }
    add_text(table, "marker", dependency.marker);
    if (dependency.vcs) {
        table.entry("vcs", vcs_text(*dependency.vcs));
    }
    if (dependency.directory) {
        table.entry("directory", directory_text(*dependency.directory));
    }
    if (dependency.archive) {
        table.entry("archive", archive_text(*dependency.archive));
    }
    return table.str();
}

std::string identity_text(const AttestationIdentity& identity) {
    TomlInlineTable table;
    table.string("kind", identity.kind);
    for (const auto& claim : identity.claims) {
        table.entry(claim.first, claim.second);
    }
    return table.str();
}

std::vector<std::string> sorted_texts(std::vector<std::string> texts) {
    std::ranges::sort(texts);
    return texts;
}

void write_files(TomlWriter& out, const Package& package) {
    if (!package.index.empty()) {
        out.string("index", package.index);
    }
    if (package.sdist) {
        out.entry("sdist", file_text(package.sdist->name, package.sdist->source));
    }
    if (!package.wheels.empty()) {
        std::vector<std::string> wheels;
        for (const Wheel& wheel : package.wheels) {
            wheels.push_back(file_text(wheel.name, wheel.source));
        }
        out.lines("wheels", wheels);
    }
}

void write_package(TomlWriter& out, const Package& package) {
    out.array_table("packages");
    out.string("name", package.name.str());
    if (package.version && !package.vcs && !package.directory) {
        out.string("version", package.version->str());
    }
    if (package.marker) {
        out.string("marker", package.marker->str());
    }
    if (package.requires_python) {
        out.string("requires-python", package.requires_python->str());
    }
    if (!package.dependencies.empty()) {
        std::vector<std::string> dependencies;
        for (const Dependency& dependency : package.dependencies) {
            dependencies.push_back(dependency_text(dependency));
        }
        out.lines("dependencies", sorted_texts(std::move(dependencies)));
    }
    if (package.vcs) {
        out.entry("vcs", vcs_text(*package.vcs));
    }
    if (package.directory) {
        out.entry("directory", directory_text(*package.directory));
    }
    if (package.archive) {
        out.entry("archive", archive_text(*package.archive));
    }
    write_files(out, package);
    if (!package.attestation_identities.empty()) {
        std::vector<std::string> identities;
        for (const AttestationIdentity& identity : package.attestation_identities) {
            identities.push_back(identity_text(identity));
        }
        out.lines("attestation-identities", identities);
    }
    std::string tool;
    append_tool_tables(tool, package.tool, "packages.tool");
    if (!tool.empty()) {
        out.raw("\n").raw(tool);
    }
}

void sort_wheels(std::vector<Wheel>& wheels) {
    std::vector<std::pair<WheelKey, size_t>> order;
    order.reserve(wheels.size());
    for (const Wheel& wheel : wheels) {
        order.emplace_back(WheelKey(wheel), order.size());
    }
    auto comes_first = [](const auto& a, const auto& b) { return a.first < b.first; };
    if (std::ranges::is_sorted(order, comes_first)) {
        return;
    }
    std::ranges::stable_sort(order, comes_first);
    std::vector<Wheel> sorted;
    sorted.reserve(wheels.size());
    for (const auto& place : order) {
        sorted.push_back(std::move(wheels[place.second]));
    }
    wheels = std::move(sorted);
}

} // namespace

void sort(Lock& lock) {
    if (!std::ranges::is_sorted(lock.packages, comes_before)) {
        std::ranges::stable_sort(lock.packages, comes_before);
    }
    for (Package& package : lock.packages) {
        sort_wheels(package.wheels);
    }
}

std::string write(Lock lock) {
    sort(lock);
    TomlWriter out;
    out.string("lock-version", "1.0");
    if (!lock.environments.empty()) {
        out.lines("environments", quoted(lock.environments));
    }
    if (lock.requires_python) {
        out.string("requires-python", lock.requires_python->str());
    }
    if (lock.extras) {
        std::vector<std::string> names;
        for (const pep::Name& extra : *lock.extras) {
            names.push_back(extra.str());
        }
        out.entry("extras", names_text(sorted_texts(std::move(names))));
    }
    if (lock.dependency_groups) {
        out.entry("dependency-groups", names_text(sorted_texts(*lock.dependency_groups)));
    }
    if (!lock.default_groups.empty()) {
        out.entry("default-groups", names_text(sorted_texts(lock.default_groups)));
    }
    out.string("created-by", lock.created_by);
    if (lock.packages.empty()) {
        out.entry("packages", "[]");
    }
    for (const Package& package : lock.packages) {
        write_package(out, package);
    }
    std::string tool;
    append_tool_tables(tool, lock.tool, "tool");
    if (!tool.empty()) {
        out.raw("\n").raw(tool);
    }
    return out.take();
}

} // namespace pawl::lock
