#pragma once
// What the resolver asks, answered by an index: the bridge between resolve::Provider and
// index::Client, for one resolution.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/terminal.h"
#include "index/client.h"
#include "ops/look_ahead.h"
#include "ops/resolution.h"
#include "pep/marker_space.h"
#include "pep/tag.h"
#include "pep/tag_marker.h"
#include "resolve/resolve.h"

namespace pawl::ops {

/// How the releases are looked at.
struct ProviderOptions {
    /// Only files that fit these tags count; absent: all platforms (their coverage as a marker).
    const pep::TagSet* tags = nullptr;
    const pep::Version* python = nullptr;         ///< with `tags`: theirs, which is all that counts
    pep::MarkerId region = pep::MarkerId::always; ///< of the problem
    bool no_build = false;                        ///< sdists do not count
    std::string_view build_advice;                ///< how the user allows builds
    /// While the index is waited for, with the project that it is asked about.
    std::function<void(const pep::Name&)> waiting = [](const pep::Name&) {};
    FormatRules formats; ///< nor do files of a kind that is ruled out
    LookAheadHints hints;
};

/// Finds out what a source needs that no index can tell: builds an sdist's metadata, fetches a
/// direct URL, a path or a VCS revision. Supplied by ops (source_tree.h).
class SourceMetadata {
  public:
    virtual ~SourceMetadata() = default;
    /// The text of METADATA of this sdist.
    virtual Result<std::string> of_sdist(const index::DistributionFile& file) = 0;
    /// The text of METADATA of what a requirement's source (URL, path, "git+https://…") leads to.
    virtual Result<std::string> of_source(const pep::Name& name, const std::string& source) = 0;
};

/// For the resolver's thread. Views that it hands out live as long as it and the client do.
class IndexProvider : public resolve::Provider {
  public:
    IndexProvider(index::Client& client, pep::MarkerSpace& space, SourceMetadata& sources,
                  ProviderOptions options);
    ~IndexProvider() override;

    Result<const resolve::Releases*> releases(const pep::Name& name,
                                              std::string_view source) override;
    Result<const resolve::ReleaseMetadata*> metadata(const pep::Name& name, std::string_view source,
                                                     size_t release) override;
    void prefetch(std::span<const resolve::Wanted> wanted) override;

    /// The page of a project that releases() has answered for; row of its release.
    struct PageRow {
        index::ProjectFiles files;
        uint32_t version_row = 0;
    };
    PageRow page_row(const pep::Name& name, size_t release) const;
    /// Where a wheel with these tags can be installed.
    pep::MarkerId environments_of(std::string_view tags) { return tag_environments_.of(tags); }

    /// What is worth saying, each once: releases that were passed over for what they claim to be.
    std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }

  private:
    struct Project;
    Project& project(const pep::Name& name, std::string_view source);
    Result<> load_page(Project& project);
    Result<> load_source(Project& project);
    void ask_ahead();
    template <class IsReady>
    void wait(const pep::Name& name, const IsReady& is_ready);
    void warn_of(const resolve::ReleaseMetadata& metadata);
    Result<resolve::ReleaseMetadata> read_metadata(Project& project, size_t release);
    resolve::ReleaseMetadata convert(index::MetadataView view);
    resolve::Dependency convert(const index::RequirementView& requirement);
    pep::MarkerId python_support(std::string_view requires_python);
    std::string_view limit_text(const pep::Name& name);
    pep::MarkerId coverage_of(std::string_view tags);
    void set_files(const Project& project, const index::VersionView& version,
                   resolve::Release& release);

    struct Memory;
    index::Client& client_;
    pep::MarkerSpace& space_;
    SourceMetadata& sources_;
    ProviderOptions options_;
    pep::TagEnvironments tag_environments_;
    std::unique_ptr<Memory> memory_;
    LookAhead ahead_;
    /// What the resolver will probably ask for: sent only once something had to be waited for,
    /// since an answer that is in the cache, or was never needed, is not worth loading the network
    /// for.
    struct Later {
        Project* project = nullptr;
        std::optional<size_t> release; ///< its metadata; else the page
        const resolve::Dependency* dependency = nullptr;
    };
    std::vector<Later> later_;
    bool is_asking_ = false;
    std::vector<std::string> warnings_;
};

} // namespace pawl::ops
