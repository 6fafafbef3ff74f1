#include "archive/tree_writer.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"

namespace pawl::archive {
namespace {

tl::unexpected<Error> disk_error(std::string_view what, std::string_view directory,
                                 std::string_view path, int number) {
    std::string message("cannot ");
    message.append(what).append(" '").append(printable(fs::join(directory, path)));
    message.append("': ").append(std::strerror(number));
    return fail(Error::Kind::disk, std::move(message));
}

/// openat2 with the kernel's own containment; where there is no openat2 (before Linux 5.6, or
/// forbidden by a container's filter) plain openat, whose last part still follows no link. The
/// directories on the way are then ours alone and were made by mkdirat, so they are no links
/// either.
int open_beneath(int directory, const char* path, unsigned flags, uint32_t mode) {
    open_how how{};
    how.flags = flags;
    how.mode = mode;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    for (;;) {
        long fd = ::syscall(SYS_openat2, directory, path, &how, sizeof how);
        if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
            fd = ::openat(directory, path, static_cast<int>(flags), mode);
        }
        if (fd >= 0 || (errno != EINTR && errno != EAGAIN)) {
            return static_cast<int>(fd);
        }
    }
}

} // namespace

Result<TreeWriter> TreeWriter::open(std::string_view directory) {
    fs::Fd fd = TRY(fs::open_directory(directory));
    return TreeWriter(std::string(directory), std::move(fd));
}

Result<> TreeWriter::make_directory(std::string_view path) const {
    TRY(check_member_path(path));
    if (::mkdirat(fd_.get(), std::string(path).c_str(), 0755) == 0) {
        return {};
    }
    for (size_t end = path.find('/');; end = path.find('/', end + 1)) {
        std::string part(path.substr(0, end));
        if (::mkdirat(fd_.get(), part.c_str(), 0755) != 0 && errno != EEXIST) {
            return disk_error("make directory", directory_, part, errno);
        }
        if (end == std::string_view::npos) {
            return {};
        }
    }
}

Result<fs::Fd> TreeWriter::create(std::string_view path, uint32_t mode) const {
    TRY(check_member_path(path));
    constexpr unsigned flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int number = open_beneath(fd_.get(), std::string(path).c_str(), flags, mode);
    if (number < 0) {
        return disk_error("create", directory_, path, errno);
    }
    return fs::Fd(number);
}

Result<> TreeWriter::write(std::string_view path, std::string_view content, uint32_t mode) const {
    fs::Fd file = TRY(create(path, mode));
    return fs::write_all(file, content, fs::join(directory_, path));
}

} // namespace pawl::archive
