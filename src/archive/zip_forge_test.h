#pragma once
// Zips with chosen lies, for tests: each field of each header can be set apart from the truth.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <libdeflate.h>

#include "archive/bytes.h"

namespace pawl::archive::forge {

struct Member {
    std::string name;
    std::string content;
    uint16_t flags = 0;
    uint32_t mode = 0100644;
    std::string extra_local, extra_central, comment;
    std::string descriptor; ///< bytes behind the content
    std::string between;    ///< bytes behind the member that belong to nothing
    bool listed = true;     ///< in the directory
    uint32_t dos_attributes = 0;
    // what one header says instead of the truth
    std::optional<std::string> local_name;
    std::optional<uint32_t> local_crc, central_crc, local_size, central_size, local_packed,
        central_packed, begin;
    std::optional<uint16_t> local_method, central_method, local_flags, version, disk, local_time;
};

struct Archive {
    std::string prefix, before_directory, after_directory, comment, tail;
    std::optional<uint16_t> count, disk;
    std::optional<uint32_t> directory_bytes, directory_begin;
};

inline uint32_t crc(std::string_view content) {
    return libdeflate_crc32(0, content.data(), content.size());
}

inline std::string field(uint16_t id, std::string_view content) {
    std::string bytes;
    append_number<uint16_t>(bytes, id);
    append_number<uint16_t>(bytes, static_cast<uint16_t>(content.size()));
    return bytes.append(content);
}

inline void append_common(std::string& bytes, const Member& m, bool local) {
    auto size = static_cast<uint32_t>(m.content.size());
    append_number<uint16_t>(bytes, m.version.value_or(20));
    append_number<uint16_t>(bytes, local ? m.local_flags.value_or(m.flags) : m.flags);
    append_number<uint16_t>(bytes, (local ? m.local_method : m.central_method).value_or(0));
    append_number<uint16_t>(bytes, local ? m.local_time.value_or(0) : 0);
    append_number<uint16_t>(bytes, 0x21);
    append_number<uint32_t>(bytes, (local ? m.local_crc : m.central_crc).value_or(crc(m.content)));
    append_number<uint32_t>(bytes, (local ? m.local_packed : m.central_packed).value_or(size));
    append_number<uint32_t>(bytes, (local ? m.local_size : m.central_size).value_or(size));
}

/// A zip of stored members.
inline std::string make(const std::vector<Member>& members, const Archive& archive = {}) {
    std::string bytes = archive.prefix;
    std::string directory;
    uint16_t count = 0;
    for (const Member& m : members) {
        auto begin = static_cast<uint32_t>(bytes.size());
        std::string local_name = m.local_name.value_or(m.name);
        append_number<uint32_t>(bytes, 0x04034b50);
        append_common(bytes, m, true);
        append_number<uint16_t>(bytes, static_cast<uint16_t>(local_name.size()));
        append_number<uint16_t>(bytes, static_cast<uint16_t>(m.extra_local.size()));
        bytes.append(local_name).append(m.extra_local).append(m.content);
        bytes.append(m.descriptor).append(m.between);
        if (!m.listed) {
            continue;
        }
        ++count;
        append_number<uint32_t>(directory, 0x02014b50);
        append_number<uint16_t>(directory, 0x0314);
        append_common(directory, m, false);
        append_number<uint16_t>(directory, static_cast<uint16_t>(m.name.size()));
        append_number<uint16_t>(directory, static_cast<uint16_t>(m.extra_central.size()));
        append_number<uint16_t>(directory, static_cast<uint16_t>(m.comment.size()));
        append_number<uint16_t>(directory, m.disk.value_or(0));
        append_number<uint16_t>(directory, 0);
        append_number<uint32_t>(directory, (m.mode << 16) | m.dos_attributes);
        append_number<uint32_t>(directory, m.begin.value_or(begin));
        directory.append(m.name).append(m.extra_central).append(m.comment);
    }
    bytes.append(archive.before_directory);
    auto begin = static_cast<uint32_t>(bytes.size());
    bytes.append(directory).append(archive.after_directory);
    append_number<uint32_t>(bytes, 0x06054b50);
    append_number<uint16_t>(bytes, archive.disk.value_or(0));
    append_number<uint16_t>(bytes, 0);
    append_number<uint16_t>(bytes, archive.count.value_or(count));
    append_number<uint16_t>(bytes, archive.count.value_or(count));
    append_number<uint32_t>(
        bytes, archive.directory_bytes.value_or(static_cast<uint32_t>(directory.size())));
    append_number<uint32_t>(bytes, archive.directory_begin.value_or(begin));
    append_number<uint16_t>(bytes, static_cast<uint16_t>(archive.comment.size()));
    return bytes.append(archive.comment).append(archive.tail);
}

} // namespace pawl::archive::forge
