#include "wheel/record.h"

#include <algorithm>
#include <array>

#include "archive/archive.h"
#include "base/text.h"
#include "text/csv.h"

namespace pawl::wheel {
namespace {

/// Decodes URL-safe base64 without its padding (RFC 4648 §5, as PEP 376 writes digests); accepts
/// the padding too, since some tools write it.
std::optional<std::vector<unsigned char>> decode_base64(std::string_view text) {
    while (!text.empty() && text.back() == '=') {
        text.remove_suffix(1);
    }
    std::vector<unsigned char> bytes;
    uint32_t bits = 0;
    unsigned held = 0;
    for (char c : text) {
        uint32_t value = 0;
        if (is_upper(c)) {
            value = static_cast<uint32_t>(c - 'A');
        } else if (is_lower(c)) {
            value = static_cast<uint32_t>(c - 'a' + 26);
        } else if (is_digit(c)) {
            value = static_cast<uint32_t>(c - '0' + 52);
        } else if (c == '-' || c == '_') {
            value = c == '-' ? 62 : 63;
        } else {
            return std::nullopt;
        }
        bits = (bits << 6) | value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes.push_back(static_cast<unsigned char>((bits >> held) & 0xff));
        }
    }
    bool rest_is_zero = (bits & ((1U << held) - 1)) == 0;
    return held < 6 && rest_is_zero ? std::optional(std::move(bytes)) : std::nullopt;
}

tl::unexpected<Error> bad_row(std::string_view path, std::string_view why) {
    return fail(Error::Kind::input,
                "RECORD: the row of '" + printable(path) + "' " + std::string(why));
}

Result<RecordRow> parse_row(const text::CsvRow& fields, bool& is_weak) {
    RecordRow row;
    const std::string& path = fields[0];
    if (!fields[2].empty()) {
        row.size_bytes = parse_unsigned(fields[2]);
        if (!row.size_bytes) {
            return bad_row(path, "has a size that is no number");
        }
    }
    if (fields[1].empty()) {
        return row;
    }
    std::optional<Halves> halves = split_once(fields[1], '=');
    std::string algorithm = halves ? to_lower(halves->before) : "";
    if (!halves || !is_known_algorithm(algorithm)) {
        return bad_row(path, "has a hash that nobody can check");
    }
    if (!is_strong_algorithm(algorithm)) {
        is_weak = true;
        return row;
    }
    std::optional<std::vector<unsigned char>> digest = decode_base64(halves->after);
    if (!digest || digest->size() * 2 != digest_hex_length(algorithm)) {
        return bad_row(path, "has a hash of a wrong form");
    }
    row.hash = Hash{.algorithm = std::move(algorithm), .hex = to_hex(*digest)};
    return row;
}

/// Base64 with "-" and "_" and without "=" (RFC 4648 §5).
void append_base64(std::string& out, std::span<const unsigned char> bytes) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t i = 0; i < bytes.size(); i += 3) {
        size_t count = std::min<size_t>(3, bytes.size() - i);
        uint32_t group = uint32_t{bytes[i]} << 16;
        group |= count > 1 ? uint32_t{bytes[i + 1]} << 8 : 0;
        group |= count > 2 ? uint32_t{bytes[i + 2]} : 0;
        for (size_t digit = 0; digit <= count; ++digit) {
            out += digits[(group >> (18 - 6 * digit)) & 63];
        }
    }
}

} // namespace

Result<Record> parse_record(std::string_view text) {
    if (!is_utf8(text)) {
        return fail(Error::Kind::input, "RECORD is not UTF-8");
    }
    Record record;
    for (const text::CsvRow& fields : TRY_IN("RECORD", text::parse_csv(text))) {
        if (fields.size() != 3) {
            return bad_row(fields.empty() ? "" : fields[0], "does not have three fields");
        }
        std::string_view path = fields[0];
        if (path.ends_with('/')) {
            continue; // a directory; some old tools list them
        }
        if (!archive::check_member_path(path)) {
            record.impossible.emplace_back(path);
            continue;
        }
        bool is_weak = false;
        RecordRow row = TRY(parse_row(fields, is_weak));
        if (is_weak) {
            record.weak.emplace_back(path);
        }
        auto [found, is_new] = record.rows.emplace(path, row);
        if (!is_new && !(found->second == row)) {
            return bad_row(path, "is there twice, with different contents");
        }
    }
    return record;
}

std::string record_hash(const Sha256::Digest& sha256) {
    std::string hash = "sha256=";
    append_base64(hash, sha256);
    return hash;
}

void append_record_row(std::string& record, std::string_view path, const Sha256::Digest& sha256,
                       uint64_t size_bytes) {
    if (path.find_first_of(",\"\r\n") == std::string_view::npos) {
        record += path;
        record += ",sha256=";
        append_base64(record, sha256);
        record += ',';
        record += std::to_string(size_bytes);
        record += '\n';
        return;
    }
    std::array<std::string, 3> fields{std::string(path), record_hash(sha256),
                                      std::to_string(size_bytes)};
    text::append_csv_row(record, fields);
}

void append_record_row(std::string& record, std::string_view path) {
    text::append_csv_row(record, std::array{std::string(path), std::string(), std::string()});
}

} // namespace pawl::wheel
