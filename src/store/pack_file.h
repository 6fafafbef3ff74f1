#pragma once
// The file behind a Pack (pack.cc says what it looks like and why): its formats, and one such file
// open and mapped. For pack.cc.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/fs.h"
#include "store/pack.h"

namespace pawl::store {

constexpr uint64_t slot_empty = 0;
constexpr uint64_t slot_erased = 1;

/// The first bytes of the file.
struct PackHead {
    std::array<char, 8> magic{};
    uint32_t version = 0;
    uint32_t reserved = 0;
    uint64_t slots = 0;
    uint64_t sum = 0; ///< of the fields above
    uint64_t garbage_bytes = 0;
    std::array<uint64_t, 3> unused{};
};
static_assert(sizeof(PackHead) == 64);

/// What a record takes in the file, with its own head.
uint64_t record_bytes(uint64_t key_bytes, uint64_t value_bytes);
void append_record(std::string& out, std::string_view key, std::string_view value);
/// Whether the record's sum fits. It comes from PackFile::record().
bool is_sound(const Pack::Record& record);
/// Nothing but zeros: its bytes were not on the disk when the power went. No sum is ever 0 there.
bool is_blank(const Pack::Record& record);
uint64_t hash_of(std::string_view key);
/// The slot of a record at this offset (a multiple of 8).
uint64_t make_slot(uint64_t offset, uint64_t hash);
/// Whether a slot may lead to a key of this hash.
bool is_slot_of(uint64_t slot, uint64_t hash);
uint64_t align(uint64_t offset);
/// How many slots a file for so many records has.
uint64_t slots_for(uint64_t records);
/// The bytes of a pack that holds these records.
std::string make_file(std::span<const Pack::Record> records, uint64_t slots);

template <class T>
std::string_view bytes_of(const T& value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// One file, open and mapped. Immutable but for `size_seen`.
class PackFile {
  public:
    PackFile(fs::Fd fd, bool is_writable) : fd_(std::move(fd)), is_writable_(is_writable) {}
    PackFile(const PackFile&) = delete;
    PackFile& operator=(const PackFile&) = delete;
    ~PackFile();

    /// False when the file is no pack of this version (`is_newer` says whether it is one of a
    /// later version), or cannot be mapped.
    bool map(uint64_t bytes_max, bool& is_newer);

    int fd() const { return fd_.get(); }
    bool is_writable() const { return is_writable_; }
    uint64_t slots() const { return slots_; }
    uint64_t records_begin() const { return sizeof(PackHead) + slots_ * sizeof(uint64_t); }
    uint64_t mapped_bytes() const { return mapped_bytes_; }
    uint64_t slot(uint64_t index) const {
        const char* at = base_ + sizeof(PackHead) + index * sizeof(uint64_t);
        return __atomic_load_n(reinterpret_cast<const uint64_t*>(at), __ATOMIC_ACQUIRE);
    }
    uint64_t garbage_bytes() const {
        const char* at = base_ + offsetof(PackHead, garbage_bytes);
        return __atomic_load_n(reinterpret_cast<const uint64_t*>(at), __ATOMIC_RELAXED);
    }
    /// What no sum covers: more garbage than file, or bytes that nobody writes.
    bool has_clean_head() const {
        const char* unused = base_ + offsetof(PackHead, unused);
        std::string_view bytes(unused, sizeof(PackHead::unused));
        return garbage_bytes() <= file_bytes() && bytes.find_first_not_of('\0') == bytes.npos;
    }
    /// As it is now.
    uint64_t file_bytes() const {
        struct ::stat found {};
        return ::fstat(fd(), &found) == 0 ? static_cast<uint64_t>(found.st_size) : 0;
    }

    /// The record that a slot leads to; nothing when it is not whole or its sum is wrong.
    std::optional<Pack::Record> record(uint64_t slot) const;
    /// The slot of a key whose record is whole, or nothing.
    struct Place {
        uint64_t index = 0;
        Pack::Record record;
    };
    std::optional<Place> find(std::string_view key, uint64_t hash) const;
    /// Where a new key can go: an erased or unused slot. Nothing when the table is full.
    std::optional<uint64_t> free_slot(uint64_t hash) const;

  private:
    bool has_bytes(uint64_t offset, uint64_t count) const;

    fs::Fd fd_;
    bool is_writable_;
    char* base_ = nullptr;
    uint64_t mapped_bytes_ = 0;
    uint64_t slots_ = 0;
    mutable uint64_t size_seen_ = 0; // only ever grows; read and written atomically
};

} // namespace pawl::store
