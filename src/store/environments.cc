#include "store/environments.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/fs_system.h"
#include "base/sha256.h"
#include "base/text.h"
#include "store/durability.h"
#include "store/references.h"

namespace pawl::store {
namespace {

constexpr int use_wait_ms = 120'000;
constexpr int64_t touch_every_ns = int64_t{3600} * 1'000'000'000;

tl::unexpected<Error> lease_error(std::string_view what, std::string_view directory) {
    return fail(Error::Kind::disk, "cannot " + std::string(what) + " " + printable(directory) +
                                       ": " + std::strerror(errno));
}

bool is_digest(std::string_view text) {
    return text.size() >= 16 && text.size() <= 64 &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || is_lower(c); });
}

/// The time of the last use is the directory's own; once an hour is exact enough for prune.
void touch(int fd) {
    struct ::stat found {};
    if (::fstat(fd, &found) != 0) {
        return;
    }
    int64_t changed_ns = int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec;
    int64_t age_ns = now().microseconds * 1'000 - changed_ns;
    if (age_ns > touch_every_ns || age_ns < -touch_every_ns) {
        static_cast<void>(::futimens(fd, nullptr));
    }
}

/// Takes away what has an environment's name and is none, which nobody would ever find: a file, a
/// link, a directory that does not say when it was published.
Result<> make_way(const Store& store, const std::string& path) {
    std::optional<fs::FileStat> found = TRY(fs::lstat(path));
    const bool is_entry = found && found->type == fs::FileStat::Type::directory &&
                          fs::read_link(fs::join(path, state_name));
    if (found && !is_entry) {
        TRY(remove_if_unused(store, path));
    }
    return {};
}

/// "" when there is none: then the entry is being removed, or never was one.
std::string state_at(int fd) {
    std::array<char, 128> word{};
    ssize_t length = ::readlinkat(fd, std::string(state_name).c_str(), word.data(), word.size());
    return length <= 0 ? "" : std::string(word.data(), static_cast<size_t>(length));
}

} // namespace

Result<std::optional<Lease>> Lease::acquire(std::string_view directory) {
    int number = fs::open_file(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (number < 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return std::optional<Lease>();
        }
        return lease_error("open", directory);
    }
    fs::Fd fd(number);
    while (::flock(number, LOCK_SH) != 0) {
        if (fs::has_no_locks(errno)) {
            break; // prune cannot lock either, and removes nothing
        }
        if (errno != EINTR) {
            return lease_error("lock", directory);
        }
    }
    // Who removes an entry takes its state away first, under the exclusive lock.
    std::string state = state_at(number);
    if (state.empty()) {
        return std::optional<Lease>();
    }
    touch(number);
    return std::optional<Lease>(Lease(std::move(fd), std::move(state)));
}

Result<> Lease::keep_over_exec() const {
    // The number of a standard stream that is closed: the program would print into the lease.
    const bool is_streams = fd_.get() <= STDERR_FILENO;
    if (is_streams ? ::fcntl(fd_.get(), F_DUPFD, STDERR_FILENO + 1) < 0
                   : ::fcntl(fd_.get(), F_SETFD, 0) != 0) {
        return lease_error("keep", "a lease");
    }
    return {};
}

Result<UseLease> UseLease::acquire(const Store& store) {
    // On a read-only cache nothing can be locked, and nothing pruned.
    if (!store.make_path("tmp")) {
        return UseLease(std::nullopt);
    }
    Result<fs::FileLock> lock =
        fs::FileLock::acquire(use_lock_path(store), fs::FileLock::Mode::shared, use_wait_ms);
    if (!lock && lock.error().kind == Error::Kind::busy) {
        return fail(std::move(lock.error()).hint("a `pawl cache prune` is running"));
    }
    return lock ? UseLease(std::move(*lock)) : UseLease(std::nullopt);
}

Result<std::string> environment_path(const Store& store, std::string_view digest) {
    check(is_digest(digest));
    return store.path("envs") + "/" + std::string(digest);
}

Result<std::optional<EnvironmentEntry>> find_environment(const Store& store,
                                                         std::string_view digest) {
    std::string path = TRY(environment_path(store, digest));
    std::optional<Lease> lease = TRY(Lease::acquire(path));
    if (!lease) {
        return std::optional<EnvironmentEntry>();
    }
    if (may_be_unfinished(path, wheels_name)) {
        // Nothing of it is known to be on the disk; making it anew costs milliseconds.
        lease.reset();
        Result<bool> removed = remove_if_unused(store, path);
        if (!removed || *removed) { // a read-only cache keeps it, but it is not used
            return std::optional<EnvironmentEntry>();
        }
        lease = TRY(Lease::acquire(path)); // somebody uses it: then it was checked by them
        if (!lease) {
            return std::optional<EnvironmentEntry>();
        }
    }
    return std::optional<EnvironmentEntry>(
        EnvironmentEntry{std::string(digest), std::move(path), std::move(*lease)});
}

Result<EnvironmentEntry> publish_environment(const Store& store, Staging staging,
                                             std::string_view digest,
                                             const EnvironmentContents& contents) {
    constexpr int attempts_max = 3;
    std::string path = TRY(environment_path(store, digest));
    std::string text = write_wheels(contents.wheels);
    for (const EnvironmentContents::OwnFile& file : contents.own_files) {
        text += "own " + file.sha256 + " " + file.path + "\n";
    }
    text += "entries " + std::to_string(contents.entries) + "\n";
    TRY(fs::write_new(staging.path() + "/" + std::string(wheels_name), seal(wheels_head, text)));
    TRY(make_way(store, path));
    TRY(store.publish(std::move(staging), path));
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        // Between the two steps a `cache clean` may have taken it away, or it is the other one's.
        if (std::optional<EnvironmentEntry> entry = TRY(find_environment(store, digest))) {
            return std::move(*entry);
        }
    }
    Error error{Error::Kind::busy, "the environment was removed while it was being made"};
    return fail(std::move(error).hint("a `pawl cache clean` is running; try again"));
}

Result<> add_root(const Store& store, std::string_view directory,
                  std::span<const std::string> wheels, RootChange change) {
    std::string absolute = TRY(fs::absolute(directory));
    std::string path = fs::join(TRY(store.make_path("roots")), Sha256::hex_of(absolute));
    std::set<std::string> all(wheels.begin(), wheels.end());
    if (change == RootChange::add) {
        all.merge(wheels_of_root(path));
    }
    std::string text = absolute + "\n" + write_wheels(std::vector(all.begin(), all.end()));
    return fs::write_atomic(path, seal(root_head, text), 0644);
}

} // namespace pawl::store
