#pragma once
// What a file needs, at the least cost: the cache, the announced `.metadata` file, one that is not
// announced but there all the same, the zip's directory and METADATA by ranges, the whole file.
//
// What an index can do is learnt from its answers and kept for a day: where the first few
// unannounced `.metadata` files are all missing none is tried again, and a server that ignores
// ranges is not asked for ranges again.

#include <deque>
#include <map>
#include <memory>
#include <optional>

#include "index/context.h"
#include "index/downloads.h"
#include "index/project_pages.h"

namespace pawl::index {

/// For who holds the Client's turn.
class MetadataFinder {
  public:
    MetadataFinder(Context& context, ProjectPages& pages, Downloads& downloads);
    ~MetadataFinder();

    FileId add_file(ProjectId project, DistributionFile file);
    DistributionFile file(FileId id) const;
    void request(FileId id);
    bool is_ready(FileId id) const;
    /// Only when it is ready.
    const Result<MetadataAnswer>& answer(FileId id) const;
    Result<MetadataAnswer> put_built(FileId id, std::string_view metadata_text);

  private:
    struct Job;
    struct RangeRead;
    enum class Belief : unsigned char { unknown, yes, no };
    /// What is known of one index.
    struct Ability {
        Belief has_unannounced = Belief::unknown;
        Belief has_ranges = Belief::unknown;
        int tries_missed = 0;      ///< unannounced files that were not there, while none was
        int tries_running = 0;     ///< asked for while it is unknown
        std::vector<Job*> waiting; ///< for the tries' answers
    };

    std::string cache_key(FileId id) const;
    bool find_cached(Job& job, const std::string& key);
    void start(Job& job);
    void fetch_metadata_file(Job& job, bool is_announced);
    void on_metadata_file(Job& job, bool is_announced, Result<HttpResponse> response);
    void fetch_by_ranges(Job& job);
    void ask_size(Job& job);
    void ask_tail(Job& job);
    void ask_range(Job& job, uint64_t first, uint64_t last);
    void on_range(Job& job, Result<HttpResponse> response);
    void read_zip_parts(Job& job);
    void fetch_whole(Job& job);
    void read_local(Job& job, const std::string& path);
    /// The text is there: what a wheel says, or an sdist's PKG-INFO.
    void take_text(Job& job, std::string_view text);
    void settle(Job& job, std::string record);
    void settle_error(Job& job, Error error);
    Result<MetadataAnswer> answer_of(std::string_view record) const;
    std::string index_of(const Job& job) const;
    Ability& ability(const Job& job);
    void learn(const Job& job);
    void fetch_unannounced(Job& job);
    void on_unannounced(Job& job, bool is_there);

    Context& context_;
    ProjectPages& pages_;
    Downloads& downloads_;
    std::map<FileId, std::unique_ptr<Job>> jobs_;
    std::deque<std::pair<ProjectId, DistributionFile>> added_;
    std::map<std::string, Ability> abilities_; ///< by index, or origin for direct URLs
};

} // namespace pawl::index
