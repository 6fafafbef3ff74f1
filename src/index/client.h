#pragma once
// The one door to all indexes: ask ahead in batches, then wait for what is needed next.
//
// request_*() never block and cost nothing when asked twice; wait_*() give the answer, from the
// cache where its rules allow. Requests move forward while somebody waits, downloads or polls (the
// network thread moves bytes; what to do with an answer is decided on a caller's thread).
//
// A Client may be used by several threads at once: what one of them asked for is there for all.
// Calls take turns, and a call that waits for the network holds up no other. Views it hands out
// live as long as it does.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "index/files.h"
#include "index/metadata.h"
#include "index/options.h"
#include "pep/name.h"

namespace pawl::index {

/// A project, numbered in the order in which it was first named.
enum class ProjectId : uint32_t {};

/// One file known to a Client: a row of a project's page, or one added by add_file().
struct FileId {
    ProjectId project{};
    uint32_t row = 0;
    bool operator==(const FileId&) const = default;
    auto operator<=>(const FileId&) const = default;
};

/// What came of asking for a project.
struct ProjectAnswer {
    enum class Outcome : unsigned char {
        found,
        unknown, ///< no source knows it
    };
    Outcome outcome = Outcome::unknown;
    ProjectFiles files; ///< without rows when it is unknown
};

/// What came of asking what a file needs. Failures of the network or of a hash are errors instead.
struct MetadataAnswer {
    enum class Outcome : unsigned char {
        found,
        must_build, ///< an sdist that only a build can answer for
        invalid,    ///< its metadata cannot be read: `reason` says why
        foreign,    ///< its metadata is another project's or version's: `reason` says so
    };
    Outcome outcome = Outcome::found;
    MetadataView metadata;
    std::string_view reason;
};

struct Download {
    DistributionFile file;
    std::string path; ///< where it goes: created or replaced in one step once all hashes agree
};

struct DownloadProgress {
    size_t files_done = 0, files_total = 0;
    uint64_t bytes_done = 0, bytes_total = 0; ///< total of the sizes known so far
    std::string_view current;                 ///< the file that moved last
};

/// Who looks on while files come. Called on the thread of download()'s caller; must not call the
/// Client.
class DownloadWatcher {
  public:
    virtual ~DownloadWatcher() = default;
    /// At most every 50 ms.
    virtual void on_progress(const DownloadProgress& /*progress*/) {}
    /// This file is at its path and whole.
    virtual void on_file(size_t /*index*/) {}
    /// Of the files that have come, what is not dealt with yet: while there is too much of it, no
    /// further file is begun.
    virtual uint64_t pending_bytes() { return 0; }
    /// True: nothing more is wanted, and download() returns.
    virtual bool has_given_up() { return false; }
};

/// Numbers for `--timings` and tests.
struct Counters {
    uint64_t requests = 0; ///< sent over the network, redirects and retries counted
    uint64_t bytes = 0;    ///< received
    uint64_t cache_hits = 0;
    bool network_loaded = false;
};

class Client {
  public:
    /// `cache_directory` holds pages and metadata of all indexes ("" keeps nothing). Nothing is
    /// opened before the first question.
    static Result<std::unique_ptr<Client>> create(Options options, std::string cache_directory);
    ~Client(); ///< writes to the cache what it has not written yet; cancels what still runs
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // --- projects -------------------------------------------------------------------------------
    ProjectId project(const pep::Name& name);
    std::string_view project_name(ProjectId project) const;
    void request_project(ProjectId project);
    bool is_project_ready(ProjectId project);
    Result<ProjectAnswer> wait_project(ProjectId project);

    // --- metadata -------------------------------------------------------------------------------
    /// The project's page must have been waited for (or the file added).
    void request_metadata(FileId file);
    bool is_metadata_ready(FileId file);
    Result<MetadataAnswer> wait_metadata(FileId file);
    /// A file that no page lists: a direct URL (http, https, file), with hashes if known. `name`
    /// and `version` of the file may be empty when its name does not say.
    FileId add_file(ProjectId project, DistributionFile file);
    /// Tells the client what a build found out (text of METADATA), so that it is kept for good.
    Result<MetadataAnswer> put_built_metadata(FileId file, std::string_view metadata_text);
    DistributionFile file(FileId file) const;

    // --- all at once ----------------------------------------------------------------------------
    Result<std::vector<ProjectAnswer>> project_files(std::span<const pep::Name> names);
    /// All or the first error. A file whose digest disagrees is Kind::integrity and is not kept.
    Result<> download(std::span<const Download> files, DownloadWatcher* watcher = nullptr);
    /// The whole body of one http(s) or file: URL: a script, a lock. At most `bytes_max`.
    Result<std::string> fetch(const Url& url, uint64_t bytes_max);
    /// The same; nothing when the server says that there is no such thing (404, 410) or does not
    /// show it (401, 403).
    Result<std::optional<std::string>> fetch_if_there(const Url& url, uint64_t bytes_max);

    /// Moves requests forward without waiting.
    void poll();
    /// Waits for something to come (at most 50 ms), where something was asked for.
    void wait_for_more();
    /// Warnings since the last call, each text once; safe to print.
    std::vector<std::string> take_warnings();
    const Options& options() const;
    Counters counters() const;
    /// Writes to the cache now; the destructor does it too, but cannot tell of failures.
    Result<> flush();

  private:
    struct Implementation;
    explicit Client(std::unique_ptr<Implementation> implementation);
    std::unique_ptr<Implementation> implementation_;
};

} // namespace pawl::index
