#include "archive/zip_writer.h"

#include <algorithm>
#include <ctime>
#include <memory>
#include <optional>

#include <libdeflate.h>

#include "archive/bytes.h"
#include "archive/member_names.h"
#include "archive/zip_fields.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace pawl::archive {
namespace {

constexpr uint32_t mark32 = 0xffffffff;
constexpr uint16_t mark16 = 0xffff;
constexpr int deflate_level = 6;
constexpr int64_t microseconds = 1'000'000;
constexpr int64_t zip_epoch_seconds = 315'532'800; // 1980-01-01T00:00:00Z

bool is_wide(uint64_t value) {
    return value >= mark32;
}

uint32_t narrow(uint64_t value) {
    return is_wide(value) ? mark32 : static_cast<uint32_t>(value);
}

/// Deflated bytes; nothing when they are not fewer than the content.
std::optional<std::string> deflate(std::string_view content) {
    struct Free {
        void operator()(libdeflate_compressor* c) const { libdeflate_free_compressor(c); }
    };
    std::unique_ptr<libdeflate_compressor, Free> compressor(
        libdeflate_alloc_compressor(deflate_level));
    check(compressor != nullptr);
    std::string packed(content.size(), '\0');
    size_t made = libdeflate_deflate_compress(compressor.get(), content.data(), content.size(),
                                              packed.data(), packed.size());
    if (made == 0 || made >= content.size()) {
        return std::nullopt;
    }
    packed.resize(made);
    return packed;
}

/// The fields that both headers have, from "version needed" to the sizes.
void append_common(std::string& bytes, const ZipEntry& entry) {
    append_number<uint16_t>(bytes, entry.version_needed);
    append_number<uint16_t>(bytes, entry.flags);
    append_number<uint16_t>(bytes, static_cast<uint16_t>(entry.method));
    append_number<uint16_t>(bytes, entry.dos_time);
    append_number<uint16_t>(bytes, entry.dos_date);
    append_number<uint32_t>(bytes, entry.crc32);
    append_number<uint32_t>(bytes, narrow(entry.packed_bytes));
    append_number<uint32_t>(bytes, narrow(entry.size_bytes));
    append_number<uint16_t>(bytes, static_cast<uint16_t>(entry.raw_name.size()));
}

void append_zip64_field(std::string& bytes, const std::vector<uint64_t>& values) {
    append_number<uint16_t>(bytes, 1);
    append_number<uint16_t>(bytes, static_cast<uint16_t>(8 * values.size()));
    for (uint64_t value : values) {
        append_number<uint64_t>(bytes, value);
    }
}

void append_local(std::string& bytes, const ZipEntry& entry) {
    bool wide = is_wide(entry.packed_bytes) || is_wide(entry.size_bytes);
    ZipEntry marked = entry;
    if (wide) { // a local header says both sizes or none in its zip64 field (4.5.3)
        marked.packed_bytes = mark32;
        marked.size_bytes = mark32;
    }
    append_number<uint32_t>(bytes, local_signature);
    append_common(bytes, marked);
    append_number<uint16_t>(bytes, wide ? 20 : 0);
    bytes.append(entry.raw_name);
    if (wide) {
        append_zip64_field(bytes, {entry.size_bytes, entry.packed_bytes});
    }
}

void append_central(std::string& bytes, const ZipEntry& entry) {
    std::vector<uint64_t> wide;
    for (uint64_t value : {entry.size_bytes, entry.packed_bytes, entry.begin}) {
        if (is_wide(value)) {
            wide.push_back(value);
        }
    }
    constexpr uint16_t made_by_unix = (3 << 8) | 20;
    uint32_t mode = entry.is_directory ? 040755 : entry.is_executable ? 0100755 : 0100644;
    append_number<uint32_t>(bytes, central_signature);
    append_number<uint16_t>(bytes, made_by_unix);
    append_common(bytes, entry);
    append_number<uint16_t>(bytes, static_cast<uint16_t>(wide.empty() ? 0 : 4 + 8 * wide.size()));
    append_number<uint16_t>(bytes, 0); // comment
    append_number<uint16_t>(bytes, 0); // disk
    append_number<uint16_t>(bytes, 0); // internal attributes
    append_number<uint32_t>(bytes, (mode << 16) | (entry.is_directory ? 0x10U : 0U));
    append_number<uint32_t>(bytes, narrow(entry.begin));
    bytes.append(entry.raw_name);
    if (!wide.empty()) {
        append_zip64_field(bytes, wide);
    }
}

void append_end(std::string& bytes, uint64_t entries, uint64_t begin, std::string_view comment) {
    uint64_t size = bytes.size() - begin;
    bool wide = entries >= mark16 || is_wide(begin) || is_wide(size);
    if (wide) {
        uint64_t record = bytes.size();
        append_number<uint32_t>(bytes, zip64_record_signature);
        append_number<uint64_t>(bytes, zip64_record_bytes - 12);
        append_number<uint16_t>(bytes, (3 << 8) | 45);
        append_number<uint16_t>(bytes, 45);
        append_number<uint32_t>(bytes, 0);
        append_number<uint32_t>(bytes, 0);
        append_number<uint64_t>(bytes, entries);
        append_number<uint64_t>(bytes, entries);
        append_number<uint64_t>(bytes, size);
        append_number<uint64_t>(bytes, begin);
        append_number<uint32_t>(bytes, zip64_locator_signature);
        append_number<uint32_t>(bytes, 0);
        append_number<uint64_t>(bytes, record);
        append_number<uint32_t>(bytes, 1);
    }
    uint16_t count = entries >= mark16 ? mark16 : static_cast<uint16_t>(entries);
    append_number<uint32_t>(bytes, end_record_signature);
    append_number<uint16_t>(bytes, 0);
    append_number<uint16_t>(bytes, 0);
    append_number<uint16_t>(bytes, count);
    append_number<uint16_t>(bytes, count);
    append_number<uint32_t>(bytes, narrow(size));
    append_number<uint32_t>(bytes, narrow(begin));
    append_number<uint16_t>(bytes, static_cast<uint16_t>(comment.size()));
    bytes.append(comment);
}

template <class T>
void put_number(std::string& bytes, size_t offset, T value) {
    std::string number;
    append_number<T>(number, value);
    bytes.replace(offset, number.size(), number);
}

/// Where in a directory entry the zip64 field says where the member begins; nothing when it does
/// not. The entry has passed our reader: the field holds the values that the header leaves to it,
/// or all of them.
std::optional<size_t> zip64_begin_at(std::string_view entry) {
    size_t name = number_at<uint16_t>(entry, 28);
    size_t at = central_header_bytes + name;
    size_t end = at + number_at<uint16_t>(entry, 30);
    while (at + 4 <= end && number_at<uint16_t>(entry, at) != 1) {
        at += size_t{4} + number_at<uint16_t>(entry, at + 2);
    }
    if (at + 4 > end) {
        return std::nullopt;
    }
    size_t field_bytes = number_at<uint16_t>(entry, at + 2);
    bool size_marked = number_at<uint32_t>(entry, 24) == mark32;
    bool packed_marked = number_at<uint32_t>(entry, 20) == mark32;
    bool begin_marked = number_at<uint32_t>(entry, 42) == mark32;
    size_t marked_bytes = 8 * (size_t{size_marked} + packed_marked + begin_marked);
    marked_bytes += number_at<uint16_t>(entry, 34) == mark16 ? size_t{4} : 0;
    bool only_marked = field_bytes == marked_bytes;
    size_t before = only_marked ? 8 * (size_t{size_marked} + packed_marked) : 16;
    bool is_there = only_marked ? begin_marked : field_bytes >= before + 8;
    return is_there ? std::optional(at + 4 + before) : std::nullopt;
}

/// The directory entry of a member that now begins elsewhere.
std::string moved(std::string_view entry, uint64_t begin) {
    std::string copy(entry);
    if (number_at<uint32_t>(copy, 42) != mark32) {
        put_number<uint32_t>(copy, 42, static_cast<uint32_t>(begin));
    }
    if (std::optional<size_t> at = zip64_begin_at(entry)) {
        put_number<uint64_t>(copy, *at, begin);
    }
    return copy;
}

} // namespace

Timestamp reproducible_time() {
    std::optional<std::string> text = environment_variable("SOURCE_DATE_EPOCH");
    std::optional<uint64_t> seconds = text ? parse_unsigned(*text) : std::nullopt;
    constexpr uint64_t seconds_max = 4'354'819'198; // 2107-12-31T23:59:58Z, the last of a zip
    int64_t clamped = static_cast<int64_t>(std::min(seconds.value_or(0), seconds_max));
    return Timestamp{std::max(clamped, zip_epoch_seconds) * microseconds};
}

ZipWriter::ZipWriter(Timestamp time) {
    std::time_t seconds = std::max<int64_t>(time.microseconds / microseconds, zip_epoch_seconds);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    dos_time_ =
        static_cast<uint16_t>((parts.tm_hour << 11) | (parts.tm_min << 5) | (parts.tm_sec / 2));
    dos_date_ = static_cast<uint16_t>(((parts.tm_year - 80) << 9) | ((parts.tm_mon + 1) << 5) |
                                      parts.tm_mday);
}

Result<> ZipWriter::add(std::string_view path, std::string_view content, Member member) {
    ZipEntry entry;
    entry.path = path;
    entry.raw_name = path;
    entry.is_executable = member.is_executable;
    entry.size_bytes = content.size();
    entry.crc32 = libdeflate_crc32(0, content.data(), content.size());
    entry.dos_time = dos_time_;
    entry.dos_date = dos_date_;
    std::optional<std::string> packed = member.stored ? std::nullopt : deflate(content);
    entry.method = packed ? ZipEntry::Method::deflated : ZipEntry::Method::stored;
    return append(std::move(entry), packed ? std::string_view(*packed) : content);
}

Result<> ZipWriter::add_directory(std::string_view path) {
    ZipEntry entry;
    entry.path = path;
    entry.raw_name = std::string(path) + "/";
    entry.is_directory = true;
    entry.dos_time = dos_time_;
    entry.dos_date = dos_date_;
    return append(std::move(entry), "");
}

Result<> ZipWriter::claim(const ZipEntry& entry) {
    TRY(check_member_path(entry.path));
    if (!names_.insert(entry.path).second) {
        return refuse_member(entry, "is there already");
    }
    return {};
}

Result<> ZipWriter::add_verbatim(const ZipEntry& entry, const ZipReader& from) {
    check(bytes_.size() <= entry.begin);
    TRY(claim(entry));
    std::string directory_entry = moved(from.directory_entry(entry), bytes_.size());
    bytes_.append(from.member_bytes(entry));
    entries_.push_back(
        {.entry = {}, .verbatim = std::move(directory_entry), .rank = entry.directory_begin});
    return {};
}

Result<> ZipWriter::append(ZipEntry entry, std::string_view packed) {
    TRY(claim(entry));
    entry.packed_bytes = packed.size();
    entry.begin = bytes_.size();
    bool wide = is_wide(entry.packed_bytes) || is_wide(entry.size_bytes) || is_wide(entry.begin);
    entry.version_needed = wide ? 45 : 20;
    bool is_ascii = std::all_of(entry.path.begin(), entry.path.end(),
                                [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    entry.flags = is_ascii ? 0 : flag_utf8;
    append_local(bytes_, entry);
    bytes_.append(packed);
    entry.end = bytes_.size();
    entries_.push_back({.entry = std::move(entry), .verbatim = {}});
    return {};
}

std::string ZipWriter::finish(std::string_view comment) {
    uint64_t begin = bytes_.size();
    std::ranges::stable_sort(entries_, {}, &Written::rank);
    for (const Written& written : entries_) {
        if (written.verbatim.empty()) {
            append_central(bytes_, written.entry);
        } else {
            bytes_.append(written.verbatim);
        }
    }
    append_end(bytes_, entries_.size(), begin, comment);
    return std::move(bytes_);
}

} // namespace pawl::archive
