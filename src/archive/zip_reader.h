#pragma once
// A whole zip in memory (a mapped file): every rule checked by open(), members read on demand.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "archive/zip_directory.h"

namespace pawl::archive {

/// Looks into the bytes given to open(), which must outlive it. Immutable; any thread.
class ZipReader {
  public:
    /// Checks the directory and all local headers; unpacks nothing.
    static Result<ZipReader> open(std::string_view bytes, const Limits& limits = {});

    std::span<const ZipEntry> entries() const { return directory_.entries(); }
    /// Null when there is no such member.
    const ZipEntry* find(std::string_view path) const { return directory_.find(path); }

    /// The content; refuses more than `bytes_max` before unpacking.
    Result<std::string> read(const ZipEntry& entry, uint64_t bytes_max) const;
    /// As read(), into exactly entry.size_bytes bytes.
    Result<> read_into(const ZipEntry& entry, std::span<char> out) const;
    /// The content in pieces of at most `piece_bytes_max`, in order: for members that are too large
    /// to be held. The pieces are good only if nothing fails to the end.
    static constexpr size_t piece_bytes_max = size_t{1} << 18;
    using TakePiece = std::function<Result<>(std::string_view)>;
    Result<> read_pieces(const ZipEntry& entry, const TakePiece& take) const;
    /// The content as it is packed in the file.
    Result<std::string_view> packed(const ZipEntry& entry) const;

    /// All that the file has of a member, as it stands: for ZipWriter::add_verbatim().
    std::string_view member_bytes(const ZipEntry& entry) const;
    std::string_view directory_entry(const ZipEntry& entry) const;
    const std::string& comment() const { return directory_.comment(); }

  private:
    ZipReader(std::string_view bytes, ZipDirectory directory)
        : bytes_(bytes), directory_(std::move(directory)) {}

    std::string_view bytes_;
    ZipDirectory directory_;
};

} // namespace pawl::archive
