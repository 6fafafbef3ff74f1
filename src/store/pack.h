#pragma once
// A pack: key → bytes in one mapped file that any number of processes read and append to. For what
// is small, many and can be made again: parsed metadata, index pages, facts about interpreters.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pawl::store {

/// find() from any thread; put(), erase() and compact() from any thread and process (they take a
/// lock). What one process puts, others find at once, and after a compaction by another process
/// from their next put or open on.
class Pack {
  public:
    struct Record {
        std::string_view key;
        std::string_view value;
    };
    struct Options {
        uint64_t bytes_max = uint64_t{1} << 30; ///< then the oldest records are dropped
        int wait_ms_max = 10'000;               ///< for another process's put; then Kind::busy
    };

    Pack(Pack&&) noexcept;
    Pack& operator=(Pack&&) noexcept;
    ~Pack();

    /// Makes the file (and its directories) when it is not there; one that is damaged is replaced
    /// by an empty one, for a pack is a cache. Kind::disk when a newer pawl wrote it. On a
    /// read-only file system it is read, and puts do nothing.
    static Result<Pack> open(std::string_view path, const Options& options);
    static Result<Pack> open(std::string_view path) { return open(path, Options()); }
    /// As open(), but makes nothing: nothing when there is no pack that can be read.
    static std::optional<Pack> open_existing(std::string_view path);

    /// The value put last, checked by its sum; begins on a multiple of 8 bytes. The view lives as
    /// long as this object. Absent when it is not there or is damaged.
    std::optional<std::string_view> find(std::string_view key) const;

    /// Writes all records under one lock; what is there already with the same value is left out.
    /// Of equal keys in one call the last counts.
    Result<> put(std::span<const Record> records);
    Result<> put(std::string_view key, std::string_view value);
    Result<> erase(std::string_view key);
    /// Writes the live records into a new file. put() does so by itself when half is garbage.
    Result<> compact();

    /// Calls `see` for every live record, in no order. The views live as those of find().
    void for_each(const std::function<void(const Record&)>& see) const;

    struct Usage {
        uint64_t records = 0;
        uint64_t file_bytes = 0;
        uint64_t live_bytes = 0; ///< of the records, with their headers
        uint64_t damaged = 0;    ///< slots that lead to no sound record; compact() drops them
    };
    Usage usage() const;

  private:
    struct State;
    explicit Pack(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace pawl::store
