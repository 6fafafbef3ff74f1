#pragma once
// Files and directories. Every error names the path; nothing here follows a hidden rule: what is
// written atomically says so. Callable from any thread; a Recording sees its own thread only.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pawl::fs {

/// Owns a file descriptor; closed by the destructor.
class Fd {
  public:
    Fd() = default;
    explicit Fd(int number) : number_(number) {}
    Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Fd& operator=(Fd&& other) noexcept;
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd();

    int get() const { return number_; }
    bool is_open() const { return number_ >= 0; }

  private:
    int number_ = -1;
};

struct FileStat {
    enum class Type : unsigned char { file, directory, symlink, other };
    Type type = Type::other;
    uint64_t device = 0;
    uint64_t inode = 0;
    uint64_t size_bytes = 0;
    int64_t modified_ns = 0;
    int64_t changed_ns = 0;
    uint32_t mode = 0; ///< permission bits only
    uint32_t links = 0;
    uint32_t owner = 0;
};

struct DirectoryEntry {
    std::string name;
    FileStat::Type type = FileStat::Type::other;
};

/// Whole-file reads refuse anything larger, so that a stray device or a huge file cannot eat
/// memory.
constexpr uint64_t read_bytes_max = uint64_t{1} << 30;

// --- asking -------------------------------------------------------------------------------------

/// Nothing when there is no such file; follows symbolic links.
Result<std::optional<FileStat>> stat(std::string_view path);
/// As stat(), of a symbolic link itself.
Result<std::optional<FileStat>> lstat(std::string_view path);
/// Whether something is there (a dangling link is not).
bool exists(std::string_view path);
bool is_directory(std::string_view path);
/// The whole content of a regular file. Never blocks on a FIFO or reads a device.
Result<std::string> read(std::string_view path, uint64_t bytes_max = read_bytes_max);
/// At most the first `bytes_max` of it.
Result<std::string> read_beginning(std::string_view path, size_t bytes_max);
Result<std::string> read_link(std::string_view path);
Result<std::string> real_path(std::string_view path);
/// Sorted by name, without "." and "..".
Result<std::vector<DirectoryEntry>> list(std::string_view path);
Result<std::string> current_directory();

// --- changing -----------------------------------------------------------------------------------

/// Creates or replaces a file in one step: readers see the old content or the new, never a mixture;
/// the data is on disk before the name changes. A symbolic link at `path` is replaced, not
/// followed.
Result<> write_atomic(std::string_view path, std::string_view content, uint32_t mode = 0644);
/// As write_atomic(), for a file of the user's: of one that is there the mode stays and, where the
/// system lets us (root), the owner.
Result<> replace_content(std::string_view path, std::string_view content);
/// Whether a name is one that write_atomic() writes under before it renames: being written now, or
/// left by a writer that was killed. Whoever lists a directory passes over it.
bool is_unfinished(std::string_view name);
/// Creates a file that must not exist yet; for trees that are published by a rename later.
Result<> write_new(std::string_view path, std::string_view content, uint32_t mode = 0644);
/// Creates the directory and those above it; one that is there already is fine.
Result<> make_directories(std::string_view path, uint32_t mode = 0755);
/// Fails with Kind::busy when something is at `to` already (directories and files alike).
Result<> rename_new(std::string_view from, std::string_view to);
Result<> rename(std::string_view from, std::string_view to);
/// Both must be there; each gets the other's name in one step.
Result<> exchange(std::string_view a, std::string_view b);
Result<> remove_file(std::string_view path); ///< absent is fine
/// Removes a file or a tree without following links; absent is fine; read-only directories too.
Result<> remove_tree(std::string_view path);
Result<> symlink(std::string_view target, std::string_view at);
Result<> hard_link(std::string_view from, std::string_view to);
/// Copies a tree: files (see copy_file()), directories, and symbolic links as they are; other
/// things are left out. `to` must not exist.
Result<> copy_tree(std::string_view from, std::string_view to);
/// A reflink where the file system can, else a copy of the bytes; keeps the permission bits.
Result<> copy_file(std::string_view from, std::string_view to);
Result<> set_mode(std::string_view path, uint32_t mode);
/// Writes a file's or directory's data to the disk.
Result<> sync(std::string_view path);

// --- opening ------------------------------------------------------------------------------------

Result<Fd> open_read(std::string_view path);
/// Creates a new file, O_EXCL and O_NOFOLLOW.
Result<Fd> open_new(std::string_view path, uint32_t mode = 0644);
Result<Fd> open_directory(std::string_view path);
/// Writes all bytes; `path` is for the error.
Result<> write_all(const Fd& fd, std::string_view bytes, std::string_view path);

// --- paths as text ------------------------------------------------------------------------------

/// `b` when it is absolute, else "a/b".
std::string join(std::string_view a, std::string_view b);
std::string_view parent(std::string_view path);    ///< "/a/b" → "/a"; "b" → "."; "/" → "/"
std::string_view base_name(std::string_view path); ///< "/a/b" → "b"
/// Absolute, with "." and ".." taken out as text (links are not looked at).
Result<std::string> absolute(std::string_view path);
std::string normalize(std::string_view path); ///< "a/./b/../c" → "a/c", as text

/// A directory with an unguessable name, removed with all that is in it by the destructor.
class TemporaryDirectory {
  public:
    static Result<TemporaryDirectory> create(std::string_view parent, std::string_view prefix);
    TemporaryDirectory(TemporaryDirectory&& other) noexcept
        : path_(std::exchange(other.path_, {})) {}
    TemporaryDirectory& operator=(TemporaryDirectory&& other) noexcept;
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory();

    const std::string& path() const { return path_; }
    /// The directory stays; the caller has renamed it or wants to keep it.
    std::string release() { return std::exchange(path_, {}); }

  private:
    explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
    std::string path_;
};

/// A read-only mapping of a file's bytes; unmapped by the destructor.
class MappedFile {
  public:
    static Result<MappedFile> open(std::string_view path);
    MappedFile() = default;
    MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
    MappedFile& operator=(MappedFile&& other) noexcept;
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    std::string_view bytes() const { return bytes_; }
    /// Gives the memory of this part of bytes() back; it is read anew when it is looked at again.
    /// So a file of gigabytes takes no more memory than the part that somebody is at.
    void forget(std::string_view part) const;
    /// All of bytes() in pieces, each given back after `take(piece)`.
    template <class Take>
    void in_pieces(const Take& take) const {
        constexpr size_t piece_bytes = size_t{16} << 20;
        for (size_t at = 0; at < bytes_.size(); at += piece_bytes) {
            std::string_view piece = bytes_.substr(at, piece_bytes);
            take(piece);
            forget(piece);
        }
    }

  private:
    explicit MappedFile(std::string_view bytes) : bytes_(bytes) {}
    std::string_view bytes_;
};

/// Eight bytes from the kernel's generator as sixteen hexadecimal digits, for names of new files.
std::string random_name();

/// An advisory lock on a file (flock): released by the destructor and by the process's death.
class FileLock {
  public:
    enum class Mode : unsigned char { shared, exclusive };
    /// Waits at most `wait_ms`; then Kind::busy. Creates the file when it is not there. Where the
    /// file system has no locks, the result holds nothing.
    static Result<FileLock> acquire(std::string_view path, Mode mode, int wait_ms);

    bool is_held() const { return fd_.is_open(); }

  private:
    explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
    Fd fd_;
};

/// Writes down what this thread asks of the disk while it lives, so that a test can say
/// "a hit opens at most six files".
class Recording {
  public:
    struct Access {
        std::string operation, path;
    };
    Recording();
    ~Recording();
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;
    std::span<const Access> accesses() const { return accesses_; }
    size_t count(std::string_view operation) const;
    void add(std::string_view operation, std::string_view path);

  private:
    std::vector<Access> accesses_;
    Recording* outer_;
};

} // namespace pawl::fs
