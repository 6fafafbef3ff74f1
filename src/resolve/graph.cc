#include "resolve/graph.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/check.h"

namespace pawl::resolve {

using pep::MarkerId;

namespace {

const Domain::Slot& slot_of(const Choice& choice, const Catalog& catalog) {
    return catalog.at(choice.domain).slots[choice.release];
}

const std::string& source_of(const Choice& choice, const Catalog& catalog) {
    return catalog.at(choice.domain).sources[slot_of(choice, catalog).source];
}

bool is_same_release(const Choice& a, const Choice& b, const Catalog& catalog) {
    if (a.domain == b.domain) {
        return a.release == b.release;
    }
    return slot_of(a, catalog).place == slot_of(b, catalog).place &&
           source_of(a, catalog) == source_of(b, catalog);
}

/// Regions made one, and the release of each project in them.
struct Group {
    MarkerId region = MarkerId::never;
    std::map<ProjectId, Choice> choices;
};

bool agrees(const Group& group, const Answer& answer, const Catalog& catalog) {
    for (const Choice& choice : answer.choices) {
        auto other = group.choices.find(catalog.at(choice.node).project);
        if (other != group.choices.end() && !is_same_release(other->second, choice, catalog)) {
            return false;
        }
    }
    return true;
}

} // namespace

std::vector<MarkerId> merge_regions(const std::vector<Answer>& answers, Catalog& catalog) {
    std::vector<Group> groups;
    for (const Answer& answer : answers) {
        auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
            return agrees(group, answer, catalog);
        });
        if (found == groups.end()) {
            groups.emplace_back();
            found = groups.end() - 1;
        }
        found->region = catalog.space().either(found->region, answer.region);
        for (const Choice& choice : answer.choices) {
            found->choices.emplace(catalog.at(choice.node).project, choice);
        }
    }
    std::vector<MarkerId> regions;
    for (const Group& group : groups) {
        regions.push_back(group.region);
    }
    return regions;
}

namespace {

class GraphBuilder {
  public:
    GraphBuilder(const std::vector<Answer>& answers, Catalog& catalog)
        : answers_(answers), catalog_(catalog), space_(catalog.space()) {}

    Result<Solution> build() {
        collect_entries();
        for (const Answer& answer : answers_) {
            TRY(collect_edges(answer));
        }
        fill();
        prove_disjoint();
        return std::move(solution_);
    }

  private:
    struct Key {
        pep::Name name;
        pep::Version version;
        std::string source;
        size_t place;
        bool operator<(const Key& other) const {
            return std::tie(name, version, source, place) <
                   std::tie(other.name, other.version, other.source, other.place);
        }
    };
    struct Entry {
        uint32_t index = 0;
        MarkerId where = MarkerId::never;
        std::map<pep::Name, MarkerId> extras;
        std::map<std::pair<uint32_t, std::vector<pep::Name>>, MarkerId> edges;
    };

    Key key_of(const Choice& choice) const {
        const Domain::Slot& slot = slot_of(choice, catalog_);
        return Key{catalog_.name(catalog_.at(choice.node).project), slot.release->version,
                   source_of(choice, catalog_), slot.place};
    }

    void grow(MarkerId& marker, MarkerId by) { marker = space_.either(marker, by); }

    void collect_entries() {
        for (const Answer& answer : answers_) {
            for (const Choice& choice : answer.choices) {
                Entry& entry = choice.node == NodeId::root ? root_ : entries_[key_of(choice)];
                ExtraId extra = catalog_.at(choice.node).extra;
                if (extra == ExtraId::none) {
                    grow(entry.where, choice.where);
                } else {
                    auto at = entry.extras.emplace(catalog_.extra(extra), MarkerId::never).first;
                    grow(at->second, choice.where);
                }
            }
        }
        uint32_t index = 0;
        for (auto& entry : entries_) {
            entry.second.index = index++;
        }
    }

    Result<void> collect_edges(const Answer& answer) {
        std::map<NodeId, const Choice*> by_node;
        for (const Choice& choice : answer.choices) {
            by_node[choice.node] = &choice;
        }
        for (const Choice& choice : answer.choices) {
            PreparedRelease* prepared =
                TRY(catalog_.prepare(choice.domain, choice.release, choice.node));
            Entry& entry = choice.node == NodeId::root ? root_ : entries_[key_of(choice)];
            note_missing_extra(choice, *prepared);
            for (const PreparedEdge& edge : prepared->edges) {
                MarkerId where = space_.both(edge.marker, choice.where);
                if (where == MarkerId::never) {
                    continue;
                }
                auto target = by_node.find(edge.target);
                check(target != by_node.end());
                uint32_t index = entries_[key_of(*target->second)].index;
                auto at = entry.edges.emplace(std::make_pair(index, edge.dependency->extras),
                                              MarkerId::never);
                grow(at.first->second, where);
            }
        }
        return {};
    }

    void note_missing_extra(const Choice& choice, const PreparedRelease& prepared) {
        if (!prepared.lacks_extra) {
            return;
        }
        Key key = key_of(choice);
        std::string text = key.name.str() + " " + key.version.str() + " has no extra " +
                           catalog_.extra(catalog_.at(choice.node).extra).str();
        std::vector<std::string>& known = solution_.warnings;
        if (std::find(known.begin(), known.end(), text) == known.end()) {
            known.push_back(std::move(text));
        }
    }

    void fill_edges(const Entry& entry, std::vector<Edge>& edges) {
        for (const auto& edge : entry.edges) {
            edges.push_back(Edge{edge.first.first, edge.first.second,
                                 space_.simplify(edge.second, entry.where)});
        }
    }

    void fill() {
        MarkerId region = catalog_.region();
        for (const auto& known : entries_) {
            Package package{known.first.name,
                            known.first.version,
                            known.first.source,
                            known.first.place,
                            known.second.where,
                            space_.simplify(known.second.where, region),
                            {},
                            {}};
            for (const auto& extra : known.second.extras) {
                package.extras.push_back(
                    ActiveExtra{extra.first, space_.simplify(extra.second, known.second.where)});
            }
            fill_edges(known.second, package.dependencies);
            solution_.packages.push_back(std::move(package));
        }
        fill_edges(root_, solution_.root);
    }

    void prove_disjoint() {
        for (size_t i = 0; i < solution_.packages.size(); ++i) {
            for (size_t j = i + 1; j < solution_.packages.size() &&
                                   solution_.packages[j].name == solution_.packages[i].name;
                 ++j) {
                check(
                    space_.are_disjoint(solution_.packages[i].where, solution_.packages[j].where));
            }
        }
    }

    const std::vector<Answer>& answers_;
    Catalog& catalog_;
    pep::MarkerSpace& space_;
    std::map<Key, Entry> entries_;
    Entry root_;
    Solution solution_;
};

} // namespace

Result<Solution> build_graph(const std::vector<Answer>& answers, Catalog& catalog) {
    return GraphBuilder(answers, catalog).build();
}

} // namespace pawl::resolve
