#include "resolve/graph.h"

#include <algorithm>
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
    std::vector<const Choice*> choices; // by project

    const Choice*& at(ProjectId project) {
        if (index_of(project) >= choices.size()) {
            choices.resize(index_of(project) + 1, nullptr);
        }
        return choices[index_of(project)];
    }
};

bool agrees(Group& group, const Answer& answer, const Catalog& catalog) {
    for (const Choice& choice : answer.choices) {
        const Choice* other = group.at(catalog.at(choice.node).project);
        if (other != nullptr && !is_same_release(*other, choice, catalog)) {
            return false;
        }
    }
    return true;
}

} // namespace

std::vector<MarkerId> merge_regions(const std::vector<Answer>& answers, Catalog& catalog) {
    std::vector<Group> groups;
    for (const Answer& answer : answers) {
        auto found = std::find_if(groups.begin(), groups.end(),
                                  [&](Group& group) { return agrees(group, answer, catalog); });
        if (found == groups.end()) {
            groups.emplace_back();
            found = groups.end() - 1;
        }
        found->region = catalog.space().either(found->region, answer.region);
        for (const Choice& choice : answer.choices) {
            found->at(catalog.at(choice.node).project) = &choice;
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
        : answers_(answers), catalog_(catalog), space_(catalog.space()) {
        of_project_.resize(catalog.project_count());
        of_node_.resize(catalog.node_count(), 0);
    }

    Result<Solution> build() {
        entries_.emplace_back(); // the root
        for (const Answer& answer : answers_) {
            collect_entries(answer);
            TRY(collect_edges(answer));
        }
        sort();
        fill();
        prove_disjoint();
        return std::move(solution_);
    }

  private:
    struct Arrow {
        uint32_t target;
        const std::vector<pep::Name>* extras;
        MarkerId where;
    };
    struct Entry {
        const Choice* choice = nullptr;
        uint32_t rank = 0; // in the answer
        MarkerId where = MarkerId::never;
        std::vector<std::pair<ExtraId, MarkerId>> extras;
        std::vector<Arrow> arrows;
    };

    void grow(MarkerId& marker, MarkerId by) {
        marker = marker == MarkerId::never ? by : space_.either(marker, by);
    }

    uint32_t entry_of(const Choice& choice) {
        if (choice.node == NodeId::root) {
            return 0;
        }
        std::vector<uint32_t>& known = of_project_[index_of(catalog_.at(choice.node).project)];
        for (uint32_t i : known) {
            if (is_same_release(*entries_[i].choice, choice, catalog_)) {
                return i;
            }
        }
        known.push_back(static_cast<uint32_t>(entries_.size()));
        entries_.emplace_back();
        entries_.back().choice = &choice;
        return known.back();
    }

    void collect_entries(const Answer& answer) {
        for (const Choice& choice : answer.choices) {
            uint32_t index = entry_of(choice);
            of_node_[index_of(choice.node)] = index;
            Entry& entry = entries_[index];
            ExtraId extra = catalog_.at(choice.node).extra;
            if (extra == ExtraId::none) {
                grow(entry.where, choice.where);
                continue;
            }
            auto at = std::find_if(entry.extras.begin(), entry.extras.end(),
                                   [&](const auto& known) { return known.first == extra; });
            if (at == entry.extras.end()) {
                at = entry.extras.emplace(at, extra, MarkerId::never);
            }
            grow(at->second, choice.where);
        }
    }

    Result<void> collect_edges(const Answer& answer) {
        for (const Choice& choice : answer.choices) {
            PreparedRelease* prepared =
                TRY(catalog_.prepare(choice.domain, choice.release, choice.node));
            note_missing_extra(choice, *prepared);
            Entry& entry = entries_[of_node_[index_of(choice.node)]];
            for (const PreparedEdge& edge : prepared->edges) {
                MarkerId where = space_.both(edge.marker, choice.where);
                if (where != MarkerId::never) {
                    add_arrow(entry, of_node_[index_of(edge.target)], edge, where);
                }
            }
        }
        return {};
    }

    void add_arrow(Entry& entry, uint32_t target, const PreparedEdge& edge, MarkerId where) {
        check(target != 0); // what is active needs something that is there
        const std::vector<pep::Name>* extras = &edge.dependency->extras;
        for (Arrow& arrow : entry.arrows) {
            if (arrow.target == target && *arrow.extras == *extras) {
                grow(arrow.where, where);
                return;
            }
        }
        entry.arrows.push_back(Arrow{target, extras, where});
    }

    void note_missing_extra(const Choice& choice, const PreparedRelease& prepared) {
        if (!prepared.lacks_extra) {
            return;
        }
        const Node& node = catalog_.at(choice.node);
        std::string text = catalog_.name(node.project).str() + " " +
                           slot_of(choice, catalog_).release->version.str() + " has no extra " +
                           catalog_.extra(node.extra).str();
        std::vector<std::string>& known = solution_.warnings;
        if (std::find(known.begin(), known.end(), text) == known.end()) {
            known.push_back(std::move(text));
        }
    }

    const std::string& name(const Entry& entry) const {
        return catalog_.name(catalog_.at(entry.choice->node).project).str();
    }

    void sort() {
        for (uint32_t i = 1; i < entries_.size(); ++i) {
            order_.push_back(i);
        }
        std::sort(order_.begin(), order_.end(), [this](uint32_t a, uint32_t b) {
            const Choice& of_a = *entries_[a].choice;
            const Choice& of_b = *entries_[b].choice;
            int names = name(entries_[a]).compare(name(entries_[b]));
            if (names != 0) {
                return names < 0;
            }
            const Domain::Slot& slot_a = slot_of(of_a, catalog_);
            const Domain::Slot& slot_b = slot_of(of_b, catalog_);
            return std::tie(slot_a.release->version, source_of(of_a, catalog_), slot_a.place) <
                   std::tie(slot_b.release->version, source_of(of_b, catalog_), slot_b.place);
        });
        for (uint32_t rank = 0; rank < order_.size(); ++rank) {
            entries_[order_[rank]].rank = rank;
        }
    }

    std::vector<Edge> edges_of(const Entry& entry) {
        std::vector<Edge> edges;
        edges.reserve(entry.arrows.size());
        for (const Arrow& arrow : entry.arrows) {
            edges.push_back(Edge{entries_[arrow.target].rank, *arrow.extras,
                                 space_.simplify(arrow.where, entry.where)});
        }
        std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) {
            return std::tie(a.target, a.extras) < std::tie(b.target, b.extras);
        });
        return edges;
    }

    void fill() {
        solution_.packages.reserve(order_.size());
        for (uint32_t index : order_) {
            Entry& entry = entries_[index];
            const Domain::Slot& slot = slot_of(*entry.choice, catalog_);
            Package package{catalog_.name(catalog_.at(entry.choice->node).project),
                            slot.release->version,
                            source_of(*entry.choice, catalog_),
                            slot.place,
                            entry.where,
                            space_.simplify(entry.where, catalog_.region()),
                            {},
                            edges_of(entry)};
            for (const auto& extra : entry.extras) {
                package.extras.push_back(ActiveExtra{catalog_.extra(extra.first),
                                                     space_.simplify(extra.second, entry.where)});
            }
            std::sort(package.extras.begin(), package.extras.end(),
                      [](const ActiveExtra& a, const ActiveExtra& b) { return a.extra < b.extra; });
            solution_.packages.push_back(std::move(package));
        }
        solution_.root = edges_of(entries_.front());
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
    std::vector<Entry> entries_;
    std::vector<std::vector<uint32_t>> of_project_; // entries
    std::vector<uint32_t> of_node_;                 // entries, of the answer at hand
    std::vector<uint32_t> order_;                   // entries, by name and version
    Solution solution_;
};

} // namespace

Result<Solution> build_graph(const std::vector<Answer>& answers, Catalog& catalog) {
    return GraphBuilder(answers, catalog).build();
}

} // namespace pawl::resolve
