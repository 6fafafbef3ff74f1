#pragma once
// Positions inside a page record (record.h): a header, the rows of versions in ascending order, the
// rows of files in order of their versions, the texts. Change page_magic with any of it.

#include <cstddef>
#include <cstdint>

namespace pawl::index::page_layout {

constexpr uint32_t magic = 0x31475750; // "PWG1"

struct Header {
    static constexpr size_t magic = 0, record_bytes = 4, versions = 8, files = 12, status = 16;
    static constexpr size_t name = 24, status_reason = 32, page_url = 40;
    static constexpr size_t bytes = 48;
};

struct Version {
    static constexpr size_t text = 0, flags = 8, file_first = 12, file_count = 16;
    static constexpr size_t bytes = 20;
};
constexpr uint32_t version_prerelease = 1, version_local = 2, version_yanked = 4,
                   version_has_wheel = 8, version_has_sdist = 16;

struct File {
    static constexpr size_t file_name = 0, url = 8, requires_python = 16, yanked_reason = 24,
                            metadata_hash = 32, hashes = 40, index_url = 48;
    static constexpr size_t size = 56, upload_time = 64; // 64 bits each
    static constexpr size_t flags = 72, version = 76, source = 80;
    // Inside the file name: where the tags begin, the tags' length, the build tag's place.
    static constexpr size_t tags_begin = 84, tags_length = 86, build_begin = 88, build_length = 90;
    static constexpr size_t bytes = 92;
};
constexpr uint32_t file_sdist = 1, file_yanked = 2, file_has_metadata = 4, file_has_size = 8,
                   file_has_time = 16;

} // namespace pawl::index::page_layout
