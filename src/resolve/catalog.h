#pragma once
// What the provider has said so far, as numbers: projects, nodes, lists of releases, and their
// requirements made ready for the solver. Shared by all regions of one resolution, so that nothing
// is parsed, looked up or converted twice. For the resolver's thread.

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "resolve/provider.h"
#include "resolve/term.h"
#include "resolve/types.h"

namespace pawl::resolve {

enum class DomainId : uint32_t { none = UINT32_MAX };

/// A project, or a project with one extra.
struct Node {
    ProjectId project = {};
    ExtraId extra = ExtraId::none;
    NodeId base = {}; ///< the project's own node
};

/// A requirement of one release (or of the root), as seen from one node of it.
struct PreparedEdge {
    NodeId target = {};         ///< the project's own node
    std::vector<NodeId> extras; ///< its nodes with extras
    pep::MarkerId marker = pep::MarkerId::always;
    const Dependency* dependency = nullptr;
    const std::string* origin = nullptr; ///< of a root requirement; else nullptr
    /// `dependency->versions` over the target's list, for the list it was last asked for.
    DomainId domain = DomainId::none;
    VersionBits set;
};

struct PreparedRelease {
    std::vector<PreparedEdge> edges;
    pep::MarkerId pythons = pep::MarkerId::always; ///< of the page and of the metadata
    std::string_view requires_python;              ///< for messages
    std::string_view unavailable;                  ///< see ReleaseMetadata
    bool is_foreign = false;                       ///< see ReleaseMetadata
    bool lacks_extra = false;                      ///< the release does not know the node's extra
};

/// One list of releases that a project may be chosen from.
struct Domain {
    struct Slot {
        const Release* release = nullptr;
        uint32_t source = 0; ///< index into `sources`
        size_t place = 0;    ///< in the provider's list
    };
    /// Releases that share a property, which holds where `where` says.
    struct Group {
        pep::MarkerId where = pep::MarkerId::always;
        VersionBits set;
    };
    ProjectId project = {};
    std::vector<std::string> sources;
    std::vector<Slot> slots; ///< ascending by version
    std::string unavailable;

    VersionBits finals; ///< those that are no prereleases, or count as such
    VersionBits usable; ///< not barred by one of the next four
    VersionBits listed; ///< the provider says why they cannot be used
    VersionBits barred_prereleases;
    VersionBits barred_yanked;
    VersionBits yanked;               ///< all of them, barred or not
    std::vector<Group> pythons;       ///< for those with a Requires-Python
    std::vector<Group> files;         ///< for those without a file for everywhere
    std::vector<VersionBits> reasons; ///< `listed` by what the provider says

    uint32_t size() const { return static_cast<uint32_t>(slots.size()); }
    bool is_pinned() const { return sources.size() != 1 || !sources.front().empty(); }
};

class Catalog {
  public:
    Catalog(const Problem& problem, Provider& provider, pep::MarkerSpace& space);

    const Problem& problem() const { return problem_; }
    /// The problem's region, without environments that no machine has.
    pep::MarkerId region() const { return region_; }
    pep::MarkerSpace& space() { return space_; }
    Provider& provider() { return provider_; }

    ProjectId project(const pep::Name& name);
    NodeId node(ProjectId project, ExtraId extra = ExtraId::none);
    const Node& at(NodeId id) const { return nodes_[index_of(id)]; }
    const pep::Name& name(ProjectId id) const { return projects_[index_of(id)].name; }
    const pep::Name& extra(ExtraId id) const { return extras_[index_of(id)]; }
    bool is_base(NodeId id) const { return at(id).extra == ExtraId::none; }
    /// "rich", "rich[extra]", or what the root is called.
    std::string text(NodeId id) const;
    size_t node_count() const { return nodes_.size(); }
    size_t project_count() const { return projects_.size(); }
    const std::vector<NodeId>& extras_of(ProjectId id) const {
        return projects_[index_of(id)].extras;
    }
    bool is_direct(ProjectId id) const { return projects_[index_of(id)].is_direct; }

    /// The list for these sources ({""} is the usual place). Asks the provider the first time.
    Result<DomainId> domain(ProjectId project, const std::vector<std::string>& sources);
    const Domain& at(DomainId id) const { return *domains_[index_of(id)]; }
    bool knows_releases(ProjectId project) const;

    /// What a release (or the root) needs, seen from one node of it. Asks the provider the first
    /// time. Stable as long as the catalog lives.
    Result<PreparedRelease*> prepare(DomainId domain, uint32_t release, NodeId node);
    bool knows_metadata(DomainId domain, uint32_t release) const;
    std::vector<PreparedEdge>& constraints(ProjectId project);
    /// Of the problem, in its order.
    const std::vector<const Preference*>& preferences(ProjectId project) const {
        return projects_[index_of(project)].preferences;
    }

    /// A set of versions over a list.
    VersionBits convert(const Dependency& dependency, const Domain& domain) const;
    /// The same for an edge, kept in it.
    const VersionBits& set_of(PreparedEdge& edge, DomainId domain);

    /// Tells the provider, once each, what will be asked for.
    void want_releases(const PreparedRelease& release);
    void want_metadata(DomainId domain, uint32_t release);
    void flush_wanted();

    std::vector<std::string>& warnings() { return warnings_; }

  private:
    struct Project {
        explicit Project(pep::Name its_name) : name(std::move(its_name)) {}
        pep::Name name;
        NodeId base = {};
        std::vector<NodeId> extras;
        std::vector<DomainId> domains;
        bool is_direct = false;        // the root asks for it
        bool names_prerelease = false; // the root, in a version
        bool is_wanted = false;        // prefetch was told
        bool is_excluded = false;
        std::vector<const Dependency*> exact; // "==": lets yanked releases in
        std::vector<const RootRequirement*> overrides;
        std::vector<PreparedEdge> constraints;
        std::vector<const Preference*> preferences;
    };
    using PreparedKey = uint64_t;

    void add_root_facts();
    ExtraId extra_id(const pep::Name& name);
    Result<void> fill(Domain& domain);
    void sort_out(Domain& domain);
    bool bars_prereleases(const Project& project) const;
    void prepare_edges(PreparedRelease& release, NodeId node,
                       const std::vector<Dependency>& dependencies);
    void add_edge(PreparedRelease& release, const Dependency& dependency, pep::MarkerId marker,
                  const std::string* origin);
    void add_with_overrides(PreparedRelease& release, NodeId node, const Dependency& dependency,
                            const std::string* origin);
    void prepare_root();

    const Problem& problem_;
    Provider& provider_;
    pep::MarkerSpace& space_;
    pep::MarkerId region_;
    std::deque<Project> projects_; // a deque: their names are pointed at
    std::unordered_map<std::string, ProjectId> project_ids_;
    std::vector<pep::Name> extras_;
    std::unordered_map<std::string, ExtraId> extra_ids_;
    std::vector<Node> nodes_;
    std::vector<std::unique_ptr<Domain>> domains_;
    std::unordered_map<PreparedKey, std::unique_ptr<PreparedRelease>> prepared_;
    std::vector<std::vector<bool>> metadata_known_; // by domain, release
    std::vector<std::vector<bool>> metadata_wanted_;
    std::vector<Wanted> wanted_;
    std::vector<std::string> warnings_;
    Release root_release_{.version = pep::Version::of({0}), .requires_python = {}, .unusable = {}};
};

} // namespace pawl::resolve
