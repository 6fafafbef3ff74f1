#include "exchange/document.h"

#include <algorithm>
#include <numeric>

#include "pep/marker_space.h"

namespace pawl::exchange {

namespace {

/// The extras without which the marker cannot hold, one of them at a time: of
/// `extra == "a" or extra == "b"` both; "" when it can hold without any.
void collect_extras(const pep::Marker& marker, std::vector<std::string>& extras) {
    if (marker.kind() == pep::Marker::Kind::comparison) {
        const pep::Marker::Comparison& one = marker.comparison();
        if (one.variable == pep::MarkerVariable::extra && one.op == pep::Marker::Operator::equal) {
            extras.push_back(pep::normalize_name(one.literal));
        }
        return;
    }
    for (const pep::Marker& child : marker.children()) {
        collect_extras(child, extras);
    }
}

} // namespace

std::string Selector::str() const {
    switch (kind) {
    case Kind::main:
        return "main";
    case Kind::extra:
        return "extra \"" + name + "\"";
    case Kind::group:
        return "group \"" + name + "\"";
    }
    return {};
}

std::vector<Edge> Edge::from(const pep::Requirement& requirement) {
    Edge edge{.name = requirement.name,
              .extras = requirement.extras,
              .specifiers = requirement.specifiers,
              .url = requirement.url,
              .marker = requirement.marker,
              .extra = {},
              .version = {}};
    std::vector<std::string> extras;
    if (requirement.marker) {
        collect_extras(*requirement.marker, extras);
    }
    if (extras.empty()) {
        return {std::move(edge)};
    }
    pep::MarkerSpace space;
    pep::MarkerId whole = space.from(*requirement.marker);
    pep::MarkerId without = space.with_extras(whole, {});
    std::vector<Edge> edges;
    auto add = [&](pep::MarkerId where, std::string under) {
        if (!pep::MarkerSpace::is_never(where)) {
            edges.push_back(edge);
            edges.back().marker = space.marker(where);
            edges.back().extra = std::move(under);
        }
    };
    add(without, "");
    std::ranges::sort(extras);
    extras.erase(std::unique(extras.begin(), extras.end()), extras.end());
    for (const std::string& name : extras) {
        pep::MarkerId with = space.with_extras(whole, {name});
        if (!space.implies(with, without)) {
            add(with, name);
        }
    }
    return edges;
}

std::string Edge::str() const {
    pep::Requirement requirement{.name = name,
                                 .name_as_written = name.str(),
                                 .extras = extras,
                                 .specifiers = specifiers.value_or(pep::Specifiers()),
                                 .url = url,
                                 .marker = marker};
    if (!extra.empty()) {
        pep::Marker with = pep::Marker::of({.variable = pep::MarkerVariable::extra,
                                            .op = pep::Marker::Operator::equal,
                                            .literal = extra});
        requirement.marker =
            marker ? pep::Marker::of(pep::Marker::Kind::all_of, {*marker, std::move(with)})
                   : std::move(with);
    }
    return requirement.str();
}

void Document::add(lock::Package package, Facts entry_facts) {
    lock.packages.push_back(std::move(package));
    facts.push_back(std::move(entry_facts));
}

void Document::remove(std::span<const uint32_t> entries) {
    size_t next = 0;
    size_t kept = 0;
    for (size_t i = 0; i < lock.packages.size(); ++i) {
        if (next < entries.size() && entries[next] == i) {
            ++next;
            continue;
        }
        if (kept != i) {
            lock.packages[kept] = std::move(lock.packages[i]);
            facts[kept] = std::move(facts[i]);
        }
        ++kept;
    }
    lock.packages.erase(lock.packages.begin() + static_cast<ptrdiff_t>(kept), lock.packages.end());
    facts.erase(facts.begin() + static_cast<ptrdiff_t>(kept), facts.end());
}

std::string entry_name(const lock::Package& package) {
    return package.name.str() + (package.version ? " " + package.version->str() : "");
}

std::string name_on_index(std::string_view name, const lock::FileSource& source) {
    std::string there = lock::file_name_of(source.path, source.url);
    return pep::normalize_name(there) == pep::normalize_name(name) ? there : std::string(name);
}

std::string_view without_slash(std::string_view url) {
    return url.ends_with('/') ? url.substr(0, url.size() - 1) : url;
}

std::vector<uint32_t> entries_in_order(const lock::Lock& lock) {
    std::vector<uint32_t> order(lock.packages.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::stable_sort(order, [&lock](uint32_t a, uint32_t b) {
        const lock::Package& one = lock.packages[a];
        const lock::Package& other = lock.packages[b];
        return one.name != other.name ? one.name < other.name : one.version < other.version;
    });
    return order;
}

EntryIndex::EntryIndex(const Document& document) : document_(&document) {
    for (size_t i = 0; i < document.lock.packages.size(); ++i) {
        entries_[document.lock.packages[i].name].push_back(static_cast<uint32_t>(i));
    }
}

std::span<const uint32_t> EntryIndex::of(const pep::Name& name) const {
    auto found = entries_.find(name);
    return found == entries_.end() ? std::span<const uint32_t>() : found->second;
}

std::vector<uint32_t> EntryIndex::targets(const Edge& edge) const {
    std::span<const uint32_t> all = of(edge.name);
    if (all.size() < 2) {
        return {all.begin(), all.end()};
    }
    std::vector<uint32_t> fitting;
    for (uint32_t entry : all) {
        const std::optional<pep::Version>& version = document_->lock.packages[entry].version;
        bool fits = edge.version ? version == edge.version
                                 : !version || !edge.specifiers ||
                                       edge.specifiers->contains(*version, pep::Prereleases::yes);
        if (fits) {
            fitting.push_back(entry);
        }
    }
    return fitting.empty() ? std::vector<uint32_t>(all.begin(), all.end()) : fitting;
}

} // namespace pawl::exchange
