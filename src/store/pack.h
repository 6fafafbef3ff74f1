#pragma once
// A pack: key → bytes in one mapped file, appended to by any number of processes.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/fs.h"
#include "base/result.h"

namespace pawl::store {

/// find() from any thread; put() and erase() from any thread and process (they take a lock).
class Pack {
  public:
    struct Record {
        std::string_view key;
        std::string_view value;
    };

    Pack(Pack&&) noexcept;
    Pack& operator=(Pack&&) noexcept;
    ~Pack();

    /// Makes the file when it is not there; one that is damaged or of an older format is replaced
    /// by an empty one, for a pack is a cache. On a read-only file system puts do nothing.
    static Result<Pack> open(std::string_view path);
    /// As open(), but makes nothing: nothing when there is no (readable) pack.
    static std::optional<Pack> open_existing(std::string_view path);

    /// The value put last, checked by its sum; begins on a multiple of 8 bytes. The view lives as
    /// long as this object. Absent when it is not there or is damaged.
    std::optional<std::string_view> find(std::string_view key) const;

    /// Writes all records under one lock; a record whose value is there already is left out.
    Result<> put(std::span<const Record> records);
    Result<> put(std::string_view key, std::string_view value);
    Result<> erase(std::string_view key);
    /// Writes the live records into a new file. put() does so by itself when most is garbage.
    Result<> compact();

    /// Calls `see` for every live record, in no order.
    void for_each(const std::function<void(const Record&)>& see) const;

    struct Usage {
        uint64_t records = 0;
        uint64_t file_bytes = 0;
        uint64_t live_bytes = 0;
    };
    Usage usage() const;

  private:
    struct State;
    explicit Pack(State* state) : state_(state) {}
    State* state_; // owned
};

} // namespace pawl::store
