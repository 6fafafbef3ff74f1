#pragma once
// One 512-byte header of a tar, and the records of a pax header: for tar_reader.cc.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pawl::archive {

constexpr size_t tar_block_bytes = 512;

/// The fields that matter, decoded.
struct TarHeader {
    std::string name;      ///< prefix and name put together
    std::string link_name; ///< of links
    uint64_t size_bytes = 0;
    uint32_t mode = 0;
    char type = '0';
    bool is_v7 = false; ///< no magic: before POSIX
};

/// `block` has 512 bytes and is not all zeros. Kind::refused when a field has no single reading.
Result<TarHeader> parse_tar_header(std::string_view block);

bool is_zero_block(std::string_view block);

/// The records "<length> <key>=<value>\n" of a pax header. Refuses malformed ones, a key that is
/// there twice, and what changes how a file's bytes are to be read (sparse files, other charsets).
Result<std::map<std::string, std::string>> parse_pax(std::string_view text);

/// An error about the archive.
tl::unexpected<Error> refuse_tar(std::string_view why);

} // namespace pawl::archive
