#pragma once
// RECORD: what it says about each file of a wheel as it came, and how a row is written
// (packaging.python.org "Recording installed projects" and "Binary distribution format").

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "base/sha256.h"

namespace pawl::wheel {

struct RecordRow {
    std::optional<Hash> hash;
    std::optional<uint64_t> size_bytes;
    bool operator==(const RecordRow&) const = default;
};

/// By path. `weak` are the paths whose hash is md5 or sha1, which says nothing; `impossible` those
/// that no member of an archive can have ("/a", "../a"): they are no rows.
struct Record {
    std::map<std::string, RecordRow, std::less<>> rows;
    std::vector<std::string> weak, impossible;
};

/// Strict: UTF-8, CSV, three fields, digests of the right
/// length in URL-safe base64, sizes of decimal digits, and no path with two different rows.
Result<Record> parse_record(std::string_view text);

/// "sha256=…" as RECORD writes it.
std::string record_hash(const Sha256::Digest& sha256);

/// A row with hash and size, and a line feed.
void append_record_row(std::string& record, std::string_view path, const Sha256::Digest& sha256,
                       uint64_t size_bytes);

/// A row without them: of a file that is different in each environment.
void append_record_row(std::string& record, std::string_view path);

} // namespace pawl::wheel
