#include "archive/zip_reader.h"

namespace pawl::archive {
namespace {

std::string_view part(std::string_view file, uint64_t begin, uint64_t end) {
    return file.substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
}

} // namespace

Result<ZipReader> ZipReader::open(std::string_view bytes, const Limits& limits) {
    ZipDirectory directory = TRY(ZipDirectory::parse(bytes, bytes.size(), limits));
    for (const ZipEntry& entry : directory.entries()) {
        TRY(packed_content(entry, part(bytes, entry.begin, entry.end)));
    }
    return ZipReader(bytes, std::move(directory));
}

Result<std::string> ZipReader::read(const ZipEntry& entry, uint64_t bytes_max) const {
    return ZipDirectory::read_member(entry, member_bytes(entry), bytes_max);
}

Result<> ZipReader::read_into(const ZipEntry& entry, std::span<char> out) const {
    return unpack_content(entry, TRY(packed(entry)), out);
}

Result<std::string_view> ZipReader::packed(const ZipEntry& entry) const {
    return packed_content(entry, member_bytes(entry));
}

std::string_view ZipReader::member_bytes(const ZipEntry& entry) const {
    return part(bytes_, entry.begin, entry.end);
}

std::string_view ZipReader::directory_entry(const ZipEntry& entry) const {
    return part(bytes_, entry.directory_begin, entry.directory_end);
}

} // namespace pawl::archive
