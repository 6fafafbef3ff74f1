#include "lock/model.h"

#include <algorithm>

#include "base/url.h"

namespace pawl::lock {

namespace {

/// The last part of a path. "/" parts it; without any, "\" does: a lock from Windows.
std::string_view last_part(std::string_view path) {
    const char separator = path.find('/') != path.npos ? '/' : '\\';
    const size_t found = path.rfind(separator);
    return found == path.npos ? path : path.substr(found + 1);
}

/// Whether every text that is given agrees.
bool agrees(std::string_view wanted, std::string_view present) {
    return wanted.empty() || wanted == present;
}

bool agrees(const FileSource& wanted, const FileSource& present) {
    return agrees(wanted.url, present.url) && agrees(wanted.path, present.path);
}

bool agrees(const Vcs& wanted, const Vcs& present) {
    return agrees(wanted.type, present.type) && agrees(wanted.url, present.url) &&
           agrees(wanted.path, present.path) && agrees(wanted.commit_id, present.commit_id) &&
           agrees(wanted.subdirectory, present.subdirectory);
}

} // namespace

bool points_at(const Dependency& wanted, const Package& present) {
    if (wanted.name != present.name || (wanted.version && wanted.version != present.version)) {
        return false;
    }
    if (!wanted.marker.empty()) {
        auto marker = pep::Marker::parse(wanted.marker);
        if (!marker || !present.marker || marker->str() != present.marker->str()) {
            return false;
        }
    }
    if (wanted.vcs && !(present.vcs && agrees(*wanted.vcs, *present.vcs))) {
        return false;
    }
    if (wanted.directory &&
        !(present.directory && agrees(wanted.directory->path, present.directory->path))) {
        return false;
    }
    return !wanted.archive ||
           (present.archive && agrees(wanted.archive->source, present.archive->source));
}

std::string file_name_of(std::string_view path, std::string_view url) {
    if (const std::string_view name = last_part(path); !name.empty()) {
        return std::string(name);
    }
    const std::string_view address = url.substr(0, std::min(url.find('?'), url.find('#')));
    const std::string_view encoded = address.substr(address.rfind('/') + 1); // npos + 1 is 0
    if (encoded.find('%') == encoded.npos) {
        return std::string(encoded);
    }
    return percent_decode(encoded).value_or(std::string(encoded));
}

std::string Archive::file_name() const {
    return file_name_of(source.path, source.url);
}

bool Package::operator==(const Package& other) const {
    return name == other.name && version == other.version && marker == other.marker &&
           requires_python == other.requires_python && dependencies == other.dependencies &&
           vcs == other.vcs && directory == other.directory && archive == other.archive &&
           index == other.index && sdist == other.sdist && wheels == other.wheels &&
           attestation_identities == other.attestation_identities && tool == other.tool;
}

std::vector<const Package*> Lock::find(const pep::Name& name) const {
    std::vector<const Package*> found;
    for (const Package& package : packages) {
        if (package.name == name) {
            found.push_back(&package);
        }
    }
    return found;
}

std::vector<size_t> Lock::find(const Dependency& dependency) const {
    std::vector<size_t> found;
    for (size_t i = 0; i < packages.size(); ++i) {
        if (points_at(dependency, packages[i])) {
            found.push_back(i);
        }
    }
    return found;
}

std::optional<std::string_view> lock_name_of(std::string_view file_name) {
    constexpr std::string_view prefix = "pylock.";
    constexpr std::string_view suffix = "toml";
    if (!file_name.starts_with(prefix) || !file_name.ends_with(suffix)) {
        return std::nullopt;
    }
    if (file_name.size() == prefix.size() + suffix.size()) {
        return "";
    }
    file_name.remove_prefix(prefix.size());
    if (file_name.size() < suffix.size() + 2) {
        return std::nullopt;
    }
    file_name.remove_suffix(suffix.size());
    const std::string_view name = file_name.substr(0, file_name.size() - 1);
    const bool good = file_name.back() == '.' && name.find_first_of("./\n") == name.npos;
    return good ? std::optional(name) : std::nullopt;
}

bool is_lock_file_name(std::string_view file_name) {
    return lock_name_of(file_name).has_value();
}

std::string_view plain_path(std::string_view path) {
    if (path.empty()) {
        return path;
    }
    while (path.starts_with("./")) {
        path.remove_prefix(std::min(path.find_first_not_of('/', 1), path.size()));
    }
    return path.empty() ? "." : path;
}

} // namespace pawl::lock
