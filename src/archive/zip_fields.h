#pragma once
// The fields that local headers and directory entries of a zip share, for this room's own files.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "archive/zip_directory.h"

namespace pawl::archive {

constexpr uint32_t local_signature = 0x04034b50;
constexpr uint32_t central_signature = 0x02014b50;
constexpr uint32_t descriptor_signature = 0x08074b50;
constexpr uint32_t end_record_signature = 0x06054b50;
constexpr uint32_t zip64_record_signature = 0x06064b50;
constexpr uint32_t zip64_locator_signature = 0x07064b50;

constexpr size_t local_header_bytes = 30;
constexpr size_t central_header_bytes = 46;
constexpr size_t end_record_bytes = 22;
constexpr size_t zip64_record_bytes = 56;
constexpr size_t zip64_locator_bytes = 20;

constexpr uint16_t flag_descriptor = 0x0008;
constexpr uint16_t flag_utf8 = 0x0800;

/// From so many members on, each must hold this much on average: 30,000 empty files are an attack
/// on the file system that costs its author three bytes each in a compressed page.
constexpr size_t hollow_entries_max = 10'000;
constexpr uint64_t hollow_bytes_min = 32;

/// An error about the archive as a whole, or about one member.
tl::unexpected<Error> refuse_zip(std::string_view why);
tl::unexpected<Error> refuse_member(const ZipEntry& entry, std::string_view why);

/// Only what stored and deflated members need: descriptor, UTF-8, the two deflate hints.
Result<> check_flags(const ZipEntry& entry);

/// Reads the extra fields of a directory entry: zip64 sizes into `entry`; refuses those that
/// change a name, encrypt or hold a link.
Result<> read_central_extra(std::string_view extra, uint16_t disk, ZipEntry& entry);

} // namespace pawl::archive
