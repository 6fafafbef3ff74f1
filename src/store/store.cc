#include "store/store.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <pwd.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/check.h"
#include "base/fs_system.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "store/durability.h"

namespace pawl::store {
namespace {

constexpr int staging_attempts_max = 8;

/// The home directory as the system knows it, for a process without HOME (cron, containers).
std::optional<std::string> home_directory() {
    if (auto home = environment_variable("HOME")) {
        return home;
    }
    const passwd* user = ::getpwuid(::geteuid()); // once, at the start, before any thread
    if (user == nullptr || user->pw_dir == nullptr || user->pw_dir[0] != '/') {
        return std::nullopt;
    }
    return std::string(user->pw_dir);
}

Result<> check_owner(std::string_view directory, const fs::FileStat& found) {
    constexpr uint32_t others_write = 0002;
    std::string shown = printable(directory);
    if (found.type != fs::FileStat::Type::directory) {
        return fail(Error::Kind::disk, "the cache " + shown + " is not a directory");
    }
    if (found.owner != 0 && found.owner != ::getauxval(AT_EUID)) {
        Error error{Error::Kind::refused, "the cache directory " + shown +
                                              " belongs to another user, who could change what "
                                              "is installed from it"};
        return fail(std::move(error).hint("choose one of your own with --cache-dir"));
    }
    if ((found.mode & others_write) != 0) {
        Error error{Error::Kind::refused,
                    "the cache directory " + shown + " can be written to by every user"};
        return fail(std::move(error).hint("chmod o-w it, or choose another with --cache-dir"));
    }
    return {};
}

} // namespace

Result<std::string> default_directory() {
    if (auto directory = environment_variable("PAWL_CACHE_DIR")) {
        return fs::absolute(*directory);
    }
    // The XDG specification: a relative XDG_CACHE_HOME is to be ignored.
    auto cache = environment_variable("XDG_CACHE_HOME");
    if (cache && cache->front() == '/') {
        return fs::join(*cache, "pawl");
    }
    if (auto home = home_directory()) {
        return fs::join(*home, ".cache/pawl");
    }
    Error error{Error::Kind::usage, "there is no place for the cache: HOME is not set"};
    return fail(std::move(error).hint("name one with --cache-dir or PAWL_CACHE_DIR"));
}

Result<Store> Store::open(std::string_view directory) {
    std::string path = TRY(fs::absolute(directory));
    std::optional<fs::FileStat> found = TRY(fs::stat(path));
    if (found) {
        TRY(check_owner(path, *found));
    }
    return Store(std::move(path));
}

std::string Store::path(std::string_view name) const {
    std::string_view top = name.substr(0, name.find('/'));
    check(std::find(std::begin(names), std::end(names), top) != std::end(names));
    return fs::join(directory_, name);
}

Result<std::string> Store::make_path(std::string_view name) const {
    std::string made = path(name);
    std::optional<fs::FileStat> found = TRY(fs::stat(made));
    if (found && found->type == fs::FileStat::Type::directory) {
        TRY(check_owner(made, *found));
        return made;
    }
    TRY(fs::make_directories(fs::parent(directory_), 0755));
    TRY(fs::make_directories(made, 0700));
    return made;
}

Result<Staging> Store::begin() const {
    for (int attempt = 0;; ++attempt) {
        std::string parent = TRY(make_path("tmp"));
        Result<fs::TemporaryDirectory> directory = fs::TemporaryDirectory::create(parent, "new-");
        if (!directory) {
            if (attempt < staging_attempts_max) {
                continue; // a prune may have removed tmp/ itself
            }
            return fail(std::move(directory.error()));
        }
        Result<fs::Fd> lock = fs::open_directory(directory->path());
        // A prune that saw the directory before it was locked takes it away: then another one.
        // Without locks prune removes nothing.
        if (lock && (::flock(lock->get(), LOCK_SH | LOCK_NB) == 0 || fs::has_no_locks(errno)) &&
            fs::is_directory(directory->path())) {
            return Staging(std::move(*directory), std::move(*lock));
        }
        if (attempt == staging_attempts_max) {
            return fail(Error::Kind::disk, "cannot keep a new directory in " + printable(parent));
        }
    }
}

Result<bool> Store::publish(Staging staging, std::string_view path) const {
    check(path.size() > directory_.size() && path.substr(0, directory_.size()) == directory_);
    TRY(mark_published(staging.path()));
    std::string parent(fs::parent(path));
    if (!fs::is_directory(parent)) {
        TRY(fs::make_directories(parent, 0700));
    }
    // A directory is never renamed over one that has something in it, and all entries have.
    Result<> renamed = fs::rename(staging.path(), path);
    if (!renamed && renamed.error().kind == Error::Kind::busy) {
        return false;
    }
    TRY(std::move(renamed));
    staging.directory_.release();
    return true;
}

Result<> Store::replace(Staging staging, std::string_view path) const {
    TRY(mark_published(staging.path()));
    if (fs::exchange(staging.path(), path)) {
        return {}; // the old one goes with the staging directory
    }
    TRY(discard(path)); // a file system that cannot exchange, or nothing is there
    TRY(fs::rename(staging.path(), path));
    staging.directory_.release();
    return {};
}

Result<> Store::discard(std::string_view path) const {
    std::string aside = TRY(make_path("tmp")) + "/old-" + fs::random_name();
    Result<> renamed = fs::rename(path, aside);
    if (!renamed) {
        std::optional<fs::FileStat> found = TRY(fs::lstat(path));
        if (!found) {
            return {}; // somebody else was faster
        }
        return renamed;
    }
    return fs::remove_tree(aside);
}

} // namespace pawl::store
