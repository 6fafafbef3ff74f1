// pawl cache size, clean and prune.
//
// What may be removed is decided under locks that the kernel drops when their holder dies. An
// environment: exclusive flock on itself, which fails while a script runs in it. A wheel: exclusive
// lock on the whole store's use.lock, which fails while anybody installs, and no environment or
// root that names it. Something under tmp/: its builder's flock. Each goes by one rename first, so
// that a kill in the middle leaves rubbish under tmp/ and nothing else.

#include "store/upkeep.h"

#include <algorithm>
#include <cerrno>
#include <set>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/durability.h"
#include "store/references.h"

namespace pawl::store {
namespace {

constexpr int64_t rubbish_age_us = int64_t{60} * 1'000'000;
constexpr size_t tree_entries_max = 50'000'000;

struct Seen {
    std::set<std::pair<uint64_t, uint64_t>> inodes; ///< of files with several names
};

/// The bytes on the disk of all below `path`; links are not followed.
Result<uint64_t> tree_bytes(const std::string& path, Seen& seen) {
    uint64_t bytes = 0;
    size_t count = 0;
    std::vector<std::string> waiting{path};
    while (!waiting.empty()) {
        std::string current = std::move(waiting.back());
        waiting.pop_back();
        struct ::stat found {};
        if (::fstatat(AT_FDCWD, current.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
            continue; // removed meanwhile
        }
        if (++count > tree_entries_max) {
            return fail(Error::Kind::disk, "too many files below " + printable(path));
        }
        bool shared = !S_ISDIR(found.st_mode) && found.st_nlink > 1;
        if (!shared || seen.inodes.emplace(found.st_dev, found.st_ino).second) {
            bytes += static_cast<uint64_t>(found.st_blocks) * 512;
        }
        if (!S_ISDIR(found.st_mode)) {
            continue;
        }
        if (Result<std::vector<fs::DirectoryEntry>> children = fs::list(current)) {
            for (const fs::DirectoryEntry& child : *children) {
                waiting.push_back(fs::join(current, child.name));
            }
        }
    }
    return bytes;
}

/// Removes one entry if nobody has a lease on it, and counts.
Result<> remove_entry(const Store& store, const std::string& path, Removed& removed) {
    Seen seen;
    uint64_t bytes = TRY(tree_bytes(path, seen));
    if (!TRY(remove_if_unused(store, path))) {
        ++removed.kept_in_use;
        return {};
    }
    ++removed.entries;
    removed.bytes += bytes;
    return {};
}

/// What died builders left: older than a minute and without its builder's lock.
Result<> remove_rubbish(const Store& store, int64_t age_us, Removed& removed) {
    for (const std::string& path : TRY(children_of(store.path("tmp")))) {
        std::optional<fs::FileStat> found = TRY(fs::lstat(path));
        if (!found || now().microseconds - found->changed_ns / 1'000 < age_us) {
            continue;
        }
        TRY(remove_entry(store, path, removed));
    }
    return {};
}

/// The wheels that nothing refers to; all are kept when somebody is installing.
Result<> remove_wheels(const Store& store, int wait_ms, Removed& removed) {
    std::vector<std::string> wheels = TRY(children_of(store.path("wheels")));
    if (wheels.empty()) {
        return {};
    }
    Result<fs::FileLock> lock =
        fs::FileLock::acquire(use_lock_path(store), fs::FileLock::Mode::exclusive, wait_ms);
    if (!lock && lock.error().kind == Error::Kind::busy) {
        removed.kept_in_use += wheels.size();
        return {};
    }
    fs::FileLock held = TRY(std::move(lock));
    if (!held.is_held()) { // who installs cannot say so here
        removed.kept_in_use += wheels.size();
        return {};
    }
    std::set<std::string> referenced = TRY(referenced_wheels(store));
    for (const std::string& path : wheels) {
        if (referenced.count(std::string(fs::base_name(path))) == 0) {
            TRY(remove_entry(store, path, removed));
        }
    }
    return {};
}

bool is_kept_apart(std::string_view name) {
    return name == "wheels" || name == "envs" || name == "tmp" || name == "roots";
}

} // namespace

Result<std::vector<SizePart>> size(const Store& store) {
    std::vector<SizePart> parts;
    Seen seen;
    for (std::string_view name : names) {
        std::string path = store.path(name);
        if (!fs::exists(path)) {
            continue;
        }
        SizePart part{.name = std::string(name)};
        part.entries = TRY(children_of(path)).size();
        part.bytes = TRY(tree_bytes(path, seen));
        parts.push_back(std::move(part));
    }
    return parts;
}

Result<Removed> clean(const Store& store, int wait_ms) {
    Removed removed;
    for (const std::string& path : TRY(children_of(store.path("envs")))) {
        TRY(remove_entry(store, path, removed));
    }
    uint64_t kept_environments = removed.kept_in_use;
    TRY(remove_wheels(store, wait_ms, removed));
    for (std::string_view name : names) {
        std::string path = store.path(name);
        if (!is_kept_apart(name) && TRY(fs::lstat(path))) {
            TRY(remove_entry(store, path, removed));
        }
    }
    // A wheel that a kept environment or a root refers to is kept with it, and counts.
    removed.kept_in_use = kept_environments + TRY(children_of(store.path("wheels"))).size();
    TRY(remove_rubbish(store, 0, removed));
    return removed;
}

Result<Removed> prune(const Store& store, const PruneOptions& options) {
    Removed removed;
    int64_t time = now().microseconds;
    // Stamps and the scripts of URLs are made again at need, as environments are.
    for (std::string_view name : {"envs", "runs", "scripts"}) {
        for (const std::string& path : TRY(children_of(store.path(name)))) {
            std::optional<fs::FileStat> found = TRY(fs::lstat(path));
            if (found && time - found->modified_ns / 1'000 > options.environment_age_us) {
                TRY(remove_entry(store, path, removed));
            }
        }
    }
    TRY(remove_wheels(store, options.wait_ms, removed));
    TRY(remove_rubbish(store, rubbish_age_us, removed));
    return removed;
}

} // namespace pawl::store
