#include "install/link.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/check.h"
#include "base/fs_system.h"
#include "base/text.h"

namespace pawl::install {

namespace {

constexpr size_t copy_chunk_bytes = size_t{8} << 20;

/// The bytes of one open file into another that is empty.
Result<> copy_bytes(int from, int to, const std::string& path) {
    for (;;) {
        ssize_t copied = ::sendfile(to, from, nullptr, copy_chunk_bytes);
        if (copied == 0) {
            return {};
        }
        if (copied < 0 && errno != EINTR && errno != EAGAIN) {
            return fs::system_error("write", path);
        }
    }
}

/// Where a link cannot be but a copy can.
bool is_no_link_here(int number) {
    return number == EXDEV || number == EPERM || number == EMLINK || number == EOPNOTSUPP ||
           number == ENOSYS || number == EACCES;
}

} // namespace

Result<LinkMode> parse_link_mode(std::string_view text) {
    struct Spelling {
        std::string_view word;
        LinkMode mode;
    };
    constexpr std::array spellings{
        Spelling{"auto", LinkMode::automatic}, Spelling{"reflink", LinkMode::reflink},
        Spelling{"clone", LinkMode::reflink},  Spelling{"hardlink", LinkMode::hardlink},
        Spelling{"copy", LinkMode::copy},      Spelling{"symlink", LinkMode::symlink},
    };
    for (const Spelling& spelling : spellings) {
        if (spelling.word == text) {
            return spelling.mode;
        }
    }
    return fail(Error::Kind::usage, "unknown link mode \"" + printable(text) +
                                        "\": auto, reflink, hardlink, copy or symlink");
}

LastDirectory::Place LastDirectory::of(const std::string& path) {
    size_t slash = path.rfind('/');
    check(slash != std::string::npos);
    if (!directory_.is_open() || path.compare(0, slash, path_) != 0) {
        path_ = path.substr(0, slash);
        directory_ = fs::Fd(::open((path_ + "/").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    }
    return directory_.is_open() ? Place{directory_.get(), path.c_str() + slash + 1}
                                : Place{AT_FDCWD, path.c_str()};
}

bool share_symlink(const std::string& like, const std::string& target, const std::string& to,
                   LinkRoute& route) {
    LastDirectory::Place old = route.sibling.of(like);
    std::string found(target.size() + 1, '\0'); // a longer one is cut, and not the same
    ssize_t length = ::readlinkat(old.directory, old.name, found.data(), found.size());
    if (length < 0 || std::string_view(found).substr(0, static_cast<size_t>(length)) != target) {
        return false;
    }
    LastDirectory::Place made = route.to.of(to);
    return ::linkat(old.directory, old.name, made.directory, made.name, 0) == 0;
}

bool share_text(const std::string& like, std::string_view content, uint32_t mode,
                const std::string& to, LinkRoute& route) {
    LastDirectory::Place old = route.sibling.of(like);
    fs::Fd file(::openat(old.directory, old.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct ::stat stat {};
    constexpr uint32_t mode_mask = 07777;
    if (!file.is_open() || ::fstat(file.get(), &stat) != 0 || !S_ISREG(stat.st_mode) ||
        (stat.st_mode & mode_mask) != mode ||
        static_cast<uint64_t>(stat.st_size) != content.size()) {
        return false;
    }
    std::string found(content.size(), '\0');
    ssize_t length = ::read(file.get(), found.data(), found.size());
    if (length != stat.st_size || found != content) {
        return false;
    }
    LastDirectory::Place made = route.to.of(to);
    return ::linkat(old.directory, old.name, made.directory, made.name, 0) == 0;
}

/// True when that settled it, with the outcome in `result`.
bool Linker::try_hard_link(const std::string& source, const std::string& to, LinkRoute& route,
                           Result<>& result) {
    fs::record("link", to);
    LastDirectory::Place old = route.from.of(source);
    LastDirectory::Place made = route.to.of(to);
    if (::linkat(old.directory, old.name, made.directory, made.name, 0) == 0) {
        return true;
    }
    int number = errno;
    if (!is_no_link_here(number)) {
        result = fs::system_error("link", to, number);
        return true;
    }
    if (number != EMLINK) { // one file with too many links says nothing of the others
        hard_links_ = false;
    }
    return false;
}

Result<> Linker::place(const std::string& source, const std::string& to, LinkRoute& route) {
    if (mode_ == LinkMode::symlink) {
        return fs::symlink(source, to);
    }
    // Read once: another thread may find out meanwhile that there are none.
    const bool wants_reflink =
        (mode_ == LinkMode::automatic || mode_ == LinkMode::reflink) && reflinks_;
    const bool wants_hard_link =
        (mode_ == LinkMode::automatic || mode_ == LinkMode::hardlink) && hard_links_;
    Result<> result;
    if (wants_hard_link && !wants_reflink && try_hard_link(source, to, route, result)) {
        return result;
    }
    fs::Fd from = TRY(fs::open_read(source));
    struct ::stat stat {};
    bool is_executable = ::fstat(from.get(), &stat) == 0 && (stat.st_mode & S_IXUSR) != 0;
    fs::Fd target = TRY(fs::open_new(to, is_executable ? 0755 : 0644));
    if (wants_reflink) {
        if (::ioctl(target.get(), FICLONE, from.get()) == 0) {
            return {};
        }
        reflinks_ = false;
        if (wants_hard_link) {
            target = fs::Fd();
            TRY(fs::remove_file(to));
            return place(source, to, route); // now without reflinks
        }
    }
    if (mode_ != LinkMode::copy) {
        fell_back_ = true;
    }
    return copy_bytes(from.get(), target.get(), to);
}

} // namespace pawl::install
