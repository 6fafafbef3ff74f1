#pragma once
// What an index says about one project: its releases in order and their files.
//
// A ProjectFiles looks into one binary record, either in the mapped cache or in memory, and decodes
// a row only when it is asked for: a page of ten thousand files costs nothing to open. The record
// is checked when it is opened; a broken one is "not in the cache", never a crash.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/url.h"

namespace pawl::index {

enum class FileKind : unsigned char { wheel, sdist };

/// PEP 792. Archived and deprecated projects still install; quarantined ones offer no files.
enum class ProjectStatus : unsigned char { active, archived, quarantined, deprecated };
std::string_view project_status_name(ProjectStatus status);

/// One file, decoded, with views into the record. As long-lived as the Client.
struct FileView {
    std::string_view file_name; ///< safe as a file's name: no separators, no control characters
    std::string_view url;       ///< absolute, without credentials and fragment
    FileKind kind = FileKind::wheel;
    std::string_view tags;  ///< "py3-none-any", the part of a wheel's file name; "" for an sdist
    std::string_view build; ///< a wheel's build tag as text, or ""
    std::string_view requires_python; ///< as the index gives it, valid or not; "" when it does not
    bool is_yanked = false;
    std::string_view yanked_reason;
    bool is_too_new = false; ///< by exclude_newer; also when the upload time is unknown then
    std::optional<Timestamp> upload_time;
    std::optional<uint64_t> size_bytes;
    bool has_metadata = false;      ///< the index announces a `.metadata` file
    std::string_view metadata_hash; ///< "sha256=ab12…" or ""
    std::string_view hashes;        ///< "sha256=ab12… sha512=…", or ""
    std::string_view index_url;     ///< of its source, without credentials
    uint16_t source = 0;            ///< position in Options::sources
    uint32_t version = 0;           ///< row of its version
};

/// The digests of FileView::hashes. A broken one is kept as it is, so that no file ever agrees with
/// it.
std::vector<Hash> hashes_of(const FileView& file);

/// The same with everything parsed and owned, for installs.
struct DistributionFile {
    std::string file_name;
    std::string name;    ///< of the project, normal form
    std::string version; ///< normal form
    FileKind kind = FileKind::wheel;
    std::optional<Url> url; ///< absent only before it is set; without credentials and fragment
    std::vector<Hash> hashes;
    std::optional<uint64_t> size_bytes;
    std::optional<Timestamp> upload_time;
    std::string requires_python;
    bool is_yanked = false;
    std::string yanked_reason;
    bool has_metadata = false;
    std::optional<Hash> metadata_hash;
    std::string index_url; ///< of the source it came from, without credentials; "" for a direct URL
};

/// One release; its files stand in a row: wheels before sdists, then by file name.
struct VersionView {
    std::string_view text;      ///< normal form (PEP 440)
    bool is_prerelease = false; ///< pre or dev
    bool is_local = false;      ///< has a local part
    bool is_yanked = false;     ///< every file is
    bool has_wheel = false;
    bool has_sdist = false;
    uint32_t file_first = 0;
    uint32_t file_count = 0;
};

/// The files of one project. Copying copies a pointer; valid as long as the Client (or, for one
/// made by open(), as the bytes). Readable from any thread.
class ProjectFiles {
  public:
    ProjectFiles() = default;
    /// A record made by PageBuilder; nothing when it is damaged or of another format.
    static std::optional<ProjectFiles> open(std::string_view record);

    std::string_view name() const; ///< normal form
    ProjectStatus status() const;
    std::string_view status_reason() const;
    /// The page's address after redirects, without credentials; of the first source when merged.
    std::string_view page_url() const;

    /// In ascending order of versions; two spellings of one version are one row.
    uint32_t version_count() const { return version_count_; }
    VersionView version(uint32_t row) const;
    uint32_t file_count() const { return file_count_; }
    FileView file(uint32_t row) const;
    DistributionFile distribution(uint32_t row) const;

    /// The file that tells what a release needs at the least cost: announced metadata first, then a
    /// pure wheel, any wheel, an sdist. Files that are too new do not count; nothing if none is
    /// left.
    std::optional<uint32_t> metadata_file(uint32_t version_row) const;

    std::string_view record() const { return record_; }
    /// The same record under a limit on upload times.
    ProjectFiles with_limit(std::optional<Timestamp> exclude_newer) const;
    /// The same for a source (records in the cache hold 0) with this address.
    ProjectFiles with_source(uint16_t source, std::string_view index_url) const;

  private:
    std::string_view text_at(size_t position) const;
    std::string_view record_;
    std::string_view index_url_;
    uint32_t version_count_ = 0;
    uint32_t file_count_ = 0;
    uint16_t source_ = 0;
    bool has_limit_ = false;
    int64_t limit_ = 0;
};

} // namespace pawl::index
