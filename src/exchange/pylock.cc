// pylock.toml, which a Document holds as it is. What it cannot say are the roots and what edges ask
// for; what it says in its own way are memberships, which split_markers() finds.

#include <algorithm>
#include <set>

#include "base/text.h"
#include "exchange/formats.h"
#include "exchange/manifest.h"
#include "exchange/memberships.h"
#include "lock/read.h"
#include "lock/write.h"

namespace pawl::exchange {

namespace {

/// Its `dependencies` point at entries: the version is all that they say.
std::vector<Edge> edges_of(const lock::Lock& lock, const lock::Package& package) {
    std::vector<Edge> edges;
    for (const lock::Dependency& dependency : package.dependencies) {
        for (size_t target : lock.find(dependency)) {
            edges.push_back({.name = dependency.name,
                             .extras = {},
                             .specifiers = {},
                             .url = {},
                             .marker = {},
                             .extra = {},
                             .version = lock.packages[target].version});
        }
    }
    return edges;
}

/// Only as many keys as are needed to tell one entry from another.
std::vector<lock::Dependency> dependencies_of(const Document& document, const EntryIndex& index,
                                              const Facts& facts) {
    std::vector<lock::Dependency> list;
    for (const Edge& edge : facts.edges) {
        for (uint32_t target : index.targets(edge)) {
            const lock::Package& package = document.lock.packages[target];
            lock::Dependency dependency{.name = package.name};
            auto same_name = index.of(package.name);
            if (same_name.size() > 1) {
                dependency.version = package.version;
                auto same_version = std::ranges::count_if(same_name, [&](uint32_t other) {
                    return document.lock.packages[other].version == package.version;
                });
                if (same_version > 1 && package.marker) {
                    dependency.marker = package.marker->str();
                }
            }
            if (std::ranges::find(list, dependency) == list.end()) {
                list.push_back(std::move(dependency));
            }
        }
    }
    return list;
}

/// Kind::input for a file that has a hash and nothing that leads to it.
Result<> check_complete(const Document& document) {
    if (Needs lacking = missing(document, Format::pylock);
        lacking.addresses || lacking.file_names) {
        return fail(Error::Kind::input,
                    "a pylock.toml says where each file is, and this lock does not");
    }
    return {};
}

} // namespace

Result<Document> read_pylock(std::string text, const Context& context) {
    lock::ReadResult result = TRY_IN(printable(context.file), lock::read(std::move(text)));
    Document document;
    document.directory = context.directory;
    document.lock = std::move(result.lock);
    for (const std::string& warning : result.warnings) {
        document.warnings.push_back(printable(context.file) + ": " + warning);
    }
    bool knows_edges = std::ranges::any_of(
        document.lock.packages, [](const lock::Package& one) { return !one.dependencies.empty(); });
    document.facts.resize(document.lock.packages.size());
    for (size_t i = 0; knows_edges && i < document.facts.size(); ++i) {
        document.facts[i].edge_knowledge = EdgeKnowledge::entries;
        document.facts[i].edges = edges_of(document.lock, document.lock.packages[i]);
    }
    std::optional<Project> project = TRY(project_beside(context));
    if (project) {
        document.projects.push_back(std::move(*project));
    }
    TRY_IN(printable(context.file), split_markers(document));
    return document;
}

Result<Written> write_pylock(const Document& document, const Context& context) {
    TRY_IN(printable(context.file), check_complete(document));
    lock::Lock lock = document.lock;
    EntryIndex index(document);
    for (size_t i = 0; i < document.facts.size(); ++i) {
        if (document.facts[i].edge_knowledge != EdgeKnowledge::none) {
            lock.packages[i].dependencies = dependencies_of(document, index, document.facts[i]);
        }
    }
    if (lock.created_by.empty()) {
        lock.created_by = "pawl";
    }
    return Written{lock::write(lock), {}};
}

} // namespace pawl::exchange
