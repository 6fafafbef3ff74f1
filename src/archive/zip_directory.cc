// One reading of a zip, from its end.
//
// A zip has two descriptions of each member (its local header and its entry in the central
// directory), up to two of the directory itself (the end record and its zip64 form), and says
// nowhere that these must agree or that nothing may lie between them. Readers differ in which one
// they believe: from the front or from the back, the first of two equal names or the last, the
// plain sizes or the zip64 ones. Every known attack on installers through zips lives in that gap:
// a scanner sees one archive and the installer unpacks another.
//
// So there is one rule with two halves. Tiling: the end records touch the end of the file, the
// directory touches the end records, the last member touches the directory, each member touches
// the next, and the first begins at byte 0; not one byte belongs to nothing or to two things.
// Agreement: wherever the format says something twice, both say the same. What follows is that
// rule, field by field (APPNOTE.TXT 6.3.10 gives the fields their names).
//
// Legal and found in real wheels, and therefore read: data descriptors in all four forms, zip64
// records that were not needed, extra fields with times, directory entries, a directory in another
// order than the members, and a comment of printable ASCII (git puts a commit's id there).

#include "archive/zip_directory.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include <libdeflate.h>

#include "archive/bytes.h"
#include "archive/member_names.h"
#include "archive/zip_fields.h"
#include "base/text.h"

namespace pawl::archive {
namespace {

constexpr uint64_t comment_bytes_max = 1024;

bool is_printable_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

/// Where the directory and the records behind it are; offsets count from the file's first byte.
struct EndRecords {
    uint64_t entries = 0;
    uint64_t directory_begin = 0;
    uint64_t directory_end = 0;
    std::string_view comment;
};

/// The position of the end record in `tail`. Its comment is printable and cannot contain another
/// record's signature, so there is one answer.
Result<size_t> find_end_record(std::string_view tail) {
    uint64_t comment_max = std::min<uint64_t>(
        comment_bytes_max, tail.size() < end_record_bytes ? 0 : tail.size() - end_record_bytes);
    for (uint64_t comment = 0; tail.size() >= end_record_bytes && comment <= comment_max;
         ++comment) {
        size_t at = tail.size() - end_record_bytes - static_cast<size_t>(comment);
        if (number_at<uint32_t>(tail, at) != end_record_signature) {
            continue;
        }
        if (number_at<uint16_t>(tail, at + 20) != comment ||
            !is_printable_ascii(tail.substr(at + end_record_bytes))) {
            return refuse_zip("bytes after its end record");
        }
        return at;
    }
    return fail(Error::Kind::refused, "not a zip archive, or cut off (no end record)");
}

/// The zip64 end record, which must stand right before its locator, which must stand right before
/// the plain record; each plain value is then either the mark "look there" or the same value.
Result<> apply_zip64(std::string_view tail, size_t at, uint64_t tail_begin, EndRecords& end) {
    constexpr size_t extra = zip64_record_bytes + zip64_locator_bytes;
    if (at < extra || number_at<uint32_t>(tail, at - extra) != zip64_record_signature) {
        return refuse_zip("zip64 end record is not where it must be");
    }
    size_t locator = at - zip64_locator_bytes;
    size_t record = at - extra;
    if (number_at<uint64_t>(tail, locator + 8) != tail_begin + record ||
        number_at<uint32_t>(tail, locator + 4) != 0 ||
        number_at<uint32_t>(tail, locator + 16) > 1) {
        return refuse_zip("zip64 locator points elsewhere");
    }
    if (number_at<uint64_t>(tail, record + 4) != zip64_record_bytes - 12 ||
        number_at<uint32_t>(tail, record + 16) != 0 ||
        number_at<uint32_t>(tail, record + 20) != 0) {
        return refuse_zip("zip64 end record of a kind that no wheel needs");
    }
    uint64_t entries = number_at<uint64_t>(tail, record + 32);
    uint64_t bytes = number_at<uint64_t>(tail, record + 40);
    uint64_t begin = number_at<uint64_t>(tail, record + 48);
    uint64_t plain_bytes = end.directory_end - end.directory_begin;
    auto agrees = [](uint64_t plain, uint64_t mark, uint64_t wide) {
        return plain == mark || plain == wide;
    };
    if (number_at<uint64_t>(tail, record + 24) != entries ||
        !agrees(end.entries, 0xffff, entries) || !agrees(plain_bytes, 0xffffffff, bytes) ||
        !agrees(end.directory_begin, 0xffffffff, begin)) {
        return refuse_zip("its two end records disagree");
    }
    if (begin > tail_begin + record || bytes != tail_begin + record - begin) {
        return refuse_zip("its directory does not end where the end records begin");
    }
    end.entries = entries;
    end.directory_begin = begin;
    end.directory_end = begin + bytes;
    return {};
}

Result<EndRecords> read_end_records(std::string_view tail, uint64_t file_bytes) {
    check(tail.size() <= file_bytes);
    uint64_t tail_begin = file_bytes - tail.size();
    size_t at = TRY(find_end_record(tail));
    uint16_t here = number_at<uint16_t>(tail, at + 8);
    if (number_at<uint16_t>(tail, at + 4) != 0 || number_at<uint16_t>(tail, at + 6) != 0 ||
        here != number_at<uint16_t>(tail, at + 10)) {
        return refuse_zip("it is said to span several disks");
    }
    EndRecords end{.entries = here,
                   .directory_begin = number_at<uint32_t>(tail, at + 16),
                   .comment = tail.substr(at + end_record_bytes)};
    end.directory_end = end.directory_begin + number_at<uint32_t>(tail, at + 12);
    if (at >= zip64_locator_bytes &&
        number_at<uint32_t>(tail, at - zip64_locator_bytes) == zip64_locator_signature) {
        TRY(apply_zip64(tail, at, tail_begin, end));
        return end;
    }
    if (end.directory_end != tail_begin + at) {
        return refuse_zip("its directory does not end where the end record begins");
    }
    return end;
}

/// The fixed part of a directory entry, as it stands.
struct RawEntry {
    uint16_t disk;
    uint32_t attributes;
    std::string_view name, extra, comment;
    uint64_t bytes; ///< of the whole entry
};

Result<RawEntry> read_fixed(std::string_view bytes, ZipEntry& entry) {
    if (bytes.size() < central_header_bytes || number_at<uint32_t>(bytes, 0) != central_signature) {
        return refuse_zip("its directory holds fewer entries than its end record says");
    }
    entry.version_needed = number_at<uint16_t>(bytes, 6);
    entry.flags = number_at<uint16_t>(bytes, 8);
    entry.dos_time = number_at<uint16_t>(bytes, 12);
    entry.dos_date = number_at<uint16_t>(bytes, 14);
    entry.crc32 = number_at<uint32_t>(bytes, 16);
    entry.packed_bytes = number_at<uint32_t>(bytes, 20);
    entry.size_bytes = number_at<uint32_t>(bytes, 24);
    entry.begin = number_at<uint32_t>(bytes, 42);
    size_t name = number_at<uint16_t>(bytes, 28);
    size_t extra = number_at<uint16_t>(bytes, 30);
    size_t comment = number_at<uint16_t>(bytes, 32);
    RawEntry raw{.disk = number_at<uint16_t>(bytes, 34),
                 .attributes = number_at<uint32_t>(bytes, 38),
                 .name = {},
                 .extra = {},
                 .comment = {},
                 .bytes = central_header_bytes + name + extra + comment};
    if (raw.bytes > bytes.size()) {
        return refuse_zip("a directory entry runs past the directory's end");
    }
    raw.name = bytes.substr(central_header_bytes, name);
    raw.extra = bytes.substr(central_header_bytes + name, extra);
    raw.comment = bytes.substr(central_header_bytes + name + extra, comment);
    return raw;
}

/// Types and modes: a plain file or a directory, whatever system the archive says it is from.
Result<> check_attributes(const RawEntry& raw, ZipEntry& entry) {
    constexpr uint32_t type_mask = 0170000;
    constexpr uint32_t type_file = 0100000;
    constexpr uint32_t type_directory = 0040000;
    constexpr uint32_t dos_directory = 0x10;
    uint32_t mode = raw.attributes >> 16;
    uint32_t type = mode & type_mask;
    if (type != 0 && type != type_file && type != type_directory) {
        return refuse_member(entry, type == 0120000 ? "is a symbolic link" : "is a special file");
    }
    bool said_directory = type == type_directory || (raw.attributes & dos_directory) != 0;
    if (entry.is_directory ? type == type_file : said_directory) {
        return refuse_member(entry, "is a directory by its mode or by its name, but not by both");
    }
    // An empty deflate stream takes two bytes: PySocks-1.7.1-py27-none-any.whl has such
    // directories.
    constexpr uint64_t empty_stream_bytes = 2;
    if (entry.is_directory && (entry.size_bytes != 0 || entry.packed_bytes > empty_stream_bytes)) {
        return refuse_member(entry, "is a directory that carries data");
    }
    entry.is_executable = !entry.is_directory && (mode & 0111) != 0;
    return {};
}

Result<> read_entry(const RawEntry& raw, uint16_t method, const Limits& limits, ZipEntry& entry) {
    entry.raw_name = raw.name;
    entry.is_directory = raw.name.size() > 1 && raw.name.back() == '/';
    entry.path = raw.name.substr(0, raw.name.size() - (entry.is_directory ? 1 : 0));
    TRY(check_member_path(entry.path, limits));
    TRY(check_flags(entry));
    if (method != 0 && method != 8) {
        return refuse_member(entry, "is packed by method " + std::to_string(method) +
                                        "; wheels may use stored and deflated only");
    }
    entry.method = static_cast<ZipEntry::Method>(method);
    if (!is_printable_ascii(raw.comment)) {
        return refuse_member(entry, "has a comment that is not printable");
    }
    TRY(read_central_extra(raw.extra, raw.disk, entry));
    TRY(check_attributes(raw, entry));
    if (entry.method == ZipEntry::Method::stored && entry.packed_bytes != entry.size_bytes) {
        return refuse_member(entry, "is stored, but its two sizes differ");
    }
    return {};
}

/// Entries count, sizes in all, and bombs (facts: rule 6).
Result<> check_budget(const std::vector<ZipEntry>& entries, uint64_t file_bytes,
                      const Limits& limits) {
    uint64_t total = 0;
    for (const ZipEntry& entry : entries) {
        if (entry.size_bytes > limits.total_bytes_max - total) {
            return refuse_zip("it would unpack to more than " +
                              format_bytes(limits.total_bytes_max));
        }
        total += entry.size_bytes;
        if (entry.size_bytes > limits.ratio_free_bytes &&
            entry.size_bytes / limits.ratio_max > entry.packed_bytes) {
            return refuse_member(entry, "unpacks to more than " + std::to_string(limits.ratio_max) +
                                            " times its packed size");
        }
    }
    if (total > limits.ratio_free_bytes && total / limits.ratio_max > file_bytes) {
        return refuse_zip("it unpacks to more than " + std::to_string(limits.ratio_max) +
                          " times its size");
    }
    if (entries.size() > hollow_entries_max && total < entries.size() * hollow_bytes_min) {
        return refuse_zip("it has " + std::to_string(entries.size()) +
                          " members with next to nothing in them");
    }
    return {};
}

/// Gives each entry its end: the begin of the next one, or of the directory.
Result<> tile(std::vector<ZipEntry>& entries, uint64_t begin, uint64_t directory_begin) {
    std::vector<uint32_t> order(entries.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(),
              [&](uint32_t a, uint32_t b) { return entries[a].begin < entries[b].begin; });
    uint64_t expected = begin;
    for (size_t i = 0; i < order.size(); ++i) {
        ZipEntry& entry = entries[order[i]];
        if (i == 0 && entry.begin != begin) {
            return refuse_zip("bytes before its first member");
        }
        uint64_t end = i + 1 < order.size() ? entries[order[i + 1]].begin : directory_begin;
        if (entry.packed_bytes > directory_begin) { // before the sum below could overflow
            return refuse_member(entry, "is larger than the file");
        }
        uint64_t least = local_header_bytes + entry.raw_name.size() + entry.packed_bytes;
        if (entry.begin < expected || end < entry.begin || end - entry.begin < least) {
            return refuse_member(entry, "overlaps the next member or the directory");
        }
        entry.end = end;
        expected = end;
    }
    if (order.empty() && directory_begin != begin) {
        return refuse_zip("bytes that belong to no member");
    }
    return {};
}

} // namespace

Result<uint64_t> ZipDirectory::locate(std::string_view tail, uint64_t file_bytes) {
    return TRY(read_end_records(tail, file_bytes)).directory_begin;
}

Result<ZipDirectory> ZipDirectory::parse(std::string_view tail, uint64_t file_bytes,
                                         const Limits& limits) {
    EndRecords end = TRY(read_end_records(tail, file_bytes));
    uint64_t tail_begin = file_bytes - tail.size();
    if (end.directory_begin < tail_begin) {
        return fail(Error::Kind::input, "the directory of the zip lies before the bytes at hand");
    }
    std::string_view bytes =
        tail.substr(static_cast<size_t>(end.directory_begin - tail_begin),
                    static_cast<size_t>(end.directory_end - end.directory_begin));
    if (end.entries > limits.entries_max || end.entries > bytes.size() / central_header_bytes) {
        return refuse_zip("its end record counts " + std::to_string(end.entries) +
                          " members, which is too many");
    }
    ZipDirectory directory;
    directory.begin_ = end.directory_begin;
    directory.comment_ = end.comment;
    uint64_t at = end.directory_begin;
    directory.entries_.resize(static_cast<size_t>(end.entries));
    std::vector<MemberName> names;
    names.reserve(directory.entries_.size());
    for (ZipEntry& entry : directory.entries_) {
        RawEntry raw = TRY(read_fixed(bytes, entry));
        TRY(read_entry(raw, number_at<uint16_t>(bytes, 10), limits, entry));
        names.push_back({entry.path, entry.is_directory});
        entry.directory_begin = at;
        at += raw.bytes;
        entry.directory_end = at;
        bytes.remove_prefix(static_cast<size_t>(raw.bytes));
    }
    if (!bytes.empty()) {
        return refuse_zip("its directory is larger than the entries that its end record counts");
    }
    TRY(tile(directory.entries_, limits.prefix_bytes, end.directory_begin));
    TRY(check_member_names(names));
    TRY(check_budget(directory.entries_, file_bytes, limits));
    directory.by_path_.resize(directory.entries_.size());
    std::iota(directory.by_path_.begin(), directory.by_path_.end(), 0U);
    std::sort(directory.by_path_.begin(), directory.by_path_.end(), [&](uint32_t a, uint32_t b) {
        return directory.entries_[a].path < directory.entries_[b].path;
    });
    return directory;
}

const ZipEntry* ZipDirectory::find(std::string_view path) const {
    auto found = std::partition_point(by_path_.begin(), by_path_.end(),
                                      [&](uint32_t index) { return entries_[index].path < path; });
    if (found == by_path_.end() || entries_[*found].path != path) {
        return nullptr;
    }
    return &entries_[*found];
}

Result<std::string> ZipDirectory::read_member(const ZipEntry& entry, std::string_view bytes,
                                              uint64_t bytes_max) {
    if (entry.size_bytes > bytes_max) {
        return refuse_member(entry,
                             "is larger than the " + format_bytes(bytes_max) + " allowed for it");
    }
    std::string_view packed = TRY(packed_content(entry, bytes));
    std::string content(static_cast<size_t>(entry.size_bytes), '\0');
    TRY(unpack_content(entry, packed, content));
    return content;
}

Result<> unpack_content(const ZipEntry& entry, std::string_view packed, std::span<char> out) {
    check(packed.size() == entry.packed_bytes && out.size() == entry.size_bytes);
    if (entry.method == ZipEntry::Method::stored) {
        std::copy(packed.begin(), packed.end(), out.begin());
    } else {
        struct Free {
            void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
        };
        std::unique_ptr<libdeflate_decompressor, Free> decompressor(
            libdeflate_alloc_decompressor());
        check(decompressor != nullptr);
        size_t used = 0;
        size_t made = 0;
        char nothing = 0; // an empty member still needs a place that is not null
        libdeflate_result result = libdeflate_deflate_decompress_ex(
            decompressor.get(), packed.data(), packed.size(), out.empty() ? &nothing : out.data(),
            out.size(), &used, &made);
        if (result == LIBDEFLATE_INSUFFICIENT_SPACE) {
            return fail(Error::Kind::integrity,
                        "zip member '" + printable(entry.path) + "' is larger than it says");
        }
        if (result != LIBDEFLATE_SUCCESS || made != out.size() || used != packed.size()) {
            return fail(Error::Kind::integrity, "zip member '" + printable(entry.path) +
                                                    "' does not unpack to the size it says");
        }
    }
    if (libdeflate_crc32(0, out.data(), out.size()) != entry.crc32) {
        return fail(Error::Kind::integrity,
                    "zip member '" + printable(entry.path) + "' has a wrong checksum");
    }
    return {};
}

} // namespace pawl::archive
