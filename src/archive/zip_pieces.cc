// Members in pieces. libdeflate, which unpacks all others, is twice as fast as zlib but needs the
// whole content in memory; wheels have members of gigabytes (the libraries of CUDA).

#include <algorithm>
#include <memory>

#include <libdeflate.h>
#define ZLIB_CONST // its input is const then
#include <zlib.h>

#include "archive/zip_reader.h"
#include "base/check.h"
#include "base/text.h"

namespace pawl::archive {
namespace {

Error damaged(const ZipEntry& entry, std::string_view what) {
    return {Error::Kind::integrity,
            "zip member '" + printable(entry.path) + "' " + std::string(what)};
}

/// Passes pieces on, counts them and keeps their checksum.
class Pieces {
  public:
    Pieces(const ZipEntry& entry, const ZipReader::TakePiece& take) : entry_(entry), take_(take) {}

    Result<> add(std::string_view piece) {
        made_ += piece.size();
        if (made_ > entry_.size_bytes) {
            return fail(damaged(entry_, "is larger than it says"));
        }
        crc32_ = libdeflate_crc32(crc32_, piece.data(), piece.size());
        return take_(piece);
    }
    Result<> finish() const {
        if (made_ != entry_.size_bytes) {
            return fail(damaged(entry_, "does not unpack to the size it says"));
        }
        if (crc32_ != entry_.crc32) {
            return fail(damaged(entry_, "has a wrong checksum"));
        }
        return {};
    }

  private:
    const ZipEntry& entry_;
    const ZipReader::TakePiece& take_;
    uint64_t made_ = 0;
    uint32_t crc32_ = 0;
};

Result<> inflate_pieces(const ZipEntry& entry, std::string_view packed, Pieces& pieces) {
    z_stream stream{};
    check(inflateInit2(&stream, -MAX_WBITS) == Z_OK); // raw: zip has its own frame
    struct End {
        void operator()(z_stream* s) const { static_cast<void>(inflateEnd(s)); }
    };
    std::unique_ptr<z_stream, End> end(&stream);
    std::string piece(ZipReader::piece_bytes_max, '\0');
    constexpr size_t input_bytes_max = size_t{1} << 30; // zlib counts in 32 bits
    int status = Z_OK;
    while (status == Z_OK) {
        std::string_view input = packed.substr(0, input_bytes_max);
        stream.next_in = reinterpret_cast<const Bytef*>(input.data());
        stream.avail_in = static_cast<uInt>(input.size());
        stream.next_out = reinterpret_cast<Bytef*>(piece.data());
        stream.avail_out = static_cast<uInt>(piece.size());
        status = inflate(&stream, Z_NO_FLUSH);
        packed.remove_prefix(input.size() - stream.avail_in);
        TRY(pieces.add(std::string_view(piece).substr(0, piece.size() - stream.avail_out)));
    }
    if (status != Z_STREAM_END || !packed.empty()) {
        return fail(damaged(entry, "does not unpack to the size it says"));
    }
    return {};
}

} // namespace

Result<> ZipReader::read_pieces(const ZipEntry& entry, const TakePiece& take) const {
    std::string_view content = TRY(packed(entry));
    Pieces pieces(entry, take);
    if (entry.method == ZipEntry::Method::deflated) {
        TRY(inflate_pieces(entry, content, pieces));
    }
    while (entry.method == ZipEntry::Method::stored && !content.empty()) {
        TRY(pieces.add(content.substr(0, piece_bytes_max)));
        content.remove_prefix(std::min(content.size(), piece_bytes_max));
    }
    return pieces.finish();
}

} // namespace pawl::archive
