// A zip that is accepted has one reading: its members read at the sizes it says, a directory made
// from the file's end says the same, and our own writer can write it again.

#include <algorithm>

#include "archive/zip_reader.h"
#include "archive/zip_writer.h"
#include "fuzz/fuzz.h"

using namespace pawl;

namespace {

constexpr size_t input_bytes_max = size_t{64} << 10;
constexpr uint64_t member_bytes_max = uint64_t{1} << 20;
constexpr archive::Limits limits{.entries_max = 256, .total_bytes_max = uint64_t{16} << 20};

void check_directory(std::string_view bytes, const archive::ZipReader& zip) {
    auto begin = archive::ZipDirectory::locate(bytes, bytes.size());
    check(begin && *begin <= bytes.size());
    auto directory = archive::ZipDirectory::parse(bytes.substr(*begin), bytes.size(), limits);
    check(fuzz::is_fine(directory));
    check(directory->entries().size() == zip.entries().size());
}

void check_rewritten(const archive::ZipReader& zip) {
    archive::ZipWriter writer(Timestamp{});
    std::vector<archive::ZipEntry> in_file_order(zip.entries().begin(), zip.entries().end());
    std::ranges::sort(in_file_order, {}, &archive::ZipEntry::begin);
    for (const archive::ZipEntry& entry : in_file_order) {
        check(fuzz::is_fine(writer.add_verbatim(entry, zip)));
    }
    std::string bytes = writer.finish();
    auto again = archive::ZipReader::open(bytes, limits);
    check(fuzz::is_fine(again));
    check(again->entries().size() == zip.entries().size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
    std::string_view bytes = fuzz::as_text(data, size_bytes);
    if (bytes.size() > input_bytes_max) {
        return 0;
    }
    fuzz::is_fine(archive::ZipDirectory::parse(bytes, bytes.size() + 100, limits));
    auto zip = archive::ZipReader::open(bytes, limits);
    if (!fuzz::is_fine(zip)) {
        return 0;
    }
    check(zip->entries().size() <= limits.entries_max);
    for (const archive::ZipEntry& entry : zip->entries()) {
        check(archive::check_member_path(entry.path, limits).has_value());
        check(zip->find(entry.path) == &entry);
        check(entry.begin < entry.end && entry.end <= bytes.size());
        auto content = zip->read(entry, member_bytes_max);
        check(!fuzz::is_fine(content) || content->size() == entry.size_bytes);
    }
    check_directory(bytes, *zip);
    check_rewritten(*zip);
    return 0;
}
