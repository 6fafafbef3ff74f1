#pragma once
// tar, plain or in gzip, as sdists are: ustar, pax and GNU headers in one strict reading.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive/archive.h"

namespace pawl::archive {

/// One member. Links are told apart so that the caller can copy what an in-tree link names or
/// refuse it; nothing in this room ever makes one.
struct TarEntry : Entry {
    enum class Link : unsigned char { none, symbolic, hard };
    Link link = Link::none;
    std::string target;       ///< of a link, as it stands
    std::string_view content; ///< of a file
};

/// A whole archive in memory, every header checked by open(). Immutable; any thread. Entries look
/// into the reader (open_gzip) or into the bytes given to open().
class TarReader {
  public:
    /// One gzip member with nothing behind it; unpacked at once, its size known beforehand.
    static Result<TarReader> open_gzip(std::string_view bytes, const Limits& limits = {});
    static Result<TarReader> open(std::string_view bytes, const Limits& limits = {});

    /// In the archive's order.
    std::span<const TarEntry> entries() const { return entries_; }
    /// Null when there is no such member.
    const TarEntry* find(std::string_view path) const;

  private:
    TarReader() = default;
    std::unique_ptr<char[]> unpacked_; // what entries look into, when it is ours
    std::vector<TarEntry> entries_;
};

} // namespace pawl::archive
