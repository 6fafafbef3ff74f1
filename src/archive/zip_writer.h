#pragma once
// Writes zips that are the same bytes for the same content: members in the order they are added,
// one time for all, modes 0644 and 0755 only, no extra fields (zip64 where sizes demand it).

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "archive/zip_directory.h"
#include "base/clock.h"

namespace pawl::archive {

/// The time that all members get: SOURCE_DATE_EPOCH when that is set and a number, else
/// 1980-01-01 (the first that a zip can say).
Timestamp reproducible_time();

/// For one thread at a time. The zip is built in memory.
class ZipWriter {
  public:
    struct Member {
        bool is_executable = false;
        bool stored = false; ///< not deflated; also what does not get smaller
    };

    explicit ZipWriter(Timestamp time = reproducible_time());

    /// Refuses names that our reader would refuse, and names that are there already.
    Result<> add(std::string_view path, std::string_view content, Member member);
    Result<> add(std::string_view path, std::string_view content) { return add(path, content, {}); }
    Result<> add_directory(std::string_view path);
    /// A member of another zip, packed as it is there, with its time and mode bits.
    Result<> add_packed(const ZipEntry& entry, std::string_view packed);

    /// The whole file; the writer must not be used afterwards.
    std::string finish();

  private:
    Result<> append(ZipEntry entry, std::string_view packed);

    std::string bytes_;
    std::vector<ZipEntry> entries_;
    std::unordered_set<std::string> names_;
    uint16_t dos_time_ = 0;
    uint16_t dos_date_ = 0;
};

} // namespace pawl::archive
