#pragma once
// The central directory of a zip: what the file says is in it, and where. Made from the last bytes
// of a file, so that an index can read one member of a remote wheel with two or three ranges.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive/archive.h"

namespace pawl::archive {

struct ZipEntry : Entry {
    enum class Method : unsigned char { stored = 0, deflated = 8 };
    Method method = Method::stored;
    uint32_t crc32 = 0;
    uint64_t packed_bytes = 0;
    uint64_t begin = 0; ///< where its local header starts in the file
    uint64_t end = 0;   ///< where the next member (or the directory) starts
    uint16_t flags = 0;
    uint16_t dos_time = 0;
    uint16_t dos_date = 0;
    uint16_t version_needed = 0;
    std::string raw_name;         ///< as in the headers: a directory's with its slash
    uint64_t directory_begin = 0; ///< where its entry in the directory starts in the file
    uint64_t directory_end = 0;
};

/// Immutable; any thread.
class ZipDirectory {
  public:
    /// Enough for the end records of any zip that we accept, with its comment.
    static constexpr uint64_t end_bytes_max = 22 + 20 + 56 + 1024;

    /// Where the directory begins, from a tail of at least end_bytes_max bytes (or the whole
    /// file): ask for the bytes from there on when the tail does not reach back so far.
    static Result<uint64_t> locate(std::string_view tail, uint64_t file_bytes);

    /// `tail` holds the last bytes of a file of `file_bytes`, from the directory on at least.
    /// Checks all that can be checked without the members.
    static Result<ZipDirectory> parse(std::string_view tail, uint64_t file_bytes,
                                      const Limits& limits = {});

    /// In the order of the directory; directories among them.
    std::span<const ZipEntry> entries() const { return entries_; }
    /// Null when there is no such member.
    const ZipEntry* find(std::string_view path) const;
    /// Where the central directory begins: the members fill [0, begin()) without a gap.
    uint64_t begin() const { return begin_; }
    /// Of the whole file: printable ASCII, mostly "".
    const std::string& comment() const { return comment_; }

    /// The content of one member out of the file's bytes [entry.begin, entry.end), with the local
    /// header, the sums and the sizes checked. Refuses more than `bytes_max` before unpacking.
    static Result<std::string> read_member(const ZipEntry& entry, std::string_view bytes,
                                           uint64_t bytes_max);

  private:
    std::vector<ZipEntry> entries_;
    std::vector<uint32_t> by_path_; // indexes into entries_, sorted by path
    uint64_t begin_ = 0;
    std::string comment_;
};

/// Checks a member's local header against the directory and gives its packed bytes, a view into
/// `bytes`, which are the file's [entry.begin, entry.end).
Result<std::string_view> packed_content(const ZipEntry& entry, std::string_view bytes);

/// Unpacks into exactly entry.size_bytes bytes and checks the CRC.
Result<> unpack_content(const ZipEntry& entry, std::string_view packed, std::span<char> out);

} // namespace pawl::archive
