#include "base/fs.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <dirent.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/check.h"
#include "base/clock.h"
#include "base/fs_system.h"
#include "base/text.h"

namespace pawl::fs {

namespace {

Error::Kind kind_of(int number) {
    switch (number) {
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case EINVAL:
    case ENAMETOOLONG:
    case ELOOP:
        return Error::Kind::input;
    case EEXIST:
    case ENOTEMPTY:
    case EAGAIN:
        return Error::Kind::busy;
    default:
        return Error::Kind::disk;
    }
}

// A test's recording sees its own thread only; there is none outside tests.
thread_local Recording* current_recording = nullptr;

FileStat::Type type_of(mode_t mode) {
    return S_ISREG(mode)   ? FileStat::Type::file
           : S_ISDIR(mode) ? FileStat::Type::directory
           : S_ISLNK(mode) ? FileStat::Type::symlink
                           : FileStat::Type::other;
}

int64_t nanoseconds(const timespec& time) {
    return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

FileStat convert(const struct ::stat& from) {
    return {.type = type_of(from.st_mode),
            .device = from.st_dev,
            .inode = from.st_ino,
            .size_bytes = static_cast<uint64_t>(from.st_size),
            .modified_ns = nanoseconds(from.st_mtim),
            .changed_ns = nanoseconds(from.st_ctim),
            .mode = from.st_mode & 07777u,
            .links = static_cast<uint32_t>(from.st_nlink),
            .owner = from.st_uid};
}

Result<std::optional<FileStat>> stat_with(std::string_view path, int flags) {
    record("stat", path);
    struct ::stat found {};
    if (fstatat(AT_FDCWD, std::string(path).c_str(), &found, flags) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return std::optional<FileStat>();
        }
        return system_error("look at", path);
    }
    return std::optional(convert(found));
}

} // namespace

tl::unexpected<Error> system_error(std::string_view operation, std::string_view path, int number) {
    std::array<char, 128> buffer{};
    const char* reason = strerror_r(number, buffer.data(), buffer.size());
    std::string message = "cannot " + std::string(operation) + " " + printable(path) + ": ";
    return fail(kind_of(number), message + reason);
}

int open_file(std::string_view path, int flags, uint32_t mode) {
    const std::string text(path);
    return uninterrupted([&] { return ::open(text.c_str(), flags, mode); });
}

void record(std::string_view operation, std::string_view path) {
    if (current_recording != nullptr) [[unlikely]] {
        current_recording->add(operation, path);
    }
}

Recording::Recording() : outer_(std::exchange(current_recording, this)) {}
Recording::~Recording() {
    current_recording = outer_;
}
void Recording::add(std::string_view operation, std::string_view path) {
    accesses_.push_back({std::string(operation), std::string(path)});
}
size_t Recording::count(std::string_view operation) const {
    return static_cast<size_t>(std::ranges::count(accesses_, operation, &Access::operation));
}

Fd& Fd::operator=(Fd&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
}
Fd::~Fd() {
    if (number_ >= 0) {
        ::close(number_);
    }
}

Result<std::optional<FileStat>> stat(std::string_view path) {
    return stat_with(path, 0);
}
Result<std::optional<FileStat>> lstat(std::string_view path) {
    return stat_with(path, AT_SYMLINK_NOFOLLOW);
}
bool exists(std::string_view path) {
    Result<std::optional<FileStat>> found = stat(path);
    return found && found->has_value();
}
bool is_directory(std::string_view path) {
    Result<std::optional<FileStat>> found = stat(path);
    return found && *found && (*found)->type == FileStat::Type::directory;
}

Result<Fd> open_read(std::string_view path) {
    record("open", path);
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    int number = open_file(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (number < 0) {
        return system_error("open", path);
    }
    return Fd(number);
}

Result<Fd> open_directory(std::string_view path) {
    record("open", path);
    int number = open_file(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    if (number < 0) {
        return system_error("open", path);
    }
    return Fd(number);
}

namespace {

struct RegularFile {
    Fd file;
    uint64_t size_bytes = 0;
};

Result<RegularFile> open_regular(std::string_view path) {
    RegularFile opened;
    opened.file = TRY(open_read(path));
    struct ::stat found {};
    if (fstat(opened.file.get(), &found) != 0) {
        return system_error("look at", path);
    }
    if (!S_ISREG(found.st_mode)) {
        return fail(Error::Kind::input,
                    "cannot read " + printable(path) + ": it is " +
                        (S_ISDIR(found.st_mode) ? "a directory" : "not a regular file"));
    }
    opened.size_bytes = static_cast<uint64_t>(found.st_size);
    return opened;
}

} // namespace

Result<std::string> read(std::string_view path, uint64_t bytes_max) {
    RegularFile opened = TRY(open_regular(path));
    const Fd& file = opened.file;
    const uint64_t size = opened.size_bytes;
    std::string content;
    for (;;) {
        if (std::max<uint64_t>(size, content.size()) > bytes_max) {
            return fail(Error::Kind::input, "cannot read " + printable(path) +
                                                ": it is larger than " + format_bytes(bytes_max));
        }
        size_t filled = content.size();
        size_t room = filled < size ? static_cast<size_t>(size) - filled : 0;
        // One byte more than announced finds the end, or that the file has grown.
        content.resize(filled + std::max<size_t>(room + 1, filled == 0 ? 1 : 4096));
        ssize_t got = ::read(file.get(), content.data() + filled, content.size() - filled);
        if (got < 0 && errno != EINTR) {
            return system_error("read", path);
        }
        content.resize(filled + static_cast<size_t>(std::max<ssize_t>(got, 0)));
        if (got == 0 || (got > 0 && content.size() == size && size != 0)) {
            return content;
        }
    }
}

Result<std::string> read_beginning(std::string_view path, size_t bytes_max) {
    RegularFile opened = TRY(open_regular(path));
    std::string content(static_cast<size_t>(std::min<uint64_t>(opened.size_bytes, bytes_max)),
                        '\0');
    size_t filled = 0;
    while (filled < content.size()) {
        ssize_t got = uninterrupted([&] {
            return ::read(opened.file.get(), content.data() + filled, content.size() - filled);
        });
        if (got < 0) {
            return system_error("read", path);
        }
        if (got == 0) {
            break;
        }
        filled += static_cast<size_t>(got);
    }
    content.resize(filled);
    return content;
}

Result<std::string> read_link(std::string_view path) {
    record("readlink", path);
    std::array<char, PATH_MAX> target{};
    ssize_t length = ::readlink(std::string(path).c_str(), target.data(), target.size());
    if (length < 0) {
        return system_error("read the link", path);
    }
    return std::string(target.data(), static_cast<size_t>(length));
}

Result<std::string> real_path(std::string_view path) {
    record("realpath", path);
    std::array<char, PATH_MAX> resolved{};
    if (::realpath(std::string(path).c_str(), resolved.data()) == nullptr) {
        return system_error("resolve", path);
    }
    return std::string(resolved.data());
}

Result<std::vector<DirectoryEntry>> list(std::string_view path) {
    record("list", path);
    struct Closer {
        void operator()(DIR* directory) const { closedir(directory); }
    };
    std::unique_ptr<DIR, Closer> directory(opendir(std::string(path).c_str()));
    if (!directory) {
        return system_error("list", path);
    }
    std::vector<DirectoryEntry> entries;
    for (;;) {
        errno = 0;
        const dirent* entry = readdir(directory.get());
        if (entry == nullptr) {
            break;
        }
        std::string_view name = entry->d_name;
        if (name == "." || name == "..") {
            continue;
        }
        FileStat::Type type = type_of(DTTOIF(mode_t{entry->d_type}));
        if (entry->d_type == DT_UNKNOWN) {
            auto found = TRY(lstat(join(path, name)));
            type = found ? found->type : FileStat::Type::other;
        }
        entries.push_back({std::string(name), type});
    }
    if (errno != 0) {
        return system_error("list", path);
    }
    std::ranges::sort(entries, {}, &DirectoryEntry::name);
    return entries;
}

Result<std::string> current_directory() {
    std::array<char, PATH_MAX> buffer{};
    if (getcwd(buffer.data(), buffer.size()) == nullptr) {
        return system_error("find", "the current directory");
    }
    return std::string(buffer.data());
}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
}
MappedFile::~MappedFile() {
    if (!bytes_.empty()) {
        munmap(const_cast<char*>(bytes_.data()), bytes_.size());
    }
}
Result<MappedFile> MappedFile::open(std::string_view path) {
    Fd file = TRY(open_read(path));
    struct ::stat found {};
    if (fstat(file.get(), &found) != 0) {
        return system_error("look at", path);
    }
    if (!S_ISREG(found.st_mode)) {
        return system_error("map", path, EINVAL);
    }
    if (found.st_size == 0) {
        return MappedFile();
    }
    auto size = static_cast<size_t>(found.st_size);
    void* at = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (at == MAP_FAILED) {
        return system_error("map", path);
    }
    return MappedFile(std::string_view(static_cast<const char*>(at), size));
}

void MappedFile::forget(std::string_view part) const {
    check(part.data() >= bytes_.data() && part.size() <= bytes_.size() &&
          part.data() + part.size() <= bytes_.data() + bytes_.size());
    const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    size_t begin = static_cast<size_t>(part.data() - bytes_.data());
    size_t end = begin + part.size();
    begin = (begin + page - 1) / page * page;
    if (begin < end) {
        // Nothing is lost if the kernel does not want to.
        static_cast<void>(
            ::madvise(const_cast<char*>(bytes_.data()) + begin, end - begin, MADV_DONTNEED));
    }
}

std::string random_name() {
    std::array<unsigned char, 8> bytes{};
    check(getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
    return to_hex(bytes);
}

Result<FileLock> FileLock::acquire(std::string_view path, Mode mode, int wait_ms) {
    record("lock", path);
    int number = open_file(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (number < 0 && mode == Mode::shared && (errno == EROFS || errno == EACCES)) {
        // A reader of a read-only store may still hold a shared lock.
        number = open_file(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    }
    if (number < 0 && errno == ELOOP) {
        return fail(Error::Kind::refused, "the lock file " + printable(path) +
                                              " is a symbolic link, which is not followed");
    }
    if (number < 0) {
        return system_error("open the lock file", path);
    }
    Fd fd(number);
    int operation = (mode == Mode::shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
    int64_t deadline_ns = monotonic_ns() + int64_t{wait_ms} * 1'000'000;
    useconds_t pause_us = 500;
    while (flock(fd.get(), operation) != 0) {
        if (has_no_locks(errno)) {
            return FileLock(Fd());
        }
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return system_error("lock", path);
        }
        if (monotonic_ns() >= deadline_ns) {
            return fail(Error::Kind::busy, "another process holds " + printable(path));
        }
        usleep(pause_us);
        pause_us = std::min<useconds_t>(pause_us * 2, 20'000);
    }
    return FileLock(std::move(fd));
}

} // namespace pawl::fs
