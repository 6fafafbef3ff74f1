#include "store/wheel_tree.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <unordered_set>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_digest.h"
#include "base/parallel.h"
#include "base/seal.h"
#include "base/text.h"
#include "store/references.h"

namespace pawl::store {
namespace {

constexpr uint32_t mode_mask = 07777;
constexpr uint32_t directory_mode = 0555;
constexpr uint32_t directory_mode_open = 0755;
constexpr uint64_t mark_bytes_max = uint64_t{256} << 20;
constexpr size_t directories_max = 1'000'000;
constexpr std::string_view mark_head = "pawl-mark 2";
constexpr std::string_view mark_head_1 = "pawl-mark 1"; // without inodes

/// Whole seconds in 2001 to 2009: every file system and every .pyc can hold them. Different wheels
/// get different ones, so that no bytecode of another version is taken for a file's own.
struct timespec time_of(std::string_view sha256) {
    constexpr int64_t begin_s = 978'307'200;
    int64_t offset_s = 0;
    for (char c : sha256.substr(0, 7)) {
        offset_s = offset_s * 16 + (is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    return {.tv_sec = begin_s + offset_s, .tv_nsec = 0};
}

bool has_time(const struct ::stat& found, const struct timespec& time) {
    return found.st_mtim.tv_sec == time.tv_sec && found.st_mtim.tv_nsec == time.tv_nsec;
}

uint32_t mode_of(const WheelFile& file) {
    return file.is_executable ? 0555 : 0444;
}

Result<> set_time(const std::string& path, const struct timespec& time) {
    const struct timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, time};
    if (::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
        return fail(Error::Kind::disk,
                    "cannot set the time of " + printable(path) + ": " + std::strerror(errno));
    }
    return {};
}

Result<> close_directory(const std::string& path, std::string_view sha256) {
    TRY(fs::set_mode(path, directory_mode));
    return set_time(path, time_of(sha256));
}

bool is_bytecode_cache(std::string_view name) {
    return name == "__pycache__";
}

struct Tree {
    std::vector<std::string> directories; ///< with the root, parents first
    std::vector<std::string> files;       ///< all that is no directory
};

/// All below `root`. __pycache__ is what do_once() adds later.
Result<Tree> walk(const std::string& root, bool with_caches) {
    Tree tree;
    tree.directories.push_back(root);
    for (size_t i = 0; i < tree.directories.size(); ++i) {
        for (const fs::DirectoryEntry& entry : TRY(fs::list(tree.directories[i]))) {
            std::string path = fs::join(tree.directories[i], entry.name);
            if (entry.type != fs::FileStat::Type::directory) {
                tree.files.push_back(std::move(path));
            } else if (with_caches || !is_bytecode_cache(entry.name)) {
                tree.directories.push_back(std::move(path));
            }
        }
        if (tree.directories.size() > directories_max) {
            return fail(Error::Kind::disk, "too many directories below " + printable(root));
        }
    }
    return tree;
}

/// The path below files/.
std::string inside(const WheelEntry& entry, std::string_view path) {
    return std::string(path.substr(entry.directory.size() + std::string_view("/files/").size()));
}

/// Files below __pycache__ directories that are not the wheel's own, sorted.
Result<std::vector<std::string>> additions_of(const WheelEntry& entry) {
    std::vector<std::string> found;
    for (const std::string& path : TRY(walk(entry.files(), true)).files) {
        std::string below = inside(entry, path);
        bool is_cached = is_bytecode_cache(fs::base_name(fs::parent(below)));
        if (is_cached && entry.manifest.find(below) == nullptr) {
            found.push_back(std::move(below));
        }
    }
    std::ranges::sort(found);
    return found;
}

struct Addition {
    std::string sha256;
    uint64_t inode = 0; // 0: not known
    std::string path;
};

/// The inodes are those of files in the directory with this one: a copy of a cache has others.
struct Mark {
    uint64_t directory_inode = 0;
    std::vector<Addition> additions;
};

/// "<inode> <rest>".
std::optional<uint64_t> take_inode(std::string_view& text) {
    std::optional<Halves> halves = split_once(text, ' ');
    std::optional<uint64_t> inode = halves ? parse_unsigned(halves->before) : std::nullopt;
    text = inode ? halves->after : text;
    return inode;
}

/// What a mark names; an error (Kind::integrity) when it is damaged.
Result<Mark> read_mark(const std::string& path) {
    std::string text = TRY(fs::read(path, mark_bytes_max));
    std::optional<std::string_view> body = unseal(mark_head, text);
    const bool has_inodes = body.has_value();
    if (!body) {
        body = unseal(mark_head_1, text);
    }
    if (!body) {
        return fail(Error::Kind::integrity, printable(path) + " is damaged");
    }
    Mark mark;
    for (std::string_view line : split_lines(*body)) {
        std::optional<Halves> halves = split_once(line, ' ');
        if (!halves) {
            continue;
        }
        std::string_view rest = halves->after;
        std::optional<uint64_t> inode = has_inodes ? take_inode(rest) : std::nullopt;
        if (halves->before == "in") {
            mark.directory_inode = inode.value_or(0);
        } else {
            mark.additions.push_back(
                {std::string(halves->before), inode.value_or(0), std::string(rest)});
        }
    }
    return mark;
}

Result<uint64_t> inode_of(const std::string& path) {
    std::optional<fs::FileStat> stat = TRY(fs::lstat(path));
    return stat ? stat->inode : 0;
}

Result<std::vector<std::string>> marks_of(const WheelEntry& entry) {
    return finished_children_of(entry.directory + "/marks");
}

Result<fs::FileStat> verify_file(const WheelEntry& entry, const WheelFile& file) {
    std::string path = fs::join(entry.files(), file.path);
    std::optional<fs::FileStat> found = TRY(fs::lstat(path));
    auto bad = [&](std::string_view why) {
        return fail(Error::Kind::integrity, printable(path) + " " + std::string(why));
    };
    if (!found || found->type != fs::FileStat::Type::file) {
        return bad("is missing from the store");
    }
    if (found->size_bytes != file.size_bytes) {
        return bad("has another size than the wheel's file");
    }
    constexpr uint32_t owner_reads_and_executes = 0500;
    if ((found->mode & owner_reads_and_executes) != (mode_of(file) & owner_reads_and_executes)) {
        return bad("has another mode than the wheel's file");
    }
    fs::MappedFile content = TRY(fs::MappedFile::open(path));
    if (sha256_of(content) != file.sha256) {
        return bad("has another content than the wheel's file");
    }
    return *found;
}

/// Nothing but the wheel's files, and bytecode below __pycache__, may be there: what is there can
/// be imported.
Result<> verify_nothing_added(const WheelEntry& entry) {
    for (const std::string& path : TRY(walk(entry.files(), false)).files) {
        if (entry.manifest.find(inside(entry, path)) == nullptr) {
            return fail(Error::Kind::integrity, printable(path) + " is not a file of the wheel");
        }
    }
    return {};
}

/// A directory that something was added to or taken from: bytecode by root's own Python perhaps.
bool holds_only_known(const WheelEntry& entry, const std::string& directory) {
    Result<std::vector<fs::DirectoryEntry>> children = fs::list(directory);
    if (!children) {
        return false;
    }
    return std::ranges::all_of(*children, [&](const fs::DirectoryEntry& child) {
        std::string path = fs::join(directory, child.name);
        return child.type == fs::FileStat::Type::directory ||
               entry.manifest.find(inside(entry, path)) != nullptr;
    });
}

} // namespace

FileStamp::FileStamp(std::string_view sha256) : time_s_(time_of(sha256).tv_sec) {}

Result<> FileStamp::put(const fs::Fd& file, const WheelFile& of) const {
    const struct timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                                      {.tv_sec = time_s_, .tv_nsec = 0}};
    const uint32_t mode = mode_of(of);
    struct ::stat found {};
    bool is_done = ::fstat(file.get(), &found) == 0 &&
                   ((found.st_mode & mode_mask) == mode || ::fchmod(file.get(), mode) == 0) &&
                   ::futimens(file.get(), times) == 0;
    if (!is_done) {
        return fail(Error::Kind::disk, "cannot set mode and time of " + printable(of.path) + ": " +
                                           std::strerror(errno));
    }
    return {};
}

Result<> stamp_files(const std::string& files, std::string_view sha256) {
    constexpr uint32_t execute = 0100;
    for (const std::string& file : TRY(walk(files, true)).files) {
        std::optional<fs::FileStat> found = TRY(fs::lstat(file));
        if (!found || found->type != fs::FileStat::Type::file) {
            continue;
        }
        uint32_t mode = (found->mode & execute) != 0 ? 0555U : 0444U;
        if (found->mode != mode) {
            TRY(fs::set_mode(file, mode));
        }
        TRY(set_time(file, time_of(sha256)));
    }
    return {};
}

Result<> close_tree(const std::string& files, std::string_view sha256) {
    for (const std::string& directory : TRY(walk(files, true)).directories) {
        TRY(close_directory(directory, sha256));
    }
    return {};
}

Result<> close_directories(const std::string& files, const WheelManifest& manifest,
                           std::string_view sha256) {
    for (std::string_view directory : manifest.directories()) {
        TRY(close_directory(fs::join(files, directory), sha256));
    }
    return close_directory(files, sha256);
}

Result<> open_tree(const std::string& files) {
    for (const std::string& directory : TRY(walk(files, true)).directories) {
        TRY(fs::set_mode(directory, directory_mode_open));
    }
    return {};
}

Result<> remove_additions(const WheelEntry& entry) {
    std::vector<std::string> added = TRY(additions_of(entry));
    TRY(open_tree(entry.files()));
    TRY(fs::remove_tree(entry.directory + "/marks"));
    for (const std::string& path : added) {
        std::string full = fs::join(entry.files(), path);
        TRY(fs::remove_file(full));
        ::rmdir(std::string(fs::parent(full)).c_str()); // when it was the last
    }
    return close_tree(entry.files(), entry.sha256);
}

Result<> write_mark(const WheelEntry& entry, std::string_view mark) {
    std::unordered_set<std::string> marked;
    for (const std::string& path : TRY(marks_of(entry))) {
        if (Result<Mark> others = read_mark(path)) {
            for (Addition& other : others->additions) {
                marked.insert(std::move(other.path));
            }
        }
    }
    std::string body = "in " + std::to_string(TRY(inode_of(entry.directory))) + " .\n";
    for (const std::string& path : TRY(additions_of(entry))) {
        // Others may be what a Python is writing just now ("a.cpython-313.pyc.140…"): nobody
        // imports that, and it is gone in a moment.
        if (path.ends_with(".pyc") && !marked.contains(path)) {
            std::string full = fs::join(entry.files(), path);
            fs::MappedFile content = TRY(fs::MappedFile::open(full));
            body += Sha256::hex_of(content.bytes()) + " " + std::to_string(TRY(inode_of(full))) +
                    " " + path + "\n";
        }
    }
    // This directory alone: an entry that was removed meanwhile must not come back without its
    // files.
    if (::mkdir((entry.directory + "/marks").c_str(), 0755) != 0 && errno != EEXIST) {
        return fail(Error::Kind::disk, "cannot make the directory " + printable(entry.directory) +
                                           "/marks: " + std::strerror(errno));
    }
    return fs::write_atomic(entry.directory + "/marks/" + std::string(mark), seal(mark_head, body),
                            0644);
}

Result<> verify_additions(const WheelEntry& entry, uint64_t& unmarked) {
    std::unordered_set<std::string> marked;
    const uint64_t directory_inode = TRY(inode_of(entry.directory));
    for (const std::string& path : TRY(marks_of(entry))) {
        Mark mark = TRY(read_mark(path));
        for (Addition& addition : mark.additions) {
            std::string full = fs::join(entry.files(), addition.path);
            Result<fs::MappedFile> content = fs::MappedFile::open(full);
            if (content && Sha256::hex_of(content->bytes()) == addition.sha256) {
                marked.insert(std::move(addition.path));
                continue;
            }
            // Root's Python that was compiling it when the mark was written puts its own in its
            // place: another file. What rots, and what somebody writes into, stays the same one.
            bool is_replaced = content && mark.directory_inode == directory_inode &&
                               addition.inode != 0 && TRY(inode_of(full)) != addition.inode;
            if (!is_replaced) {
                return fail(Error::Kind::integrity,
                            printable(full) + " is not the bytecode that was made here");
            }
        }
    }
    for (const std::string& path : TRY(additions_of(entry))) {
        unmarked += marked.contains(path) ? 0U : 1U;
    }
    return {};
}

Result<> verify_tree(const WheelEntry& entry, std::set<FileIdentity>* shared) {
    std::mutex mutex;
    const std::vector<WheelFile>& files = entry.manifest.files;
    for (const WheelFile& own : entry.manifest.own_files) {
        TRY(verify_file(entry, own));
    }
    TRY(parallel_for(files.size(), [&](size_t i) -> Result<> {
        fs::FileStat found = TRY(verify_file(entry, files[i]));
        if (shared != nullptr && found.links > 1) {
            std::lock_guard lock(mutex);
            shared->emplace(found.device, found.inode);
        }
        return {};
    }));
    return verify_nothing_added(entry);
}

Result<> verify_wheel(const WheelEntry& entry) {
    return verify_tree(entry, nullptr);
}

bool is_untouched(const WheelEntry& entry) {
    const struct timespec time = time_of(entry.sha256);
    const std::string root = entry.files();
    Result<fs::Fd> top = fs::open_directory(root);
    if (!top) {
        return false;
    }
    auto is_as_it_was = [&](const WheelFile& file) {
        struct ::stat found {};
        return ::fstatat(top->get(), file.path.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 &&
               S_ISREG(found.st_mode) && static_cast<uint64_t>(found.st_size) == file.size_bytes &&
               (found.st_mode & mode_mask) == mode_of(file) && has_time(found, time);
    };
    if (!std::ranges::all_of(entry.manifest.files, is_as_it_was) ||
        !std::ranges::all_of(entry.manifest.own_files, is_as_it_was)) {
        return false;
    }
    std::vector<std::string_view> directories = entry.manifest.directories();
    directories.emplace_back();
    return std::ranges::all_of(directories, [&](std::string_view directory) {
        struct ::stat found {};
        std::string path = directory.empty() ? root : fs::join(root, directory);
        return ::lstat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode) &&
               (has_time(found, time) || holds_only_known(entry, path));
    });
}

} // namespace pawl::store
