// One reading of a tar.
//
// A tar is a row of headers, each followed by its content, and every extension was added beside
// what was there: a long name can come from a GNU 'L' member, from a pax record or from the
// prefix of the header itself, a size from the header or from a pax record. Readers that believe
// different ones lose step: what one takes for content, the other reads as headers, with members
// that nobody scanned. So no member may have two of anything that disagree, a header that extends
// the next one must have a next one, and the sizes are checked before anything is skipped.
//
// The gzip around it says its unpacked size in its last four bytes. We take it at its word, as
// the size of a buffer and for the budget, and refuse the archive when it was not the truth; that
// needs no streaming and lets one call unpack everything.

#include "archive/tar_reader.h"

#include <algorithm>
#include <new>

#include <libdeflate.h>

#include "archive/bytes.h"
#include "archive/member_names.h"
#include "archive/tar_header.h"
#include "base/text.h"

namespace pawl::archive {
namespace {

constexpr uint64_t extension_bytes_max = uint64_t{1} << 20;

/// What extension headers said about the member that comes next.
struct Pending {
    std::optional<std::string> gnu_name, gnu_link;
    std::optional<std::map<std::string, std::string>> pax;

    bool is_empty() const { return !gnu_name && !gnu_link && !pax; }
    std::optional<std::string> pax_value(const char* key) const {
        if (!pax) {
            return std::nullopt;
        }
        auto found = pax->find(key);
        return found == pax->end() ? std::nullopt : std::optional(found->second);
    }
};

/// GNU's long names end with a NUL.
Result<std::string> gnu_text(std::string_view content) {
    size_t end = content.find('\0');
    if (end == std::string_view::npos || end == 0 ||
        content.find_first_not_of('\0', end) != std::string_view::npos) {
        return refuse_tar("a GNU long name does not end where it should");
    }
    return std::string(content.substr(0, end));
}

Result<> read_extension(char type, std::string_view content, Pending& pending) {
    bool repeated = (type == 'L' && pending.gnu_name) || (type == 'K' && pending.gnu_link) ||
                    (type == 'x' && pending.pax) || (type == 'g' && !pending.is_empty());
    if (repeated) {
        return refuse_tar("two extension headers for one member");
    }
    if (type == 'L') {
        pending.gnu_name = TRY(gnu_text(content));
    } else if (type == 'K') {
        pending.gnu_link = TRY(gnu_text(content));
    } else {
        std::map<std::string, std::string> records = TRY(parse_pax(content));
        bool names = records.count("path") + records.count("linkpath") + records.count("size") > 0;
        if (type == 'g' && names) {
            return refuse_tar("a global header that names every member");
        }
        if (type == 'x') {
            pending.pax = std::move(records);
        }
    }
    return {};
}

/// One text out of the two mechanisms that may give it.
Result<std::string> one_of(const std::string& plain, const std::optional<std::string>& gnu,
                           const std::optional<std::string>& pax) {
    if (gnu && pax) {
        return refuse_tar("member '" + printable(*pax) + "' has two long names");
    }
    if ((pax && pax->empty()) || (pax && pax->find('\0') != std::string::npos)) {
        return refuse_tar("a pax record has an empty name or one with a NUL");
    }
    return gnu ? *gnu : pax ? *pax : plain;
}

tl::unexpected<Error> refuse_entry(std::string_view path, std::string_view why) {
    return refuse_tar("member '" + printable(path) + "' " + std::string(why));
}

Result<> set_type(const TarHeader& header, TarEntry& entry) {
    bool has_slash = entry.path.size() > 1 && entry.path.back() == '/';
    switch (header.type) {
    case '0':
    case '\0':
        // Before POSIX a directory was a file whose name ends with a slash.
        if (has_slash && !(header.type == '\0' && header.is_v7)) {
            return refuse_entry(entry.path, "is a file by its type and a directory by its name");
        }
        entry.is_directory = has_slash;
        break;
    case '5':
        entry.is_directory = true;
        break;
    case '1':
        entry.link = TarEntry::Link::hard;
        break;
    case '2':
        entry.link = TarEntry::Link::symbolic;
        break;
    case '3':
    case '4':
    case '6':
        return refuse_entry(entry.path, "is a device or a FIFO");
    case 'S':
        return refuse_entry(entry.path, "is a sparse file");
    default:
        return refuse_entry(entry.path, "is of an unknown type");
    }
    if (has_slash && entry.is_directory) {
        entry.path.pop_back();
    }
    bool has_content = !entry.is_directory && entry.link == TarEntry::Link::none;
    if (!has_content && header.size_bytes != 0) {
        return refuse_entry(entry.path, "is a directory or a link that carries data");
    }
    entry.is_executable = has_content && (header.mode & 0111) != 0;
    return {};
}

Result<TarEntry> make_entry(const TarHeader& header, const Pending& pending, const Limits& limits) {
    TarEntry entry;
    entry.path = TRY(one_of(header.name, pending.gnu_name, pending.pax_value("path")));
    if (std::optional<std::string> size = pending.pax_value("size")) {
        if (parse_unsigned(*size) != header.size_bytes) {
            return refuse_entry(entry.path, "has two sizes");
        }
    }
    TRY(set_type(header, entry));
    TRY(check_member_path(entry.path, limits));
    std::optional<std::string> pax_link = pending.pax_value("linkpath");
    if (entry.link != TarEntry::Link::none) {
        entry.target = TRY(one_of(header.link_name, pending.gnu_link, pax_link));
    } else if (pending.gnu_link || pax_link) {
        return refuse_entry(entry.path, "is no link and has the target of one");
    }
    entry.size_bytes = header.size_bytes;
    return entry;
}

/// Reads all members; `bytes` outlives them.
Result<std::vector<TarEntry>> read_members(std::string_view bytes, const Limits& limits) {
    std::vector<TarEntry> entries;
    Pending pending;
    uint64_t headers = 0;
    while (true) {
        if (bytes.size() < tar_block_bytes) {
            return refuse_tar("it is cut off: it has no end");
        }
        std::string_view block = bytes.substr(0, tar_block_bytes);
        if (is_zero_block(block)) {
            break;
        }
        TarHeader header = TRY(parse_tar_header(block));
        bytes.remove_prefix(tar_block_bytes);
        if (header.size_bytes > bytes.size() || ++headers > limits.entries_max * 3) {
            return refuse_entry(header.name, "is larger than the archive");
        }
        std::string_view content = bytes.substr(0, static_cast<size_t>(header.size_bytes));
        uint64_t padded = (header.size_bytes + tar_block_bytes - 1) & ~uint64_t{511};
        bytes.remove_prefix(static_cast<size_t>(std::min<uint64_t>(padded, bytes.size())));
        if (header.type == 'L' || header.type == 'K' || header.type == 'x' || header.type == 'g') {
            if (header.size_bytes > extension_bytes_max) {
                return refuse_tar("an extension header is too large");
            }
            TRY(read_extension(header.type, content, pending));
            continue;
        }
        TarEntry entry = TRY(make_entry(header, pending, limits));
        entry.content = content;
        entries.push_back(std::move(entry));
        pending = Pending();
        if (entries.size() > limits.entries_max) {
            return refuse_tar("it has too many members");
        }
    }
    if (!pending.is_empty()) {
        return refuse_tar("an extension header without its member");
    }
    if (!is_zero_block(bytes)) {
        return refuse_tar("bytes after its end");
    }
    return entries;
}

Result<> check_budget(uint64_t unpacked, uint64_t packed, const Limits& limits) {
    if (unpacked > limits.total_bytes_max) {
        return refuse_tar("it would unpack to more than " + format_bytes(limits.total_bytes_max));
    }
    if (unpacked > limits.ratio_free_bytes && unpacked / limits.ratio_max > packed) {
        return refuse_tar("it unpacks to more than " + std::to_string(limits.ratio_max) +
                          " times its size");
    }
    return {};
}

} // namespace

Result<TarReader> TarReader::open(std::string_view bytes, const Limits& limits) {
    TRY(check_budget(bytes.size(), bytes.size(), limits));
    TarReader reader;
    reader.entries_ = TRY(read_members(bytes, limits));
    std::vector<MemberName> names;
    for (const TarEntry& entry : reader.entries_) {
        names.push_back({entry.path, entry.is_directory});
    }
    TRY(check_member_names(names));
    return reader;
}

Result<TarReader> TarReader::open_gzip(std::string_view bytes, const Limits& limits) {
    constexpr size_t gzip_bytes_min = 18;
    if (bytes.size() < gzip_bytes_min || number_at<uint16_t>(bytes, 0) != 0x8b1f) {
        return refuse_tar("it is not gzip, or cut off");
    }
    uint64_t size = number_at<uint32_t>(bytes, bytes.size() - 4);
    TRY(check_budget(size, bytes.size(), limits));
    std::unique_ptr<char[]> unpacked(new (std::nothrow) char[static_cast<size_t>(size) + 1]);
    struct Free {
        void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
    };
    std::unique_ptr<libdeflate_decompressor, Free> decompressor(libdeflate_alloc_decompressor());
    if (!unpacked || !decompressor) {
        return refuse_tar("there is not enough memory for its " + format_bytes(size));
    }
    size_t used = 0;
    size_t made = 0;
    libdeflate_result result =
        libdeflate_gzip_decompress_ex(decompressor.get(), bytes.data(), bytes.size(),
                                      unpacked.get(), static_cast<size_t>(size), &used, &made);
    if (result == LIBDEFLATE_BAD_DATA) {
        return fail(Error::Kind::integrity, "its gzip stream is damaged or cut off");
    }
    // A wrong size in the last bytes is what garbage or a second gzip member behind looks like.
    if (result != LIBDEFLATE_SUCCESS || used != bytes.size() || made != size) {
        return refuse_tar("its gzip stream has bytes behind it, or lies about its size");
    }
    TarReader reader = TRY(open({unpacked.get(), made}, limits));
    reader.unpacked_ = std::move(unpacked);
    return reader;
}

const TarEntry* TarReader::find(std::string_view path) const {
    auto found = std::find_if(entries_.begin(), entries_.end(),
                              [&](const TarEntry& entry) { return entry.path == path; });
    return found == entries_.end() ? nullptr : &*found;
}

} // namespace pawl::archive
