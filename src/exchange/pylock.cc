// pylock.toml, which a Document holds as it is. What it cannot say are the roots and what edges ask
// for; what it says in its own way are memberships, which split_markers() finds.

#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/text.h"
#include "exchange/formats.h"
#include "exchange/losses.h"
#include "exchange/manifest.h"
#include "exchange/memberships.h"
#include "lock/read.h"
#include "lock/write.h"
#include "text/toml_write.h"

namespace pawl::exchange {

namespace {

constexpr Keeps keeps = {.file_names = true,
                         .addresses = true,
                         .sizes = true,
                         .upload_times = true,
                         .several_hashes = true,
                         .index = true,
                         .requires_python = true,
                         .lock_requires_python = true,
                         .environments = true,
                         .regions = true,
                         .extras = true,
                         .groups = true,
                         .edges = true,
                         .conflicts = true,
                         .attestations = true,
                         .tool_tables = true};

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

/// "extra a, group b".
std::vector<Selector> conflict_of(std::string_view text) {
    std::vector<Selector> set;
    for (std::string_view item : split(text, ',')) {
        std::optional<Halves> halves = split_once(trim(item), ' ');
        if (halves && halves->before == "extra") {
            set.push_back({Selector::Kind::extra, pep::normalize_name(halves->after)});
        } else if (halves && halves->before == "group") {
            set.push_back({Selector::Kind::group, pep::normalize_name(halves->after)});
        }
    }
    return set;
}

/// What pawl notes in its own locks, and other formats have a place for.
Result<> read_pawl_table(Document& document) {
    const lock::ToolTable* table = document.lock.tool.find("pawl");
    if (table == nullptr) {
        return {};
    }
    text::TomlDocument toml = TRY_IN("[tool.pawl]", text::TomlDocument::parse(table->document()));
    auto regions = TRY_IN("[tool.pawl]", toml.root().get_strings("regions"));
    for (std::string_view text : regions.value_or(std::vector<std::string_view>())) {
        if (Result<pep::Marker> region = pep::Marker::parse(text)) {
            document.regions.push_back(std::move(*region));
        }
    }
    auto conflicts = TRY_IN("[tool.pawl]", toml.root().get_strings("conflicts"));
    for (std::string_view text : conflicts.value_or(std::vector<std::string_view>())) {
        if (std::vector<Selector> set = conflict_of(text); set.size() > 1) {
            document.conflicts.push_back(std::move(set));
        }
    }
    return {};
}

/// The opposite, in a lock that was not pawl's so far.
void write_pawl_table(const Document& document, lock::Lock& lock) {
    if (lock.tool.find("pawl") != nullptr) {
        return;
    }
    std::vector<std::string> regions;
    for (const pep::Marker& region : document.regions) {
        regions.push_back(text::toml_string(region.str()));
    }
    std::vector<std::string> conflicts;
    for (const std::vector<Selector>& set : document.conflicts) {
        std::string text;
        for (const Selector& one : set) {
            text += (text.empty() ? "" : ", ");
            text += (one.kind == Selector::Kind::extra ? "extra " : "group ") + one.name;
        }
        conflicts.push_back(text::toml_string(text));
    }
    text::TomlWriter writer;
    if (!regions.empty()) {
        writer.lines("regions", regions);
    }
    if (!conflicts.empty()) {
        writer.lines("conflicts", conflicts);
    }
    if (!writer.text().empty()) {
        Result<lock::ToolTable> table = lock::ToolTable::from_document("pawl", writer.take());
        check(table.has_value());
        lock.tool.set(std::move(*table));
    }
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
    TRY_IN(printable(context.file), read_pawl_table(document));
    std::optional<Project> project = TRY(project_beside(context));
    if (project) {
        document.projects.push_back(std::move(*project));
    }
    TRY_IN(printable(context.file), split_markers(document));
    return document;
}

lock::Lock pylock_of(const Document& document) {
    lock::Lock lock = document.lock;
    EntryIndex index(document);
    for (size_t i = 0; i < document.facts.size(); ++i) {
        if (document.facts[i].edge_knowledge != EdgeKnowledge::none) {
            lock.packages[i].dependencies = dependencies_of(document, index, document.facts[i]);
        }
    }
    write_pawl_table(document, lock);
    if (lock.created_by.empty()) {
        lock.created_by = "pawl";
    }
    return lock;
}

Result<Written> write_pylock(const Document& document, const Context& context) {
    TRY_IN(printable(context.file), check_complete(document));
    return Written{lock::write(pylock_of(document)), losses_of(document, keeps, "pylock.toml")};
}

} // namespace pawl::exchange
