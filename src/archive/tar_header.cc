#include "archive/tar_header.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace pawl::archive {
namespace {

struct Field {
    size_t offset, bytes;
};
constexpr Field field_name{0, 100};
constexpr Field field_mode{100, 8};
constexpr Field field_size{124, 12};
constexpr Field field_checksum{148, 8};
constexpr size_t offset_type = 156;
constexpr Field field_link{157, 100};
constexpr Field field_magic{257, 8};
constexpr Field field_prefix{345, 155};

std::string_view field(std::string_view block, Field which) {
    return block.substr(which.offset, which.bytes);
}

bool is_all_zero(std::string_view bytes) {
    return bytes.find_first_not_of('\0') == std::string_view::npos;
}

/// Text up to the first NUL; nothing when bytes hide behind it.
std::optional<std::string_view> text_of(std::string_view bytes) {
    size_t end = std::min(bytes.find('\0'), bytes.size());
    return is_all_zero(bytes.substr(end)) ? std::optional(bytes.substr(0, end)) : std::nullopt;
}

/// Blanks, octal digits, then blanks and NULs; or a positive number in base 256 (GNU).
std::optional<uint64_t> number_of(std::string_view bytes) {
    uint64_t value = 0;
    if (bytes[0] == '\x80') {
        for (char c : bytes.substr(1)) {
            if (value >> 55 != 0) {
                return std::nullopt;
            }
            value = value << 8 | static_cast<unsigned char>(c);
        }
        return value;
    }
    size_t at = 0;
    while (at < bytes.size() && bytes[at] == ' ') {
        ++at;
    }
    size_t first = at;
    for (; at < bytes.size() && bytes[at] >= '0' && bytes[at] <= '7'; ++at) {
        value = value << 3 | static_cast<uint64_t>(bytes[at] - '0'); // 12 digits at most
    }
    bool has_digits = at > first;
    for (; at < bytes.size(); ++at) {
        if (bytes[at] != ' ' && bytes[at] != '\0') {
            return std::nullopt;
        }
    }
    return has_digits ? std::optional(value) : std::nullopt;
}

/// The sum of all bytes with the checksum's own field as blanks.
uint64_t checksum_of(std::string_view block) {
    uint64_t sum = 0;
    for (size_t i = 0; i < block.size(); ++i) {
        bool own = i >= field_checksum.offset && i < field_checksum.offset + field_checksum.bytes;
        sum += own ? uint64_t{' '} : static_cast<unsigned char>(block[i]);
    }
    return sum;
}

} // namespace

tl::unexpected<Error> refuse_tar(std::string_view why) {
    return fail(Error::Kind::refused, std::string("tar archive refused: ").append(why));
}

bool is_zero_block(std::string_view block) {
    return is_all_zero(block);
}

Result<TarHeader> parse_tar_header(std::string_view block) {
    check(block.size() == tar_block_bytes);
    std::optional<uint64_t> checksum = number_of(field(block, field_checksum));
    if (!checksum || *checksum != checksum_of(block)) {
        return refuse_tar("a header has a wrong checksum");
    }
    std::string_view magic = field(block, field_magic);
    constexpr std::string_view posix("ustar\0"
                                     "00",
                                     8);
    constexpr std::string_view gnu("ustar  \0", 8);
    TarHeader header;
    header.is_v7 = is_all_zero(magic);
    if (!header.is_v7 && magic != posix && magic != gnu) {
        return refuse_tar("a header is of no known format");
    }
    std::optional<std::string_view> name = text_of(field(block, field_name));
    std::optional<std::string_view> link = text_of(field(block, field_link));
    std::optional<std::string_view> prefix = text_of(field(block, field_prefix));
    std::optional<uint64_t> size = number_of(field(block, field_size));
    if (!name || !link || !prefix) {
        return refuse_tar("a name in a header has bytes behind its end");
    }
    // GNU and v7 headers have no prefix, but some readers take these bytes for one.
    if (magic != posix && !prefix->empty()) {
        return refuse_tar("a header has a prefix that its format does not know");
    }
    if (!size) {
        return refuse_tar("member '" + printable(*name) + "' has a size that is no number");
    }
    header.name =
        prefix->empty() ? std::string(*name) : std::string(*prefix).append("/").append(*name);
    header.link_name = *link;
    header.size_bytes = *size;
    header.mode = static_cast<uint32_t>(number_of(field(block, field_mode)).value_or(0) & 07777);
    header.type = block[offset_type];
    return header;
}

Result<std::map<std::string, std::string>> parse_pax(std::string_view text) {
    std::map<std::string, std::string> records;
    while (!text.empty()) {
        size_t blank = text.find(' ');
        constexpr size_t length_digits_max = 8;
        std::optional<uint64_t> length;
        if (blank <= length_digits_max && text[0] != '0') {
            length = parse_unsigned(text.substr(0, blank));
        }
        if (!length || *length > text.size() || *length < blank + 3 ||
            text[static_cast<size_t>(*length) - 1] != '\n') {
            return refuse_tar("a pax record has a wrong length");
        }
        std::string_view record = text.substr(blank + 1, static_cast<size_t>(*length) - blank - 2);
        text.remove_prefix(static_cast<size_t>(*length));
        std::optional<Halves> halves = split_once(record, '=');
        if (!halves || halves->before.empty()) {
            return refuse_tar("a pax record has no key");
        }
        std::string key(halves->before);
        bool is_utf8_charset = halves->after == "ISO-IR 10646 2000 UTF-8";
        if (key.starts_with("GNU.sparse") || (key == "hdrcharset" && !is_utf8_charset)) {
            return refuse_tar("a pax record '" + printable(key) + "' that sdists do not need");
        }
        if (!records.emplace(key, halves->after).second) {
            return refuse_tar("the pax record '" + printable(key) + "' is there twice");
        }
    }
    return records;
}

} // namespace pawl::archive
