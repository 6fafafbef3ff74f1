#include "archive/zip_reader.h"

namespace pawl::archive {
namespace {

std::string_view member_bytes(std::string_view file, const ZipEntry& entry) {
    return file.substr(static_cast<size_t>(entry.begin),
                       static_cast<size_t>(entry.end - entry.begin));
}

} // namespace

Result<ZipReader> ZipReader::open(std::string_view bytes, const Limits& limits) {
    ZipDirectory directory = TRY(ZipDirectory::parse(bytes, bytes.size(), limits));
    for (const ZipEntry& entry : directory.entries()) {
        TRY(packed_content(entry, member_bytes(bytes, entry)));
    }
    return ZipReader(bytes, std::move(directory));
}

Result<std::string> ZipReader::read(const ZipEntry& entry, uint64_t bytes_max) const {
    return ZipDirectory::read_member(entry, member_bytes(bytes_, entry), bytes_max);
}

Result<> ZipReader::read_into(const ZipEntry& entry, std::span<char> out) const {
    return unpack_content(entry, TRY(packed(entry)), out);
}

Result<std::string_view> ZipReader::packed(const ZipEntry& entry) const {
    return packed_content(entry, member_bytes(bytes_, entry));
}

} // namespace pawl::archive
