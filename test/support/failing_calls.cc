// To be preloaded (LD_PRELOAD) into pawl: the n-th call of a kind to the system fails, as it may on
// a machine whose disk is full or broken, whose memory has run out or whose file system lacks what
// others have. test/faults/calls.py counts n up.
//
//   PAWL_FAIL=CALLS:ERROR:N   CALLS: names with commas between, as they stand below ("open",
//   "write",
//                             …). ERROR: a number of errno, or "short" for a call that does a part
//                             only. N: which one, from 1; "N+" for it and all later ones.
//   PAWL_FAIL_MARK=FILE       made when a call has failed: without it, n was larger than all there
//                             are.
//
// Other programs that inherit the variables are left alone.

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int not_failing = 0;
constexpr int doing_a_part = -1;

struct Plan {
    char calls[128] = "";
    int error = not_failing;
    long first = 0;
    bool is_lasting = false;
    const char* mark = nullptr;
};

/// What was asked for; nothing for other programs than pawl.
Plan read_plan() {
    Plan plan;
    const char* asked = getenv("PAWL_FAIL");
    char error[16] = "";
    char lasting = 0;
    if (asked == nullptr || strcmp(program_invocation_short_name, "pawl") != 0 ||
        sscanf(asked, "%127[^:]:%15[^:]:%ld%c", plan.calls, error, &plan.first, &lasting) < 3) {
        return plan;
    }
    plan.error = strcmp(error, "short") == 0 ? doing_a_part : atoi(error);
    plan.is_lasting = lasting == '+';
    plan.mark = getenv("PAWL_FAIL_MARK");
    return plan;
}

bool names(const char* list, const char* name) {
    const size_t length = strlen(name);
    for (const char* at = list; at != nullptr; at = strchr(at, ',')) {
        at += *at == ',' ? 1 : 0;
        if (strncmp(at, name, length) == 0 && (at[length] == 0 || at[length] == ',')) {
            return true;
        }
    }
    return false;
}

/// not_failing, doing_a_part, or what errno is to be. Reads the plan once, before there is a second
/// thread; allocates nothing, since malloc asks, too.
int failure_of(const char* name) {
    static const Plan plan = read_plan();
    static long count = 0;
    if (plan.error == not_failing || !names(plan.calls, name)) {
        return not_failing;
    }
    const long turn = __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
    if (turn != plan.first && !(plan.is_lasting && turn > plan.first)) {
        return not_failing;
    }
    if (plan.mark != nullptr) { // past the functions below, which would count it
        const long mark = syscall(SYS_open, plan.mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        syscall(SYS_close, mark);
    }
    return plan.error;
}

/// Sets errno when the call is to fail.
bool fails(const char* name) {
    const int failure = failure_of(name);
    if (failure > 0) {
        errno = failure;
    }
    return failure > 0;
}

/// Fails with that error, does half of it, or all.
template <class Call>
ssize_t fully_or_in_part(int failure, size_t count, const Call& call) {
    if (failure > 0) {
        errno = failure;
        return -1;
    }
    return call(failure == doing_a_part ? (count + 1) / 2 : count);
}

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

constexpr int last_standard_stream = 2;

} // namespace

// Calls `NAME` itself with the arguments unless it is to fail.
#define PASS_ON(failed, name, ...)                                                                 \
    static auto* const real = next<decltype(name)>(#name);                                         \
    return fails(#name) ? (failed) : real(__VA_ARGS__)

extern "C" {

int open(const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const mode_t mode = va_arg(more, mode_t);
    va_end(more);
    // What creates a file is a kind of its own: it fails where reading does not.
    const bool creates = (flags & O_CREAT) != 0;
    static auto* const real = next<int(const char*, int, ...)>("open");
    return fails(creates ? "create" : "open") ? -1 : real(path, flags, mode);
}

int openat(int directory, const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const mode_t mode = va_arg(more, mode_t);
    va_end(more);
    const bool creates = (flags & O_CREAT) != 0;
    static auto* const real = next<int(int, const char*, int, ...)>("openat");
    return fails(creates ? "create" : "open") ? -1 : real(directory, path, flags, mode);
}

// openat2 has no function of its own.
long syscall(long number, ...) noexcept {
    va_list more;
    va_start(more, number);
    long words[6];
    for (long& word : words) {
        word = va_arg(more, long);
    }
    va_end(more);
    static auto* const real = next<long(long, ...)>("syscall");
    return number == SYS_openat2 && fails("create")
               ? -1
               : real(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

ssize_t write(int file, const void* bytes, size_t count) {
    static auto* const real = next<decltype(write)>("write");
    // What is printed is another matter.
    return fully_or_in_part(file > last_standard_stream ? failure_of("write") : not_failing, count,
                            [&](size_t bytes_now) { return real(file, bytes, bytes_now); });
}

ssize_t pwrite(int file, const void* bytes, size_t count, off_t at) {
    static auto* const real = next<decltype(pwrite)>("pwrite");
    return fully_or_in_part(failure_of("write"), count,
                            [&](size_t bytes_now) { return real(file, bytes, bytes_now, at); });
}

ssize_t read(int file, void* bytes, size_t count) {
    static auto* const real = next<decltype(read)>("read");
    return fully_or_in_part(failure_of("read"), count,
                            [&](size_t bytes_now) { return real(file, bytes, bytes_now); });
}

ssize_t pread(int file, void* bytes, size_t count, off_t at) {
    static auto* const real = next<decltype(pread)>("pread");
    return fully_or_in_part(failure_of("read"), count,
                            [&](size_t bytes_now) { return real(file, bytes, bytes_now, at); });
}

ssize_t sendfile(int to, int from, off_t* at, size_t count) noexcept {
    static auto* const real = next<ssize_t(int, int, off_t*, size_t)>("sendfile");
    return fully_or_in_part(failure_of("sendfile"), count,
                            [&](size_t bytes_now) { return real(to, from, at, bytes_now); });
}

int mkdir(const char* path, mode_t mode) noexcept {
    PASS_ON(-1, mkdir, path, mode);
}
int mkdirat(int directory, const char* path, mode_t mode) noexcept {
    static auto* const real = next<int(int, const char*, mode_t)>("mkdirat");
    return fails("mkdir") ? -1 : real(directory, path, mode);
}
int rename(const char* from, const char* to) noexcept {
    PASS_ON(-1, rename, from, to);
}
int renameat2(int from_at, const char* from, int to_at, const char* to,
              unsigned int flags) noexcept {
    PASS_ON(-1, renameat2, from_at, from, to_at, to, flags);
}
int link(const char* from, const char* to) noexcept {
    PASS_ON(-1, link, from, to);
}
int symlink(const char* target, const char* at) noexcept {
    PASS_ON(-1, symlink, target, at);
}
int unlink(const char* path) noexcept {
    PASS_ON(-1, unlink, path);
}
int rmdir(const char* path) noexcept {
    PASS_ON(-1, rmdir, path);
}
int chmod(const char* path, mode_t mode) noexcept {
    PASS_ON(-1, chmod, path, mode);
}
int fchmod(int file, mode_t mode) noexcept {
    static auto* const real = next<int(int, mode_t)>("fchmod");
    return fails("chmod") ? -1 : real(file, mode);
}
int futimens(int file, const timespec times[2]) noexcept {
    static auto* const real = next<int(int, const timespec*)>("futimens");
    return fails("utimens") ? -1 : real(file, times);
}
int utimensat(int directory, const char* path, const timespec times[2], int flags) noexcept {
    static auto* const real = next<int(int, const char*, const timespec*, int)>("utimensat");
    return fails("utimens") ? -1 : real(directory, path, times, flags);
}
int ftruncate(int file, off_t bytes) noexcept {
    PASS_ON(-1, ftruncate, file, bytes);
}
int flock(int file, int operation) noexcept {
    PASS_ON(-1, flock, file, operation);
}
int fsync(int file) {
    PASS_ON(-1, fsync, file);
}
int syncfs(int file) noexcept {
    static auto* const real = next<int(int)>("syncfs");
    return fails("fsync") ? -1 : real(file);
}
void* mmap(void* at, size_t bytes, int protection, int flags, int file, off_t offset) noexcept {
    static auto* const real = next<void*(void*, size_t, int, int, int, off_t)>("mmap");
    return file >= 0 && fails("mmap") ? MAP_FAILED
                                      : real(at, bytes, protection, flags, file, offset);
}

// malloc itself, under the name that glibc keeps for those who take its place.
void* __libc_malloc(size_t bytes);
void* malloc(size_t bytes) noexcept {
    return fails("malloc") ? nullptr : __libc_malloc(bytes);
}

} // extern "C"
