// The half of fs.h that changes the disk.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/fs.h"
#include "base/fs_system.h"
#include "base/text.h"

namespace pawl::fs {

Result<Fd> open_new(std::string_view path, uint32_t mode) {
    record("create", path);
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    int number = open_file(path, flags, mode);
    if (number < 0) {
        return system_error("create", path);
    }
    return Fd(number);
}

Result<> write_all(const Fd& fd, std::string_view bytes, std::string_view path) {
    while (!bytes.empty()) {
        ssize_t written = ::write(fd.get(), bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) {
            return system_error("write", path);
        }
        bytes.remove_prefix(static_cast<size_t>(std::max<ssize_t>(written, 0)));
    }
    return {};
}

Result<> write_new(std::string_view path, std::string_view content, uint32_t mode) {
    Fd file = TRY(open_new(path, mode));
    return write_all(file, content, path);
}

constexpr std::string_view aside_prefix = ".pawl-";
constexpr std::string_view aside_suffix = ".tmp";

/// Some file systems in user space and over the network know no fsync: then nothing can be
/// promised.
static bool has_no_sync(int number) {
    return number == EINVAL || number == ENOSYS || number == EOPNOTSUPP;
}

/// `like` is whom the new file is to belong to; null for us.
static Result<> write_aside(std::string_view aside, std::string_view content, uint32_t mode,
                            const struct stat* like) {
    Fd file = TRY(open_new(aside, mode));
    TRY(write_all(file, content, aside));
    bool is_others = like != nullptr && (like->st_uid != geteuid() || like->st_gid != getegid());
    if (is_others) {
        // Only root may give a file away; for everybody else it becomes their own. Not by its name:
        // the directory's owner may have put another file there.
        [[maybe_unused]] int given = ::fchown(file.get(), like->st_uid, like->st_gid);
    }
    // What it was created with is what some file systems have for every file.
    if ((fchmod(file.get(), mode) != 0 && errno != EPERM) ||
        (fsync(file.get()) != 0 && !has_no_sync(errno))) {
        return system_error("write", aside);
    }
    return {};
}

static Result<> write_and_rename(std::string_view path, std::string_view content, uint32_t mode,
                                 const struct stat* like) {
    // A name that begins with a dot: what lists the directory for scripts and locks passes over it.
    std::string aside =
        join(parent(path), std::string(aside_prefix) + random_name() + std::string(aside_suffix));
    Result<> written = write_aside(aside, content, mode, like);
    if (written) {
        written = rename(aside, path);
    }
    if (!written) {
        Error error = std::move(written.error());
        ::unlink(aside.c_str());
        return fail(std::move(error).in("cannot write " + printable(path)));
    }
    return {};
}

Result<> write_atomic(std::string_view path, std::string_view content, uint32_t mode) {
    return write_and_rename(path, content, mode, nullptr);
}

Result<> replace_content(std::string_view path, std::string_view content) {
    constexpr uint32_t permission_bits = 0777, usual_mode = 0644;
    struct stat present {};
    // What a link leads to is another file: the link is replaced.
    bool is_there = ::lstat(std::string(path).c_str(), &present) == 0 && S_ISREG(present.st_mode);
    uint32_t mode = is_there ? present.st_mode & permission_bits : usual_mode;
    return write_and_rename(path, content, mode, is_there ? &present : nullptr);
}

bool is_unfinished(std::string_view name) {
    return name.starts_with(aside_prefix) && name.ends_with(aside_suffix);
}

Result<> make_directories(std::string_view path, uint32_t mode) {
    record("mkdir", path);
    std::string text(path);
    if (::mkdir(text.c_str(), mode) == 0) {
        return {};
    }
    if (errno == ENOENT && parent(path) != path) {
        TRY(make_directories(parent(path), mode));
        if (::mkdir(text.c_str(), mode) == 0) {
            return {};
        }
    }
    const int number = errno;
    if (number == EEXIST && is_directory(path)) {
        return {};
    }
    if (number == EEXIST) { // a file, a FIFO, a link to one or to nothing
        return fail(Error::Kind::disk, "cannot create the directory " + printable(path) +
                                           ": something else has that name");
    }
    return system_error("create the directory", path, number);
}

Result<> rename_new(std::string_view from, std::string_view to) {
    record("rename", to);
    std::string old_name(from);
    std::string new_name(to);
    int result =
        ::renameat2(AT_FDCWD, old_name.c_str(), AT_FDCWD, new_name.c_str(), RENAME_NOREPLACE);
    if (result != 0 && errno == EINVAL) { // NFS and some others have no such rename
        // Neither takes the place of a file or of a directory that holds something.
        result = is_directory(from) ? ::rename(old_name.c_str(), new_name.c_str())
                                    : ::link(old_name.c_str(), new_name.c_str());
        if (result == 0 && !is_directory(to)) {
            result = ::unlink(old_name.c_str());
        }
    }
    if (result != 0) {
        return system_error("rename a new file to", to);
    }
    return {};
}

Result<> exchange(std::string_view a, std::string_view b) {
    record("rename", b);
    if (::renameat2(AT_FDCWD, std::string(a).c_str(), AT_FDCWD, std::string(b).c_str(),
                    RENAME_EXCHANGE) != 0) {
        return system_error("exchange", b);
    }
    return {};
}

Result<> rename(std::string_view from, std::string_view to) {
    record("rename", to);
    if (::rename(std::string(from).c_str(), std::string(to).c_str()) != 0) {
        return system_error("rename a new file to", to);
    }
    return {};
}

Result<> remove_file(std::string_view path) {
    record("remove", path);
    if (::unlink(std::string(path).c_str()) != 0 && errno != ENOENT) {
        return system_error("remove", path);
    }
    return {};
}

Result<> remove_tree(std::string_view path) {
    auto found = TRY(lstat(path));
    if (!found) {
        return {};
    }
    if (found->type != FileStat::Type::directory) {
        return remove_file(path);
    }
    if ((found->mode & 0700u) != 0700u) {
        TRY(set_mode(path, found->mode | 0700u));
    }
    constexpr int rounds_max = 10; // another process may put something into it meanwhile
    for (int round = 1;; ++round) {
        for (const DirectoryEntry& entry : TRY(list(path))) {
            std::string inner = join(path, entry.name);
            TRY(entry.type == FileStat::Type::directory ? remove_tree(inner) : remove_file(inner));
        }
        record("remove", path);
        if (::rmdir(std::string(path).c_str()) == 0 || errno == ENOENT) {
            return {};
        }
        if (errno != ENOTEMPTY || round == rounds_max) {
            return system_error("remove", path);
        }
    }
}

Result<> symlink(std::string_view target, std::string_view at) {
    record("symlink", at);
    if (::symlink(std::string(target).c_str(), std::string(at).c_str()) != 0) {
        return system_error("create the link", at);
    }
    return {};
}

Result<> hard_link(std::string_view from, std::string_view to) {
    record("link", to);
    if (::link(std::string(from).c_str(), std::string(to).c_str()) != 0) {
        return system_error("create the hard link", to);
    }
    return {};
}

static Result<> copy_bytes(const Fd& from, const Fd& to, std::string_view path) {
    if (ioctl(to.get(), FICLONE, from.get()) == 0) {
        return {};
    }
    constexpr size_t chunk_bytes = size_t{1} << 30;
    for (;;) {
        ssize_t copied = ::sendfile(to.get(), from.get(), nullptr, chunk_bytes);
        if (copied == 0) {
            return {};
        }
        if (copied < 0 && errno != EINTR) {
            return system_error("copy to", path);
        }
    }
}

Result<> copy_file(std::string_view from, std::string_view to) {
    Fd source = TRY(open_read(from));
    struct ::stat found {};
    if (fstat(source.get(), &found) != 0 || !S_ISREG(found.st_mode)) {
        return system_error("copy", from, EINVAL);
    }
    Fd target = TRY(open_new(to, found.st_mode & 07777u));
    return copy_bytes(source, target, to);
}

Result<> copy_tree(std::string_view from, std::string_view to) {
    TRY(make_directories(to));
    for (const DirectoryEntry& entry : TRY(list(from))) {
        std::string source = join(from, entry.name);
        std::string target = join(to, entry.name);
        if (target.starts_with(source + "/")) {
            continue; // the copy itself lies in here
        }
        if (entry.type == FileStat::Type::directory) {
            TRY(copy_tree(source, target));
        } else if (entry.type == FileStat::Type::symlink) {
            TRY(symlink(TRY(read_link(source)), target));
        } else if (entry.type == FileStat::Type::file) {
            TRY(copy_file(source, target));
        }
    }
    return {};
}

Result<> set_mode(std::string_view path, uint32_t mode) {
    record("chmod", path);
    if (::chmod(std::string(path).c_str(), mode) != 0) {
        return system_error("change the mode of", path);
    }
    return {};
}

Result<> sync(std::string_view path) {
    record("sync", path);
    Fd file = TRY(open_read(path));
    if (fsync(file.get()) != 0 && !has_no_sync(errno)) {
        return system_error("sync", path);
    }
    return {};
}

Result<TemporaryDirectory> TemporaryDirectory::create(std::string_view parent,
                                                      std::string_view prefix) {
    std::string path = join(parent, std::string(prefix) + random_name());
    record("mkdir", path);
    if (::mkdir(path.c_str(), 0700) != 0) {
        return system_error("create the directory", path);
    }
    return TemporaryDirectory(std::move(path));
}
TemporaryDirectory& TemporaryDirectory::operator=(TemporaryDirectory&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
}
TemporaryDirectory::~TemporaryDirectory() {
    if (!path_.empty()) {
        // What cannot be removed stays behind under a name that nobody looks up.
        [[maybe_unused]] Result<> removed = remove_tree(path_);
    }
}

} // namespace pawl::fs
