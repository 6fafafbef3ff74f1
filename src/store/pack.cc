// A cache of small records that costs one open and one mmap, whatever its size.
//
// A warm `pawl lock` asks for the metadata of some hundred releases, 6 KB each. One file a record
// costs an open, a read and a close each; SQLite and LMDB bring their own pages, locks and reader
// tables. All that is needed is less: values never change in place, losing one costs a request,
// and whoever reads must never wait for whoever writes.
//
//     head      64 bytes: magic, version, number of slots, sum; bytes that are garbage
//     slots     a hash table of 8-byte slots, linear probing: where the record begins (in units of
//               8 bytes, 40 bits) and 24 more bits of the key's hash; 0: never used, 1: erased
//     records   sum, sizes, key, value; each begins on a multiple of 8 bytes, so does each value
//
// Writers take flock on the file, append their records with one write and then set the slots.
// Readers take nothing: they see a slot before or after, and behind a slot there is a record whose
// key is compared in full and whose XXH3 sum must fit. A writer killed between the two steps, a
// power cut that loses either, a flipped bit: the record is not found, which is what a cache may
// say at any time. Nothing has to be repaired, so nothing is.
//
// When the table is two thirds full or half of the file is garbage, the writer copies what lives
// into a new file and renames it over the old one. Readers keep the old one mapped as long as they
// like; another writer sees, once it has the lock, that the name leads to another file, and starts
// again there. The mapping is made larger than the file: what is appended later shows up in it.
//
// Measured (two cores under load, Debian 12, g++ -O2): a fresh process opens the store and reads
// every byte of 300 values of 6 KB out of so many; milliseconds, minimum and median of 60 runs.
//
//     values in it     this pack        LMDB 0.9.24      one file a value
//              300     0.23  0.27       0.20  0.28       1.01  1.09
//            3,000     0.28  0.34       0.48  0.58       1.00  1.11
//           20,000     0.40  0.50       1.11  1.43       1.06  1.24
//
// That is with the sums checked, which LMDB has none of. LMDB fetches page by page through a tree,
// needs a lock file that readers write to, and so a cache that can be written. Not taken.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/fs_system.h"
#include "base/text.h"
#include "store/pack.h"
#include "store/pack_file.h"

namespace pawl::store {
namespace {

constexpr uint64_t garbage_bytes_min = uint64_t{1} << 20; ///< below, compacting is not worth it

tl::unexpected<Error> pack_error(std::string_view what, std::string_view path) {
    return fail(Error::Kind::disk, "cannot " + std::string(what) + " the cache file " +
                                       printable(path) + ": " + std::strerror(errno));
}

Result<> write_at(int fd, std::string_view bytes, uint64_t offset, std::string_view path) {
    while (!bytes.empty()) {
        ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return pack_error("write", path);
        }
        bytes.remove_prefix(static_cast<size_t>(written));
        offset += static_cast<uint64_t>(written);
    }
    return {};
}

} // namespace

struct Pack::State {
    std::string path;
    Options options;
    std::atomic<const PackFile*> current{nullptr};
    std::mutex mutex; ///< for all that follows, and around flock, which knows processes only
    std::vector<std::unique_ptr<PackFile>> mappings; ///< old ones too: views look into them

    const PackFile& mapping() const { return *current.load(std::memory_order_acquire); }
    Result<> open(bool may_make);
    enum class Present : unsigned char { replaced, kept };
    Result<> make(std::span<const Record> records, uint64_t more_records, Present present);
    Result<> lock();
    Result<> write(std::span<const Record> records);
    Result<> erase(std::string_view key);
    std::vector<Record> live() const;
    uint64_t damaged() const;
    void remove_half_made() const;
    Result<> compact_locked(uint64_t more_records, uint64_t more_bytes);
};

namespace {

/// Drops the flock when a put ends, however it ends.
class Unlock {
  public:
    explicit Unlock(int fd) : fd_(fd) {}
    Unlock(const Unlock&) = delete;
    Unlock& operator=(const Unlock&) = delete;
    ~Unlock() { ::flock(fd_, LOCK_UN); }

  private:
    int fd_;
};

} // namespace

/// Opens what the path leads to now; makes it when it may and must.
Result<> Pack::State::open(bool may_make) {
    constexpr int attempts_max = 4;
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        bool is_writable = true;
        int number = fs::open_file(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (number < 0 && (errno == EROFS || errno == EACCES || errno == EPERM)) {
            is_writable = false;
            number = fs::open_file(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        }
        if (number < 0 && errno != ENOENT && errno != ELOOP) {
            return pack_error("open", path);
        }
        Present present = number < 0 && errno == ENOENT ? Present::kept : Present::replaced;
        if (number >= 0) {
            auto mapping = std::make_unique<PackFile>(fs::Fd(number), is_writable);
            bool is_newer = false;
            if (mapping->map(options.bytes_max, is_newer)) {
                current.store(mapping.get(), std::memory_order_release);
                mappings.push_back(std::move(mapping));
                return {};
            }
            if (is_newer) {
                Error error{Error::Kind::disk, "a newer pawl wrote " + printable(path)};
                return fail(std::move(error).hint("choose another cache with --cache-dir"));
            }
        }
        if (!may_make) {
            return fail(Error::Kind::disk, "no pack at " + printable(path));
        }
        TRY(fs::make_directories(fs::parent(path), 0700));
        // Where there was none, another process may have made one and written to it by now.
        Result<> made = make({}, 0, present);
        if (!made && attempt + 1 == attempts_max) {
            return made;
        }
    }
    return fail(Error::Kind::disk, "cannot read the cache file " + printable(path));
}

/// A new file with these records and slots for more; an error where one that is kept is there.
Result<> Pack::State::make(std::span<const Record> records, uint64_t more_records,
                           Present present) {
    std::string aside = path + ".new-" + fs::random_name();
    uint64_t slots = slots_for(records.size() + more_records);
    Result<> written = fs::write_new(aside, make_file(records, slots), 0600);
    if (written) {
        written = present == Present::kept ? fs::rename_new(aside, path) : fs::rename(aside, path);
    }
    if (!written) {
        static_cast<void>(fs::remove_file(aside));
    }
    return written;
}

/// Waits for the lock on the file that the path leads to. The mutex is held.
Result<> Pack::State::lock() {
    int64_t deadline_ns = monotonic_ns() + int64_t{options.wait_ms_max} * 1'000'000;
    useconds_t pause_us = 100;
    for (;;) {
        int fd = mapping().fd();
        if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
            struct ::stat ours {};
            struct ::stat named {};
            if (::fstat(fd, &ours) == 0 && ::stat(path.c_str(), &named) == 0 &&
                ours.st_ino == named.st_ino && ours.st_dev == named.st_dev) {
                return {};
            }
            ::flock(fd, LOCK_UN); // compacted or removed meanwhile
            TRY(open(true));
            continue;
        }
        if (errno == ENOLCK || errno == EOPNOTSUPP) {
            return {}; // no locks here: two writers may lose each other's records, no more
        }
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return pack_error("lock", path);
        }
        if (monotonic_ns() > deadline_ns) {
            return fail(Error::Kind::busy, "another process keeps writing " + printable(path));
        }
        ::usleep(pause_us);
        pause_us = std::min<useconds_t>(pause_us * 2, 5'000);
    }
}

/// What writers left that were killed while they compacted. The lock is held, so nobody else is
/// compacting; who makes the file anew without a lock tries again.
void Pack::State::remove_half_made() const {
    std::string prefix = std::string(fs::base_name(path)) + ".new-";
    std::string directory(fs::parent(path));
    Result<std::vector<fs::DirectoryEntry>> entries = fs::list(directory);
    if (!entries) {
        return;
    }
    for (const fs::DirectoryEntry& entry : *entries) {
        if (entry.name.starts_with(prefix)) {
            static_cast<void>(fs::remove_file(fs::join(directory, entry.name)));
        }
    }
}

std::vector<Pack::Record> Pack::State::live() const {
    const PackFile& file = mapping();
    std::vector<Record> records;
    for (uint64_t i = 0; i < file.slots(); ++i) {
        std::optional<Record> record = file.record(file.slot(i));
        if (record && is_sound(*record)) {
            records.push_back(*record);
        }
    }
    // In the order they were written: what was put together is read together.
    std::sort(records.begin(), records.end(), [](const Record& a, const Record& b) {
        return std::less<>()(a.key.data(), b.key.data());
    });
    return records;
}

uint64_t Pack::State::damaged() const {
    const PackFile& file = mapping();
    // No writer is between two of its steps meanwhile; on a read-only cache there are none.
    ::flock(file.fd(), LOCK_SH);
    Unlock unlock(file.fd());
    uint64_t count = 0;
    uint64_t erased = 0;
    for (uint64_t i = 0; i < file.slots(); ++i) {
        uint64_t slot = file.slot(i);
        if (slot <= slot_erased) {
            erased += slot;
            continue;
        }
        std::optional<Record> record = file.record(slot);
        bool is_good = record && is_sound(*record) && is_slot_of(slot, hash_of(record->key));
        count += is_good || (record && is_blank(*record)) ? 0U : 1U;
    }
    // What was erased is counted as garbage; a slot that says so without any has a bit flipped.
    bool is_head_good = file.has_clean_head() && (erased == 0 || file.garbage_bytes() > 0);
    return count + (is_head_good ? 0U : 1U);
}

/// The lock is held; afterwards it is held on the new file.
Result<> Pack::State::compact_locked(uint64_t more_records, uint64_t more_bytes) {
    std::vector<Record> records = live();
    uint64_t bytes = more_bytes;
    size_t keep = records.size();
    while (keep > 0 && bytes < options.bytes_max / 2) {
        --keep;
        bytes += record_bytes(records[keep].key.size(), records[keep].value.size());
    }
    records.erase(records.begin(), records.begin() + static_cast<ptrdiff_t>(keep));
    remove_half_made();
    int old = mapping().fd();
    TRY(make(records, more_records, Present::replaced));
    TRY(open(false));
    ::flock(old, LOCK_UN);
    return lock();
}

Result<> Pack::State::write(std::span<const Record> records) {
    std::lock_guard guard(mutex);
    if (!mapping().is_writable()) {
        return {};
    }
    TRY(lock());
    uint64_t more_bytes = 0;
    for (const Record& record : records) {
        more_bytes += record_bytes(record.key.size(), record.value.size());
    }
    uint64_t used = 0;
    for (uint64_t i = 0; i < mapping().slots(); ++i) {
        used += mapping().slot(i) != slot_empty ? 1U : 0U;
    }
    uint64_t file_bytes = mapping().file_bytes();
    uint64_t garbage = mapping().garbage_bytes();
    if ((used + records.size()) * 3 > mapping().slots() * 2 ||
        (garbage > garbage_bytes_min && garbage > file_bytes / 2) ||
        file_bytes + more_bytes > std::min(options.bytes_max, mapping().mapped_bytes())) {
        Result<> compacted = compact_locked(records.size(), more_bytes);
        if (!compacted) {
            ::flock(mapping().fd(), LOCK_UN);
            return compacted;
        }
    }
    const PackFile& file = mapping();
    Unlock unlock(file.fd());

    std::string appended;
    uint64_t begin = align(file.file_bytes());
    struct Change {
        uint64_t slot, hash;
        std::string_view key;
    };
    std::vector<Change> changes;
    for (const Record& record : records) {
        uint64_t hash = hash_of(record.key);
        std::optional<PackFile::Place> there = file.find(record.key, hash);
        if (there && there->record.value == record.value) {
            continue;
        }
        changes.push_back({make_slot(begin + appended.size(), hash), hash, record.key});
        append_record(appended, record.key, record.value);
    }
    if (changes.empty()) {
        return {};
    }
    // Half of it, on a full disk, is garbage that no slot leads to. The file never gets shorter,
    // for readers may touch what they have once seen of it.
    TRY(write_at(file.fd(), appended, begin, path));
    for (const Change& change : changes) {
        std::optional<PackFile::Place> there = file.find(change.key, change.hash);
        std::optional<uint64_t> index =
            there ? std::optional(there->index) : file.free_slot(change.hash);
        if (!index) {
            return fail(Error::Kind::disk, "the table of " + printable(path) + " is full");
        }
        uint64_t offset = sizeof(PackHead) + *index * sizeof(uint64_t);
        TRY(write_at(file.fd(), bytes_of(change.slot), offset, path));
        if (there) {
            garbage += record_bytes(there->record.key.size(), there->record.value.size());
            TRY(write_at(file.fd(), bytes_of(garbage), offsetof(PackHead, garbage_bytes), path));
        }
    }
    return {};
}

Result<> Pack::State::erase(std::string_view key) {
    std::lock_guard guard(mutex);
    if (!mapping().is_writable()) {
        return {};
    }
    TRY(lock());
    const PackFile& file = mapping();
    Unlock unlock(file.fd());
    std::optional<PackFile::Place> there = file.find(key, hash_of(key));
    if (!there) {
        return {};
    }
    // Counted first: an erased slot without any garbage is damage to who verifies.
    uint64_t garbage = file.garbage_bytes() + record_bytes(key.size(), there->record.value.size());
    TRY(write_at(file.fd(), bytes_of(garbage), offsetof(PackHead, garbage_bytes), path));
    return write_at(file.fd(), bytes_of(slot_erased), sizeof(PackHead) + there->index * 8, path);
}

Pack::Pack(std::unique_ptr<State> state) : state_(std::move(state)) {}
Pack::Pack(Pack&&) noexcept = default;
Pack& Pack::operator=(Pack&&) noexcept = default;
Pack::~Pack() = default;

Result<Pack> Pack::open(std::string_view path, const Options& options) {
    auto state = std::make_unique<State>();
    state->path = path;
    state->options = options;
    TRY(state->open(true));
    return Pack(std::move(state));
}

std::optional<Pack> Pack::open_existing(std::string_view path) {
    auto state = std::make_unique<State>();
    state->path = path;
    if (!state->open(false)) {
        return std::nullopt;
    }
    return Pack(std::move(state));
}

std::optional<std::string_view> Pack::find(std::string_view key) const {
    std::optional<PackFile::Place> place = state_->mapping().find(key, hash_of(key));
    return place ? std::optional(place->record.value) : std::nullopt;
}

Result<> Pack::put(std::span<const Record> records) {
    constexpr uint64_t key_bytes_max = uint64_t{1} << 20;
    uint64_t total = 0;
    for (const Record& record : records) {
        total += record_bytes(record.key.size(), record.value.size());
        if (record.key.size() > key_bytes_max) {
            return fail(Error::Kind::disk, "a key for " + printable(state_->path) + " is too long");
        }
    }
    if (total > state_->options.bytes_max / 2) {
        return {}; // would push out everything else
    }
    return records.empty() ? Result<>() : state_->write(records);
}

Result<> Pack::put(std::string_view key, std::string_view value) {
    Record record{key, value};
    return put(std::span(&record, 1));
}

Result<> Pack::erase(std::string_view key) {
    return state_->erase(key);
}

Result<> Pack::compact() {
    std::lock_guard guard(state_->mutex);
    if (!state_->mapping().is_writable()) {
        return {};
    }
    TRY(state_->lock());
    Result<> done = state_->compact_locked(0, 0);
    ::flock(state_->mapping().fd(), LOCK_UN);
    return done;
}

void Pack::for_each(const std::function<void(const Record&)>& see) const {
    for (const Record& record : state_->live()) {
        see(record);
    }
}

Pack::Usage Pack::usage() const {
    Usage usage{.file_bytes = state_->mapping().file_bytes(), .damaged = state_->damaged()};
    for (const Record& record : state_->live()) {
        ++usage.records;
        usage.live_bytes += record_bytes(record.key.size(), record.value.size());
    }
    return usage;
}

} // namespace pawl::store
