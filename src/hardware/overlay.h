#pragma once
// How a variant's settings are laid over those of its project or script. A text or a list takes the
// place of the same key's; requirements, pins and indexes are added, and of one project or name
// what is above counts.

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "pep/name.h"

namespace pawl::hardware {

/// What is empty says nothing.
template <class Value>
void lay_over(Value& below, const Value& above) {
    if (above != Value()) {
        below = above;
    }
}

template <class Key, class Value>
void add_pins(std::map<Key, Value>& below, std::map<Key, Value>&& above) {
    for (auto& [key, value] : above) {
        below.insert_or_assign(key, std::move(value));
    }
}

template <class Value>
void append(std::vector<Value>& below, std::vector<Value>&& above) {
    below.insert(below.end(), std::make_move_iterator(above.begin()),
                 std::make_move_iterator(above.end()));
}

/// Requirements that override: of one project those above count.
template <class Declared>
void add_overrides(std::vector<Declared>& below, std::vector<Declared>&& above) {
    std::erase_if(below, [&above](const Declared& one) {
        return std::ranges::any_of(above, [&one](const Declared& other) {
            return other.requirement.name == one.requirement.name;
        });
    });
    append(below, std::move(above));
}

/// Indexes: those above are asked first; of one name, and of the default one, there is one.
template <class Index>
void put_in_front(std::vector<Index>& below, std::vector<Index>&& above) {
    std::erase_if(below, [&above](const Index& one) {
        return std::ranges::any_of(above, [&one](const Index& other) {
            return (!one.name.empty() && other.name == one.name) ||
                   (one.is_default && other.is_default);
        });
    });
    append(above, std::move(below));
    below = std::move(above);
}

/// The name of the index that one project has to itself (`index = {torch = "https://…"}`). No other
/// can have it: those of people go before a "=".
inline std::string own_index_name(const pep::Name& project) {
    return "for " + project.str();
}

/// What the tables of projects and of scripts have in common.
template <class Table>
void lay_over_common(Table& below, Table& above) {
    lay_over(below.index_url, above.index_url);
    lay_over(below.extra_index_urls, above.extra_index_urls);
    lay_over(below.find_links, above.find_links);
    lay_over(below.no_index, above.no_index);
    lay_over(below.index_strategy, above.index_strategy);
    lay_over(below.only_binary, above.only_binary);
    lay_over(below.no_binary, above.no_binary);
    lay_over(below.no_build, above.no_build);
    lay_over(below.prerelease, above.prerelease);
    lay_over(below.resolution, above.resolution);
    lay_over(below.exclude_newer, above.exclude_newer);
    put_in_front(below.indexes, std::move(above.indexes));
    add_overrides(below.overrides, std::move(above.overrides));
    append(below.constraints, std::move(above.constraints));
}

} // namespace pawl::hardware
