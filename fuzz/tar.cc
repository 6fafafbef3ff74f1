// A tar that is accepted holds safe names, and contents that lie in what was given.

#include "archive/sdist.h"
#include "archive/tar_reader.h"
#include "fuzz/fuzz.h"

using namespace pawl;

namespace {

constexpr size_t input_bytes_max = size_t{64} << 10;
constexpr archive::Limits limits{.entries_max = 256, .total_bytes_max = uint64_t{16} << 20};

void check_entries(const archive::TarReader& tar) {
    uint64_t total_bytes = 0;
    check(tar.entries().size() <= limits.entries_max);
    for (const archive::TarEntry& entry : tar.entries()) {
        check(archive::check_member_path(entry.path, limits).has_value());
        check(tar.find(entry.path) == &entry);
        if (!entry.is_directory && entry.link == archive::TarEntry::Link::none) {
            check(entry.content.size() == entry.size_bytes);
        }
        for (char c : entry.content) {
            total_bytes += c == '\0' ? 0 : 1; // touches each byte, for the address sanitizer
        }
    }
    check(total_bytes <= limits.total_bytes_max);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
    std::string_view bytes = fuzz::as_text(data, size_bytes);
    if (bytes.size() > input_bytes_max) {
        return 0;
    }
    if (auto tar = archive::TarReader::open(bytes, limits); fuzz::is_fine(tar)) {
        check_entries(*tar);
    }
    if (auto tar = archive::TarReader::open_gzip(bytes, limits); fuzz::is_fine(tar)) {
        check_entries(*tar);
    }
    constexpr uint64_t pkg_info_bytes_max = uint64_t{1} << 20;
    auto info = archive::read_pkg_info(bytes, "a-1.tar.gz", pkg_info_bytes_max, limits);
    check(!fuzz::is_fine(info) || info->size() <= pkg_info_bytes_max);
    return 0;
}
