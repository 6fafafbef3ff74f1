#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/pack_file.h"

namespace pawl::store {
namespace {

constexpr std::array<char, 8> magic = {'p', 'a', 'w', 'l', 'p', 'a', 'c', 'k'};
constexpr uint32_t version = 1;
constexpr unsigned offset_bits = 40;
constexpr uint64_t slots_min = 1024;
constexpr uint64_t slots_max = uint64_t{1} << 26;

struct RecordHead {
    uint64_t sum = 0; ///< of all that follows, with the key and the value
    uint32_t key_bytes = 0;
    uint32_t reserved = 0;
    uint64_t value_bytes = 0;
};
static_assert(sizeof(RecordHead) == 24);

uint64_t head_sum(const PackHead& head) {
    return XXH3_64bits(&head, offsetof(PackHead, sum));
}
uint64_t slot_offset(uint64_t slot) {
    return (slot & ((uint64_t{1} << offset_bits) - 1)) * 8;
}
} // namespace

uint64_t align(uint64_t offset) {
    return (offset + 7) & ~uint64_t{7};
}
uint64_t record_bytes(uint64_t key_bytes, uint64_t value_bytes) {
    return sizeof(RecordHead) + align(key_bytes) + align(value_bytes);
}
void append_record(std::string& out, std::string_view key, std::string_view value) {
    size_t begin = out.size();
    RecordHead head{.key_bytes = static_cast<uint32_t>(key.size()), .value_bytes = value.size()};
    out.append(bytes_of(head)).append(key);
    out.resize(static_cast<size_t>(align(out.size())));
    out.append(value);
    out.resize(static_cast<size_t>(align(out.size())));
    std::string_view summed = std::string_view(out).substr(begin + sizeof head.sum);
    head.sum = XXH3_64bits(summed.data(), summed.size());
    out.replace(begin, sizeof head.sum, bytes_of(head.sum));
}
uint64_t make_slot(uint64_t offset, uint64_t hash) {
    return (offset / 8) | ((hash >> offset_bits) << offset_bits);
}

bool is_slot_of(uint64_t slot, uint64_t hash) {
    return slot > slot_erased && (slot >> offset_bits) == (hash >> offset_bits);
}

uint64_t hash_of(std::string_view key) {
    return XXH3_64bits(key.data(), key.size());
}

PackFile::~PackFile() {
    if (base_ != nullptr) {
        ::munmap(base_, static_cast<size_t>(mapped_bytes_));
    }
}

bool PackFile::map(uint64_t bytes_max, bool& is_newer) {
    struct ::stat found {};
    PackHead head;
    is_newer = false;
    if (::fstat(fd(), &found) != 0 || !S_ISREG(found.st_mode) ||
        ::pread(fd(), &head, sizeof head, 0) != static_cast<ssize_t>(sizeof head) ||
        head.magic != magic) {
        return false;
    }
    is_newer = head.version > version && head.sum == head_sum(head);
    auto size = static_cast<uint64_t>(found.st_size);
    if (head.version != version || head.sum != head_sum(head) || head.slots < slots_min ||
        head.slots > slots_max || (head.slots & (head.slots - 1)) != 0 ||
        size < sizeof head + head.slots * sizeof(uint64_t)) {
        return false;
    }
    slots_ = head.slots;
    size_seen_ = size;
    // As far as address space allows: a process may be limited to less than we would like.
    for (uint64_t wanted = std::max(bytes_max, size); base_ == nullptr; wanted /= 2) {
        mapped_bytes_ = std::max(wanted, size);
        void* at = ::mmap(nullptr, static_cast<size_t>(mapped_bytes_), PROT_READ,
                          MAP_SHARED | MAP_NORESERVE, fd(), 0);
        if (at != MAP_FAILED) {
            base_ = static_cast<char*>(at);
        } else if (mapped_bytes_ == size) {
            return false;
        }
    }
    return true;
}

/// Touching a page behind the end of the file would be a signal: the size is asked for again when
/// a record lies behind what was there the last time.
bool PackFile::has_bytes(uint64_t offset, uint64_t count) const {
    if (offset > mapped_bytes_ || count > mapped_bytes_ - offset) {
        return false;
    }
    if (offset + count > __atomic_load_n(&size_seen_, __ATOMIC_RELAXED)) {
        __atomic_store_n(&size_seen_, file_bytes(), __ATOMIC_RELAXED);
    }
    return offset + count <= __atomic_load_n(&size_seen_, __ATOMIC_RELAXED);
}

std::optional<Pack::Record> PackFile::record(uint64_t slot) const {
    uint64_t offset = slot_offset(slot);
    if (slot <= slot_erased || offset < records_begin() || !has_bytes(offset, sizeof(RecordHead))) {
        return std::nullopt;
    }
    RecordHead head;
    std::memcpy(&head, base_ + offset, sizeof head);
    uint64_t total = record_bytes(head.key_bytes, head.value_bytes);
    if (head.value_bytes > mapped_bytes_ || !has_bytes(offset, total)) {
        return std::nullopt;
    }
    const char* key = base_ + offset + sizeof head;
    return Pack::Record{
        .key = {key, head.key_bytes},
        .value = {key + align(head.key_bytes), static_cast<size_t>(head.value_bytes)}};
}

bool is_sound(const Pack::Record& record) {
    const char* begin = record.key.data() - sizeof(RecordHead);
    uint64_t sum = 0;
    std::memcpy(&sum, begin, sizeof sum);
    uint64_t total = record_bytes(record.key.size(), record.value.size());
    return XXH3_64bits(begin + sizeof sum, static_cast<size_t>(total) - sizeof sum) == sum;
}

bool is_blank(const Pack::Record& record) {
    const char* begin = record.key.data() - sizeof(RecordHead);
    return std::string_view(begin, sizeof(RecordHead)).find_first_not_of('\0') ==
           std::string_view::npos;
}

std::optional<PackFile::Place> PackFile::find(std::string_view key, uint64_t hash) const {
    uint64_t mask = slots_ - 1;
    for (uint64_t probe = 0; probe < slots_; ++probe) {
        uint64_t index = (hash + probe) & mask;
        uint64_t value = slot(index);
        if (value == slot_empty) {
            return std::nullopt;
        }
        if (!is_slot_of(value, hash)) {
            continue;
        }
        std::optional<Pack::Record> found = record(value);
        if (found && found->key == key && is_sound(*found)) {
            return Place{index, *found};
        }
    }
    return std::nullopt;
}

std::optional<uint64_t> PackFile::free_slot(uint64_t hash) const {
    uint64_t mask = slots_ - 1;
    for (uint64_t probe = 0; probe < slots_; ++probe) {
        uint64_t index = (hash + probe) & mask;
        if (slot(index) <= slot_erased) {
            return index;
        }
    }
    return std::nullopt;
}

uint64_t slots_for(uint64_t records) {
    uint64_t slots = slots_min;
    while (slots < records * 3 && slots < slots_max) {
        slots *= 2;
    }
    return slots;
}

/// The bytes of a pack that holds these records.
std::string make_file(std::span<const Pack::Record> records, uint64_t slots) {
    PackHead head{.magic = magic, .version = version, .slots = slots};
    head.sum = head_sum(head);
    std::string bytes(bytes_of(head));
    size_t table = bytes.size();
    bytes.resize(table + static_cast<size_t>(slots) * sizeof(uint64_t));
    for (const Pack::Record& record : records) {
        uint64_t offset = bytes.size();
        append_record(bytes, record.key, record.value);
        uint64_t hash = hash_of(record.key);
        for (uint64_t probe = 0; probe < slots; ++probe) {
            size_t at = table + static_cast<size_t>((hash + probe) & (slots - 1)) * 8;
            uint64_t old = 0;
            std::memcpy(&old, bytes.data() + at, sizeof old);
            if (old == slot_empty) {
                bytes.replace(at, sizeof old, bytes_of(make_slot(offset, hash)));
                break;
            }
        }
    }
    return bytes;
}

} // namespace pawl::store
