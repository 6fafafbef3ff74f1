#pragma once
// Writes zips that are the same bytes for the same content: members in the order they are added,
// one time for all, modes 0644 and 0755 only, no extra fields (zip64 where sizes demand it).

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "archive/zip_reader.h"
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
    /// New members get the time of this one of another zip.
    void set_time_of(const ZipEntry& entry) {
        dos_time_ = entry.dos_time;
        dos_date_ = entry.dos_date;
    }

    /// Refuses names that our reader would refuse, and names that are there already.
    Result<> add(std::string_view path, std::string_view content, Member member);
    Result<> add(std::string_view path, std::string_view content) { return add(path, content, {}); }
    Result<> add_directory(std::string_view path);
    /// A member of another zip, bit for bit: headers, content, data descriptor and directory entry;
    /// only its place may change, and not to a later one.
    Result<> add_verbatim(const ZipEntry& entry, const ZipReader& from);

    /// The whole file; the writer must not be used afterwards.
    std::string finish(std::string_view comment = {});

  private:
    struct Written {
        ZipEntry entry;
        std::string verbatim;       ///< its directory entry when that is another zip's, else ""
        uint64_t rank = UINT64_MAX; ///< in the directory: as in the other zip, new ones behind
    };
    Result<> claim(const ZipEntry& entry);
    Result<> append(ZipEntry entry, std::string_view packed);

    std::string bytes_;
    std::vector<Written> entries_;
    std::unordered_set<std::string> names_;
    uint16_t dos_time_ = 0;
    uint16_t dos_date_ = 0;
};

} // namespace pawl::archive
