#include "resolve/catalog.h"

#include <algorithm>

#include "base/text.h"
#include "resolve/real_environments.h"

namespace pawl::resolve {

using pep::MarkerId;

namespace {

constexpr uint32_t releases_max = 1u << 20;
constexpr uint32_t domains_max = 1u << 22;

/// A URL, a path, a VCS address: one thing that the user pointed at, not a list to choose from.
bool is_direct_source(std::string_view source) {
    return !source.empty() && source.substr(0, 6) != "index:";
}

void add_to_group(std::vector<Domain::Group>& groups, MarkerId where, uint32_t i, uint32_t size) {
    for (Domain::Group& group : groups) {
        if (group.where == where) {
            group.set.set(i);
            return;
        }
    }
    groups.push_back(Domain::Group{where, VersionBits(size)});
    groups.back().set.set(i);
}

void add_to_reasons(Domain& domain, uint32_t i) {
    std::string_view why = domain.slots[i].release->unusable;
    for (VersionBits& set : domain.reasons) {
        if (domain.slots[set.lowest()].release->unusable == why) {
            set.set(i);
            return;
        }
    }
    domain.reasons.emplace_back(domain.size());
    domain.reasons.back().set(i);
}

} // namespace

Catalog::Catalog(const Problem& problem, Provider& provider, pep::MarkerSpace& space)
    : problem_(problem), provider_(provider), space_(space),
      region_(space.both(problem.region, real_environments(space))) {
    if (region_ == MarkerId::never) {
        region_ = problem.region; // somebody's machine is none that we know of
    }
    projects_.emplace_back(pep::Name::of("root"));
    nodes_.push_back(Node{ProjectId{}, ExtraId::none, NodeId::root});
    auto domain = std::make_unique<Domain>();
    domain->slots.push_back(Domain::Slot{});
    domain->finals = VersionBits::full(1);
    domain->usable = VersionBits::full(1);
    domain->sources.emplace_back();
    domain->slots.front().release = &root_release_;
    domains_.push_back(std::move(domain));
    metadata_known_.emplace_back(1, true);
    metadata_wanted_.emplace_back(1, true);
    add_root_facts();
    prepare_root();
}

void Catalog::add_root_facts() {
    for (const pep::Name& name : problem_.excludes) {
        projects_[index_of(project(name))].is_excluded = true;
    }
    auto note = [this](const Dependency& dependency) {
        Project& entry = projects_[index_of(project(dependency.name))];
        entry.names_prerelease = entry.names_prerelease || dependency.names_prerelease;
        if (dependency.is_exact) {
            entry.exact.push_back(&dependency);
        }
    };
    for (const RootRequirement& root : problem_.requirements) {
        note(root.dependency);
        projects_[index_of(project(root.dependency.name))].is_direct = true;
    }
    for (const RootRequirement& root : problem_.overrides) {
        note(root.dependency);
        projects_[index_of(project(root.dependency.name))].overrides.push_back(&root);
    }
    for (const Preference& preference : problem_.preferences) {
        projects_[index_of(project(preference.name))].preferences.push_back(&preference);
    }
    for (const RootRequirement& root : problem_.constraints) {
        note(root.dependency);
        PreparedEdge edge;
        ProjectId target = project(root.dependency.name);
        edge.target = node(target);
        edge.marker = space_.with_extras(root.dependency.marker, {});
        edge.dependency = &root.dependency;
        edge.origin = &root.origin;
        projects_[index_of(target)].constraints.push_back(std::move(edge));
    }
}

ProjectId Catalog::project(const pep::Name& name) {
    auto found = project_ids_.find(name.str());
    if (found != project_ids_.end()) {
        return found->second;
    }
    auto id = static_cast<ProjectId>(projects_.size());
    projects_.emplace_back(name);
    project_ids_.emplace(name.str(), id);
    projects_.back().base = static_cast<NodeId>(nodes_.size());
    nodes_.push_back(Node{id, ExtraId::none, projects_.back().base});
    return id;
}

ExtraId Catalog::extra_id(const pep::Name& name) {
    auto found = extra_ids_.find(name.str());
    if (found != extra_ids_.end()) {
        return found->second;
    }
    auto id = static_cast<ExtraId>(extras_.size());
    extras_.push_back(name);
    extra_ids_.emplace(name.str(), id);
    return id;
}

NodeId Catalog::node(ProjectId project, ExtraId extra) {
    Project& entry = projects_[index_of(project)];
    if (extra == ExtraId::none) {
        return entry.base;
    }
    for (NodeId known : entry.extras) {
        if (at(known).extra == extra) {
            return known;
        }
    }
    auto id = static_cast<NodeId>(nodes_.size());
    nodes_.push_back(Node{project, extra, entry.base});
    entry.extras.push_back(id);
    return id;
}

std::string Catalog::text(NodeId id) const {
    if (id == NodeId::root) {
        return "the root";
    }
    const Node& node = at(id);
    std::string text = name(node.project).str();
    if (node.extra != ExtraId::none) {
        text += "[" + extra(node.extra).str() + "]";
    }
    return text;
}

Result<DomainId> Catalog::domain(ProjectId project, const std::vector<std::string>& sources) {
    if (index_of(project) == 0) {
        return DomainId{};
    }
    for (DomainId id : projects_[index_of(project)].domains) {
        if (at(id).sources == sources) {
            return id;
        }
    }
    auto made = std::make_unique<Domain>();
    made->project = project;
    made->sources = sources;
    TRY(fill(*made));
    sort_out(*made);
    auto id = static_cast<DomainId>(domains_.size());
    check(domains_.size() < domains_max);
    metadata_known_.emplace_back(made->size(), false);
    metadata_wanted_.emplace_back(made->size(), false);
    domains_.push_back(std::move(made));
    projects_[index_of(project)].domains.push_back(id);
    return id;
}

bool Catalog::knows_releases(ProjectId project) const {
    return !projects_[index_of(project)].domains.empty();
}

Result<void> Catalog::fill(Domain& domain) {
    const pep::Name& project_name = name(domain.project);
    for (uint32_t source = 0; source < domain.sources.size(); ++source) {
        const Releases* all = TRY(provider_.releases(project_name, domain.sources[source]));
        if (!all->unavailable.empty()) {
            domain.unavailable = all->unavailable;
        }
        for (size_t place = 0; place < all->releases.size() && place < releases_max; ++place) {
            domain.slots.push_back(Domain::Slot{&all->releases[place], source, place});
        }
    }
    auto is_lower = [](const Domain::Slot& a, const Domain::Slot& b) {
        return a.release->version < b.release->version;
    };
    if (!std::is_sorted(domain.slots.begin(), domain.slots.end(), is_lower)) {
        std::stable_sort(domain.slots.begin(), domain.slots.end(), is_lower);
    }
    return {};
}

bool Catalog::bars_prereleases(const Project& project) const {
    auto own = problem_.options.prereleases_of.find(project.name);
    PrereleaseMode mode =
        own != problem_.options.prereleases_of.end() ? own->second : problem_.options.prereleases;
    return mode == PrereleaseMode::disallow ||
           (mode == PrereleaseMode::explicit_only && !project.names_prerelease);
}

/// Which releases are barred for good, and why; which depend on the environment.
void Catalog::sort_out(Domain& domain) {
    const Project& project = projects_[index_of(domain.project)];
    uint32_t size = domain.size();
    auto own = problem_.options.prereleases_of.find(project.name);
    bool allows = (own != problem_.options.prereleases_of.end()
                       ? own->second
                       : problem_.options.prereleases) == PrereleaseMode::allow;
    bool bars = bars_prereleases(project);
    domain.finals = VersionBits(size);
    domain.listed = VersionBits(size);
    domain.barred_prereleases = VersionBits(size);
    domain.yanked = VersionBits(size);
    VersionBits let_in(size);
    for (const Dependency* exact : project.exact) {
        let_in |= convert(*exact, domain);
    }
    for (uint32_t i = 0; i < size; ++i) {
        const Release& release = *domain.slots[i].release;
        bool direct = is_direct_source(domain.sources[domain.slots[i].source]);
        bool is_prerelease = release.version.is_prerelease() && !direct;
        if (allows || !is_prerelease) {
            domain.finals.set(i);
        }
        if (bars && is_prerelease) {
            domain.barred_prereleases.set(i);
        }
        if (release.is_yanked && !direct) {
            domain.yanked.set(i);
        }
        if (!release.unusable.empty()) {
            domain.listed.set(i);
            add_to_reasons(domain, i);
            continue;
        }
        if (release.pythons != MarkerId::always) {
            add_to_group(domain.pythons, release.pythons, i, size);
        }
        if (release.files != MarkerId::always) {
            add_to_group(domain.files, release.files, i, size);
        }
    }
    for (const Preference* preference : project.preferences) {
        for (uint32_t i = 0; i < size; ++i) {
            if (domain.slots[i].release->version == preference->version &&
                preference->fits(domain.sources[domain.slots[i].source])) {
                let_in.set(i);
            }
        }
    }
    domain.barred_yanked = domain.yanked;
    domain.barred_yanked -= let_in;
    domain.usable = VersionBits::full(size);
    domain.usable -= domain.listed;
    domain.usable -= domain.barred_prereleases;
    domain.usable -= domain.barred_yanked;
}

VersionBits Catalog::convert(const Dependency& dependency, const Domain& domain) const {
    VersionBits bits(domain.size());
    bool inside = dependency.versions.begins_inside();
    uint32_t begin = 0;
    for (const pep::Cut& cut : dependency.versions.cuts()) {
        auto found = std::partition_point(
            domain.slots.begin() + begin, domain.slots.end(),
            [&cut](const Domain::Slot& slot) { return !cut.is_before(slot.release->version); });
        auto end = static_cast<uint32_t>(found - domain.slots.begin());
        if (inside) {
            bits.set_range(begin, end);
        }
        inside = !inside;
        begin = end;
    }
    if (inside) {
        bits.set_range(begin, domain.size());
    }
    for (const std::string& spelling : dependency.spellings) {
        for (uint32_t i = bits.lowest(); i < bits.size(); i = bits.next(i + 1)) {
            if (!equals_ignoring_case(domain.slots[i].release->version.str(), spelling)) {
                bits.reset(i);
            }
        }
    }
    if (!dependency.source.empty()) {
        for (uint32_t i = 0; i < domain.size(); ++i) {
            if (domain.sources[domain.slots[i].source] != dependency.source) {
                bits.reset(i);
            }
        }
    }
    return bits;
}

const VersionBits& Catalog::set_of(PreparedEdge& edge, DomainId domain) {
    if (edge.domain != domain) {
        edge.set = convert(*edge.dependency, at(domain));
        edge.domain = domain;
    }
    return edge.set;
}

Result<PreparedRelease*> Catalog::prepare(DomainId domain_id, uint32_t release, NodeId node) {
    PreparedKey key = (static_cast<uint64_t>(domain_id) << 42) |
                      (static_cast<uint64_t>(release) << 22) |
                      ((static_cast<uint64_t>(at(node).extra) + 1) & ((1u << 22) - 1));
    auto found = prepared_.find(key);
    if (found != prepared_.end()) {
        return found->second.get();
    }
    const Domain& domain = at(domain_id);
    const Domain::Slot& slot = domain.slots[release];
    const ReleaseMetadata* metadata =
        TRY(provider_.metadata(name(domain.project), domain.sources[slot.source], slot.place));
    metadata_known_[index_of(domain_id)][release] = true;
    auto made = std::make_unique<PreparedRelease>();
    made->unavailable = metadata->unavailable;
    made->is_foreign = metadata->is_foreign;
    made->pythons = space_.both(slot.release->pythons, metadata->pythons);
    made->requires_python = metadata->requires_python.empty()
                                ? slot.release->requires_python
                                : std::string_view(metadata->requires_python);
    if (made->unavailable.empty()) {
        prepare_edges(*made, node, metadata->dependencies);
        made->lacks_extra =
            !is_base(node) && std::find(metadata->extras.begin(), metadata->extras.end(),
                                        extra(at(node).extra)) == metadata->extras.end();
    }
    PreparedRelease* result = made.get();
    prepared_.emplace(key, std::move(made));
    return result;
}

bool Catalog::knows_metadata(DomainId domain, uint32_t release) const {
    return metadata_known_[index_of(domain)][release];
}

void Catalog::prepare_edges(PreparedRelease& release, NodeId node,
                            const std::vector<Dependency>& dependencies) {
    for (const Dependency& dependency : dependencies) {
        add_with_overrides(release, node, dependency, nullptr);
    }
}

/// A requirement of a base node is one that holds without extras; of a node with an extra, one
/// that holds elsewhere with it than without. One that holds nowhere is still one that an override
/// stands for.
void Catalog::add_with_overrides(PreparedRelease& release, NodeId node,
                                 const Dependency& dependency, const std::string* origin) {
    MarkerId plain = dependency.marker;
    const std::vector<std::string>& asked = dependency.marker_extras;
    MarkerId marker = asked.empty() ? plain : space_.with_extras(plain, {});
    bool belongs = asked.empty();
    if (!is_base(node)) {
        const std::string& own = extra(at(node).extra).str();
        MarkerId with = asked.empty() ? plain : space_.with_extras(plain, {own});
        marker = space_.minus(with, marker) == MarkerId::never ? MarkerId::never : with;
        belongs = plain == MarkerId::never && std::ranges::find(asked, own) != asked.end();
    }
    belongs = belongs || marker != MarkerId::never;
    const Project& entry = projects_[index_of(project(dependency.name))];
    if (!belongs || entry.is_excluded) {
        return;
    }
    if (entry.overrides.empty()) {
        if (marker != MarkerId::never) {
            add_edge(release, dependency, marker, origin);
        }
        return;
    }
    for (const RootRequirement* replacement : entry.overrides) {
        MarkerId own = space_.with_extras(replacement->dependency.marker, {});
        if (own != MarkerId::never) {
            add_edge(release, replacement->dependency, own, &replacement->origin);
        }
    }
}

void Catalog::add_edge(PreparedRelease& release, const Dependency& dependency, MarkerId marker,
                       const std::string* origin) {
    PreparedEdge edge;
    ProjectId target = project(dependency.name);
    edge.target = node(target);
    for (const pep::Name& extra : dependency.extras) {
        edge.extras.push_back(node(target, extra_id(extra)));
    }
    edge.marker = marker;
    edge.dependency = &dependency;
    edge.origin = origin;
    release.edges.push_back(std::move(edge));
}

void Catalog::prepare_root() {
    auto made = std::make_unique<PreparedRelease>();
    for (const RootRequirement& root : problem_.requirements) {
        add_with_overrides(*made, NodeId::root, root.dependency, &root.origin);
    }
    prepared_.emplace(0, std::move(made));
}

std::vector<PreparedEdge>& Catalog::constraints(ProjectId project) {
    return projects_[index_of(project)].constraints;
}

void Catalog::want_releases(const PreparedRelease& release) {
    for (const PreparedEdge& edge : release.edges) {
        Project& target = projects_[index_of(at(edge.target).project)];
        if (!target.is_wanted && target.domains.empty()) {
            target.is_wanted = true;
            wanted_.push_back(Wanted{.name = &target.name,
                                     .source = edge.dependency->source,
                                     .version = nullptr,
                                     .dependency = edge.dependency});
        }
    }
}

void Catalog::want_metadata(DomainId domain_id, uint32_t release) {
    if (metadata_known_[index_of(domain_id)][release] ||
        metadata_wanted_[index_of(domain_id)][release]) {
        return;
    }
    metadata_wanted_[index_of(domain_id)][release] = true;
    const Domain& domain = at(domain_id);
    const Domain::Slot& slot = domain.slots[release];
    wanted_.push_back(
        Wanted{&name(domain.project), domain.sources[slot.source], &slot.release->version});
}

void Catalog::flush_wanted() {
    if (!wanted_.empty()) {
        provider_.prefetch(wanted_);
        wanted_.clear();
    }
}

} // namespace pawl::resolve
