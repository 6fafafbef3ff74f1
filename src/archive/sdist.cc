#include "archive/sdist.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "archive/tar_reader.h"
#include "archive/tree_writer.h"
#include "archive/zip_reader.h"
#include "base/fs.h"
#include "base/text.h"

namespace pawl::archive {
namespace {

constexpr uint32_t file_mode = 0644;
constexpr uint32_t program_mode = 0755;

bool is_zip(std::string_view file_name) {
    return file_name.ends_with(".zip");
}

Result<> check_format(std::string_view file_name) {
    bool is_tar = file_name.ends_with(".tar.gz") || file_name.ends_with(".tgz");
    if (!is_tar && !is_zip(file_name)) {
        return fail(Error::Kind::input,
                    printable(file_name) + " is no sdist that pawl can read (.tar.gz and .zip)");
    }
    return {};
}

/// The one name at the top of all paths; what lies there must lie in a directory.
template <class Entries>
Result<std::string> find_top(const Entries& entries) {
    std::string top;
    bool is_first = true;
    for (const auto& entry : entries) {
        std::string_view path = entry.path;
        size_t slash = path.find('/');
        std::string_view first = path.substr(0, slash);
        bool is_loose = slash == std::string_view::npos && !entry.is_directory;
        if (is_loose || (!is_first && first != top)) {
            return fail(Error::Kind::refused, "sdist refused: not all of its files are in one "
                                              "directory ('" +
                                                  printable(path) + "' is not)");
        }
        top = first;
        is_first = false;
    }
    if (top.empty()) {
        return fail(Error::Kind::input, "the sdist is empty");
    }
    return top;
}

/// What a link names inside the archive: nothing when it leads out of it.
std::optional<std::string> resolve(const TarEntry& link) {
    std::string_view target = link.target;
    if (target.empty() || target.front() == '/') {
        return std::nullopt;
    }
    if (link.link == TarEntry::Link::hard) {
        return std::string(target);
    }
    std::vector<std::string_view> parts = split(link.path, '/');
    parts.pop_back();
    for (std::string_view part : split(target, '/')) {
        if (part == "..") {
            if (parts.size() <= 1) { // out of the one directory at the top
                return std::nullopt;
            }
            parts.pop_back();
        } else if (!part.empty() && part != ".") {
            parts.push_back(part);
        }
    }
    std::string path;
    for (std::string_view part : parts) {
        path.append(path.empty() ? "" : "/").append(part);
    }
    return path;
}

/// What is at each path: the members, and the directories above them (null).
using Members = std::map<std::string_view, const TarEntry*>;

Members members_of(std::span<const TarEntry> entries) {
    Members members;
    for (const TarEntry& entry : entries) {
        members[entry.path] = &entry;
        std::string_view path = entry.path;
        for (size_t slash = path.rfind('/'); slash != path.npos; slash = path.rfind('/')) {
            path = path.substr(0, slash);
            if (!members.try_emplace(path, nullptr).second) {
                break;
            }
        }
    }
    return members;
}

/// Whether there is nothing at this path, and only directories are on the way to it.
bool leads_to_nothing(std::string_view path, const Members& members) {
    if (members.contains(path)) {
        return false;
    }
    for (size_t slash = path.rfind('/'); slash != path.npos; slash = path.rfind('/')) {
        path = path.substr(0, slash);
        auto above = members.find(path);
        if (above != members.end()) {
            return above->second == nullptr || above->second->is_directory;
        }
    }
    return false;
}

/// The file whose content a link stands for: a file of the archive itself, reached by this one
/// link; null for a symbolic link to nothing, as Flask-WTF 1.3.0 has one. Links to links, to
/// directories and to the outside are refused.
Result<const TarEntry*> linked_file(const TarEntry& link, const Members& members) {
    std::optional<std::string> path = resolve(link);
    auto found = path ? members.find(*path) : members.end();
    if (path && link.link == TarEntry::Link::symbolic && leads_to_nothing(*path, members)) {
        return nullptr;
    }
    bool is_file = found != members.end() && found->second != nullptr &&
                   !found->second->is_directory && found->second->link == TarEntry::Link::none;
    if (!is_file) {
        return fail(Error::Kind::refused, "sdist refused: '" + printable(link.path) +
                                              "' is a link to '" + printable(link.target) +
                                              "', which is no file of the sdist");
    }
    return found->second;
}

/// Directories first, those that no member names too; then the files.
template <class Entries>
Result<> make_directories(const Entries& entries, const TreeWriter& tree) {
    std::set<std::string_view> made;
    for (const auto& entry : entries) {
        std::string_view path = entry.path;
        if (!entry.is_directory) {
            path = path.substr(0, path.rfind('/'));
        }
        if (made.insert(path).second) {
            TRY(tree.make_directory(path));
        }
    }
    return {};
}

Result<std::string> unpack_tar(std::string_view bytes, std::string_view directory,
                               const Limits& limits) {
    TarReader tar = TRY(TarReader::open_gzip(bytes, limits));
    std::string top = TRY(find_top(tar.entries()));
    const Members members = members_of(tar.entries());
    // All links before the first write; and their copies count against the budget.
    std::vector<const TarEntry*> sources;
    uint64_t total = 0;
    for (const TarEntry& entry : tar.entries()) {
        bool is_link = entry.link != TarEntry::Link::none;
        sources.push_back(is_link ? TRY(linked_file(entry, members)) : &entry);
        total += sources.back() != nullptr ? sources.back()->size_bytes : 0;
    }
    if (total > limits.total_bytes_max ||
        (total > limits.ratio_free_bytes && total / limits.ratio_max > bytes.size())) {
        return fail(Error::Kind::refused, "sdist refused: its links copy too much");
    }
    TreeWriter tree = TRY(TreeWriter::open(directory));
    TRY(make_directories(tar.entries(), tree));
    for (size_t i = 0; i < sources.size(); ++i) {
        const TarEntry& entry = tar.entries()[i];
        if (!entry.is_directory && sources[i] != nullptr) {
            TRY(tree.write(entry.path, sources[i]->content,
                           sources[i]->is_executable ? program_mode : file_mode));
        }
    }
    return top;
}

Result<std::string> unpack_zip(std::string_view bytes, std::string_view directory,
                               const Limits& limits) {
    ZipReader zip = TRY(ZipReader::open(bytes, limits));
    std::string top = TRY(find_top(zip.entries()));
    TreeWriter tree = TRY(TreeWriter::open(directory));
    TRY(make_directories(zip.entries(), tree));
    for (const ZipEntry& entry : zip.entries()) {
        if (entry.is_directory) {
            continue;
        }
        std::string content = TRY(zip.read(entry, limits.total_bytes_max));
        TRY(tree.write(entry.path, content, entry.is_executable ? program_mode : file_mode));
    }
    return top;
}

tl::unexpected<Error> no_pkg_info(std::string_view top) {
    return fail(Error::Kind::input, "the sdist has no " + printable(top) + "/PKG-INFO");
}

} // namespace

Result<std::string> unpack_sdist(std::string_view bytes, std::string_view file_name,
                                 std::string_view directory, const Limits& limits) {
    TRY(check_format(file_name));
    return is_zip(file_name) ? TRY_IN(printable(file_name), unpack_zip(bytes, directory, limits))
                             : TRY_IN(printable(file_name), unpack_tar(bytes, directory, limits));
}

Result<std::string> read_pkg_info(std::string_view bytes, std::string_view file_name,
                                  uint64_t bytes_max, const Limits& limits) {
    TRY(check_format(file_name));
    std::string shown = printable(file_name);
    if (is_zip(file_name)) {
        ZipReader zip = TRY_IN(shown, ZipReader::open(bytes, limits));
        std::string top = TRY_IN(shown, find_top(zip.entries()));
        const ZipEntry* entry = zip.find(top + "/PKG-INFO");
        if (entry == nullptr || entry->is_directory) {
            return no_pkg_info(top);
        }
        return TRY_IN(shown, zip.read(*entry, bytes_max));
    }
    TarReader tar = TRY_IN(shown, TarReader::open_gzip(bytes, limits));
    std::string top = TRY_IN(shown, find_top(tar.entries()));
    const TarEntry* entry = tar.find(top + "/PKG-INFO");
    if (entry == nullptr || entry->is_directory || entry->link != TarEntry::Link::none) {
        return no_pkg_info(top);
    }
    if (entry->size_bytes > bytes_max) {
        return fail(Error::Kind::refused, shown + ": its PKG-INFO is larger than the " +
                                              format_bytes(bytes_max) + " allowed for it");
    }
    return std::string(entry->content);
}

} // namespace pawl::archive
