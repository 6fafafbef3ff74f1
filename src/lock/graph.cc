#include "lock/graph.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/text.h"
#include "lock/overlap.h"

namespace pawl::lock {

using pep::MarkerId;

namespace {

/// The marker where exactly this extra (or group, or nothing) is asked for.
MarkerId only_with(MarkerId where, Root::Kind kind, const std::string& name,
                   pep::MarkerSpace& space) {
    pep::MarkerContext context;
    context.extras.emplace();
    context.dependency_groups.emplace();
    if (kind == Root::Kind::extra) {
        context.extras->insert(name);
    } else if (kind == Root::Kind::group) {
        context.dependency_groups->insert(name);
    }
    return space.with_context(where, context);
}

std::string source_of(const Package& package) {
    if (package.vcs) {
        const std::string& place = package.vcs->url.empty() ? package.vcs->path : package.vcs->url;
        constexpr size_t commit_shown = 12;
        return package.vcs->type + " " + place + " at " +
               package.vcs->commit_id.substr(0, commit_shown);
    }
    if (package.directory) {
        return (package.directory->editable ? "editable " : "") + package.directory->path;
    }
    if (package.archive) {
        const FileSource& source = package.archive->source;
        return source.path.empty() ? source.url : source.path;
    }
    return "";
}

} // namespace

std::string entry_title(const Package& package) {
    std::string title = package.name.str();
    title += package.version ? " " + package.version->str() : "";
    const std::string source = source_of(package);
    return printable(source.empty() ? title : title + " (" + source + ")");
}

Graph::Graph(const Lock& lock, std::span<const pep::Marker> left_out)
    : lock_(&lock), space_(std::make_unique<pep::MarkerSpace>()), needs_(lock.packages.size()),
      needed_by_(lock.packages.size()) {
    region_ = region_of(lock, left_out, *space_);
    for (const Package& package : lock.packages) {
        const MarkerId own = package.marker ? space_->from(*package.marker) : MarkerId::always;
        where_.push_back(space_->both(own, region_));
    }
}

Result<Graph> Graph::of(const Lock& lock, std::span<const pep::Requirement> asked,
                        std::span<const pep::Marker> left_out) {
    Graph graph(lock, left_out);
    graph.connect();
    graph.add_asked(asked);
    graph.knows_roots_ = !asked.empty() || lock.packages.empty();
    if (!graph.knows_roots_) {
        graph.guess_roots();
    }
    std::ranges::stable_sort(graph.roots_, [](const Root& a, const Root& b) {
        return std::tie(a.kind, a.name) < std::tie(b.kind, b.name);
    });
    if (graph.space_->is_exhausted()) {
        return fail(Error::Kind::input, "the markers of the lock are too complicated to be judged");
    }
    return graph;
}

void Graph::connect() {
    std::map<pep::Name, std::vector<uint32_t>> by_name;
    for (uint32_t i = 0; i < lock_->packages.size(); ++i) {
        by_name[lock_->packages[i].name].push_back(i);
    }
    for (uint32_t i = 0; i < lock_->packages.size(); ++i) {
        for (const Dependency& dependency : lock_->packages[i].dependencies) {
            has_dependencies_ = true;
            for (uint32_t target : by_name[dependency.name]) {
                const bool is_meant = points_at(dependency, lock_->packages[target]);
                // An arrow at "all of that name" means those that can stand beside it.
                if (is_meant && !space_->are_disjoint(where_[i], where_[target])) {
                    needs_[i].push_back(target);
                }
            }
        }
        std::ranges::sort(needs_[i]);
        needs_[i].erase(std::unique(needs_[i].begin(), needs_[i].end()), needs_[i].end());
        for (uint32_t target : needs_[i]) {
            needed_by_[target].push_back(i);
        }
    }
}

void Graph::add_asked(std::span<const pep::Requirement> asked) {
    for (const pep::Requirement& requirement : asked) {
        const MarkerId where =
            requirement.marker ? space_->from(*requirement.marker) : MarkerId::always;
        std::vector<uint32_t> entries;
        for (uint32_t i = 0; i < lock_->packages.size(); ++i) {
            const Package& package = lock_->packages[i];
            const bool is_meant =
                package.name == requirement.name &&
                (!package.version ||
                 requirement.specifiers.contains(*package.version, pep::Prereleases::yes));
            if (is_meant && !space_->are_disjoint(where, where_[i])) {
                entries.push_back(i);
            }
        }
        pep::Requirement bare = requirement;
        bare.marker = space_->marker(space_->without_extras(where));
        add_root(where, bare.str(), entries);
    }
}

void Graph::add_root(MarkerId where, const std::string& requirement,
                     const std::vector<uint32_t>& entries) {
    auto is_brought_by = [&](Root::Kind kind, const std::string& name) {
        return only_with(where, kind, name, *space_) != MarkerId::never;
    };
    if (is_brought_by(Root::Kind::main, "")) {
        roots_.push_back({Root::Kind::main, "", requirement, entries});
        return;
    }
    for (const pep::Name& extra : lock_->extras.value_or(std::vector<pep::Name>())) {
        if (is_brought_by(Root::Kind::extra, extra.str())) {
            roots_.push_back({Root::Kind::extra, extra.str(), requirement, entries});
        }
    }
    std::vector<std::string> groups = lock_->default_groups;
    for (const std::string& group : lock_->dependency_groups.value_or(std::vector<std::string>())) {
        if (std::ranges::find(groups, group) == groups.end()) {
            groups.push_back(group);
        }
    }
    for (const std::string& group : groups) {
        const std::string name = pep::normalize_name(group);
        if (is_brought_by(Root::Kind::group, name)) {
            roots_.push_back({Root::Kind::group, name, requirement, entries});
        }
    }
}

/// Entries that nobody needs; then, of what none of those leads to (cycles), the first.
void Graph::guess_roots() {
    std::vector<bool> is_reached(lock_->packages.size(), false);
    auto take = [this, &is_reached](uint32_t root) {
        add_root(where_[root], "", {root});
        std::vector<uint32_t> open = {root};
        while (!open.empty()) {
            const uint32_t next = open.back();
            open.pop_back();
            if (!is_reached[next]) {
                is_reached[next] = true;
                open.insert(open.end(), needs_[next].begin(), needs_[next].end());
            }
        }
    };
    for (uint32_t i = 0; i < lock_->packages.size(); ++i) {
        if (needed_by_[i].empty()) {
            take(i);
        }
    }
    for (uint32_t i = 0; i < lock_->packages.size(); ++i) {
        if (!is_reached[i]) {
            take(i);
        }
    }
}

std::string Graph::marker_below(uint32_t entry, const uint32_t* parent) {
    const MarkerId given = parent == nullptr ? region_ : where_[*parent];
    const MarkerId marker = space_->simplify(where_[entry], given);
    return marker == MarkerId::never ? "" : space_->text(marker);
}

} // namespace pawl::lock
