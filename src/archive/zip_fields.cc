#include "archive/zip_fields.h"

#include <algorithm>
#include <optional>

#include "archive/bytes.h"
#include "base/text.h"

namespace pawl::archive {
namespace {

constexpr uint16_t extra_zip64 = 0x0001;
constexpr uint16_t extra_pkware_unix = 0x000d; // holds the target of a link
constexpr uint16_t extra_strong_encryption = 0x0017;
constexpr uint16_t extra_unicode_path = 0x7075;
constexpr uint16_t extra_asi_unix = 0x756e; // holds a mode and the target of a link
constexpr uint16_t extra_aes = 0x9901;

constexpr uint32_t mark32 = 0xffffffff;
constexpr uint16_t mark16 = 0xffff;

/// Walks the fields; only zip64's is wanted, the harmless others are passed over.
Result<std::optional<std::string_view>> find_zip64(std::string_view extra, const ZipEntry& entry) {
    std::optional<std::string_view> zip64;
    while (!extra.empty()) {
        if (extra.size() < 4 || number_at<uint16_t>(extra, 2) > extra.size() - 4) {
            return refuse_member(entry, "has an extra field that runs past its header");
        }
        uint16_t id = number_at<uint16_t>(extra, 0);
        std::string_view content = extra.substr(4, number_at<uint16_t>(extra, 2));
        extra.remove_prefix(4 + content.size());
        if (id == extra_zip64) {
            if (zip64) {
                return refuse_member(entry, "has two zip64 fields");
            }
            zip64 = content;
        } else if (id == extra_unicode_path) {
            constexpr size_t before_name = 5; // version and checksum
            if (content.size() < before_name || content.substr(before_name) != entry.raw_name) {
                return refuse_member(entry, "has a second name in an extra field");
            }
        } else if (id == extra_aes || id == extra_strong_encryption) {
            return refuse_member(entry, "is encrypted");
        } else if (id == extra_pkware_unix || id == extra_asi_unix) {
            return refuse_member(entry, "has an extra field that can make it a link");
        }
    }
    return zip64;
}

/// One value that a header says plainly or leaves to its zip64 field.
struct Wide {
    uint64_t* value;
    uint64_t mark;
    size_t bytes; ///< in the zip64 field
};

/// Fills in the marked values, in their order. A field that repeats all values (some writers do)
/// must repeat them exactly.
template <size_t count>
Result<> apply_zip64(const ZipEntry& entry, std::string_view field, const Wide (&values)[count]) {
    size_t marked_bytes = 0;
    for (const Wide& wide : values) {
        marked_bytes += *wide.value == wide.mark ? wide.bytes : 0;
    }
    bool only_marked = field.size() == marked_bytes;
    size_t at = 0;
    for (const Wide& wide : values) {
        bool marked = *wide.value == wide.mark;
        if (only_marked && !marked) {
            continue;
        }
        if (at == field.size()) {
            if (marked) {
                return refuse_member(entry, "leaves a size to a zip64 field that lacks it");
            }
            continue;
        }
        if (field.size() - at < wide.bytes) {
            return refuse_member(entry, "has a zip64 field of a wrong size");
        }
        uint64_t value = wide.bytes == 8 ? number_at<uint64_t>(field, at)
                                         : uint64_t{number_at<uint32_t>(field, at)};
        at += wide.bytes;
        if (!marked && value != *wide.value) {
            return refuse_member(entry, "has a zip64 field that disagrees with its header");
        }
        *wide.value = value;
    }
    if (at != field.size()) {
        return refuse_member(entry, "has a zip64 field of a wrong size");
    }
    return {};
}

struct LocalHeader {
    uint32_t crc32;
    uint64_t packed_bytes;
    uint64_t size_bytes;
    size_t bytes;
};

Result<LocalHeader> read_local(const ZipEntry& entry, std::string_view bytes) {
    if (bytes.size() < local_header_bytes || number_at<uint32_t>(bytes, 0) != local_signature) {
        return refuse_member(entry, "has no local header where the directory says");
    }
    uint16_t version = number_at<uint16_t>(bytes, 4);
    constexpr uint16_t version_zip64 = 45;
    // A member beyond 4 GiB needs zip64 in the directory only: then the versions may differ.
    bool same_version = version == entry.version_needed || version == version_zip64 ||
                        entry.version_needed == version_zip64;
    size_t name = number_at<uint16_t>(bytes, 26);
    size_t extra = number_at<uint16_t>(bytes, 28);
    LocalHeader local{.crc32 = number_at<uint32_t>(bytes, 14),
                      .packed_bytes = number_at<uint32_t>(bytes, 18),
                      .size_bytes = number_at<uint32_t>(bytes, 22),
                      .bytes = local_header_bytes + name + extra};
    if (local.bytes > bytes.size() || bytes.substr(local_header_bytes, name) != entry.raw_name) {
        return refuse_member(entry, "has another name in its local header");
    }
    if (!same_version || number_at<uint16_t>(bytes, 6) != entry.flags ||
        number_at<uint16_t>(bytes, 8) != static_cast<uint16_t>(entry.method) ||
        number_at<uint16_t>(bytes, 10) != entry.dos_time ||
        number_at<uint16_t>(bytes, 12) != entry.dos_date) {
        return refuse_member(entry, "has a local header that disagrees with the directory");
    }
    std::optional<std::string_view> zip64 =
        TRY(find_zip64(bytes.substr(local_header_bytes + name, extra), entry));
    if (zip64) {
        const Wide values[] = {{&local.size_bytes, mark32, 8}, {&local.packed_bytes, mark32, 8}};
        TRY(apply_zip64(entry, *zip64, values));
    }
    return local;
}

/// The bytes behind the content: nothing, or a data descriptor in one of its four forms, told
/// apart by their lengths (4.3.9: 12 or 20 bytes, and 4 more for the signature that most write).
Result<> check_descriptor(const ZipEntry& entry, std::string_view rest) {
    if ((entry.flags & flag_descriptor) == 0) {
        if (!rest.empty()) {
            return refuse_member(entry, "is followed by bytes that belong to no member");
        }
        return {};
    }
    bool is_signed = rest.size() == 16 || rest.size() == 24;
    if (is_signed && number_at<uint32_t>(rest, 0) != descriptor_signature) {
        return refuse_member(entry, "is followed by bytes that belong to no member");
    }
    rest.remove_prefix(is_signed ? 4 : 0);
    bool agrees = false;
    if (rest.size() == 12) {
        agrees = number_at<uint32_t>(rest, 4) == entry.packed_bytes &&
                 number_at<uint32_t>(rest, 8) == entry.size_bytes;
    } else if (rest.size() == 20) {
        agrees = number_at<uint64_t>(rest, 4) == entry.packed_bytes &&
                 number_at<uint64_t>(rest, 12) == entry.size_bytes;
    } else {
        return refuse_member(entry, "is followed by bytes that belong to no member");
    }
    if (!agrees || number_at<uint32_t>(rest, 0) != entry.crc32) {
        return refuse_member(entry, "has a data descriptor that disagrees with the directory");
    }
    return {};
}

} // namespace

tl::unexpected<Error> refuse_zip(std::string_view why) {
    return fail(Error::Kind::refused, std::string("zip archive refused: ").append(why));
}

tl::unexpected<Error> refuse_member(const ZipEntry& entry, std::string_view why) {
    std::string message = "zip member '";
    message.append(printable(entry.raw_name)).append("' ").append(why);
    return fail(Error::Kind::refused, std::move(message));
}

Result<> check_flags(const ZipEntry& entry) {
    constexpr uint16_t flag_encrypted = 0x0001;
    constexpr uint16_t flags_deflate = 0x0006;
    constexpr uint16_t version_newest = 63;
    if ((entry.flags & flag_encrypted) != 0) {
        return refuse_member(entry, "is encrypted");
    }
    constexpr unsigned allowed = flag_descriptor | flag_utf8 | flags_deflate;
    if ((entry.flags & ~allowed) != 0) {
        return refuse_member(entry, "has flags that wheels do not use");
    }
    if (entry.version_needed > version_newest) {
        return refuse_member(entry, "needs a version of zip that does not exist");
    }
    bool is_ascii = std::all_of(entry.raw_name.begin(), entry.raw_name.end(),
                                [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!is_ascii && (entry.flags & flag_utf8) == 0) {
        return refuse_member(entry, "does not say in which encoding its name is");
    }
    return {};
}

Result<> read_central_extra(std::string_view extra, uint16_t disk, ZipEntry& entry) {
    uint64_t disk_number = disk;
    std::optional<std::string_view> zip64 = TRY(find_zip64(extra, entry));
    if (zip64) {
        const Wide values[] = {{&entry.size_bytes, mark32, 8},
                               {&entry.packed_bytes, mark32, 8},
                               {&entry.begin, mark32, 8},
                               {&disk_number, mark16, 4}};
        TRY(apply_zip64(entry, *zip64, values));
    }
    if (disk_number != 0) {
        return refuse_member(entry, "lies on another disk");
    }
    return {};
}

Result<std::string_view> packed_content(const ZipEntry& entry, std::string_view bytes) {
    if (bytes.size() != entry.end - entry.begin) {
        return refuse_member(entry, "is cut off");
    }
    LocalHeader local = TRY(read_local(entry, bytes));
    bool later = (entry.flags & flag_descriptor) != 0; // then zeros are allowed, and usual
    auto agrees = [&](uint64_t here, uint64_t there) { return here == there || (later && !here); };
    if (!agrees(local.crc32, entry.crc32) || !agrees(local.packed_bytes, entry.packed_bytes) ||
        !agrees(local.size_bytes, entry.size_bytes)) {
        return refuse_member(entry, "has a local header that disagrees with the directory");
    }
    if (entry.packed_bytes > bytes.size() - local.bytes) {
        return refuse_member(entry, "overlaps the next member or the directory");
    }
    size_t packed = static_cast<size_t>(entry.packed_bytes);
    TRY(check_descriptor(entry, bytes.substr(local.bytes + packed)));
    return bytes.substr(local.bytes, packed);
}

} // namespace pawl::archive
