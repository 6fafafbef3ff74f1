#include "exchange/uv_graph.h"

#include <algorithm>

#include "exchange/graph.h"

namespace pawl::exchange {

namespace {

using pep::MarkerId;
using pep::MarkerSpace;

class GraphBuilder {
  public:
    explicit GraphBuilder(const Document& document)
        : document_(document), index_(document), given_(given_of(space_, document)) {
        for (const Facts& facts : document.facts) {
            MarkerId any = MarkerId::never;
            for (const Membership& one : facts.memberships) {
                any = space_.either(any, id_of(space_, one.marker));
            }
            active_.push_back(any);
        }
    }

    Result<UvGraph> build(const std::vector<Root>& roots) {
        graph_.entries.resize(document_.facts.size());
        for (const Root& root : roots) {
            add_root(root);
        }
        for (uint32_t i = 0; i < document_.facts.size(); ++i) {
            for (const Edge& edge : document_.facts[i].edges) {
                add_edge(i, edge);
            }
        }
        attach_unreached();
        if (space_.is_exhausted()) {
            return fail(Error::Kind::input, "the markers are too many-sided to be told apart");
        }
        return std::move(graph_);
    }

  private:
    /// Only as much as must be said where `from` holds.
    std::optional<pep::Marker> marker_within(MarkerId marker, MarkerId from) {
        return space_.marker(space_.simplify(marker, space_.both(from, given_)));
    }

    bool is_possible(MarkerId marker, MarkerId from) {
        return !space_.are_disjoint(marker, space_.both(from, given_));
    }

    static void put(std::vector<UvEdge>& edges, UvEdge edge) {
        auto same = std::ranges::find_if(edges, [&edge](const UvEdge& one) {
            return one.target == edge.target && one.extras == edge.extras &&
                   one.marker == edge.marker;
        });
        if (same == edges.end()) {
            edges.push_back(std::move(edge));
        }
    }

    void add_root(const Root& root) {
        for (const Edge& edge : Edge::from(root.requirement)) {
            for (uint32_t target : index_.targets(edge)) {
                const std::vector<Membership>& of = document_.facts[target].memberships;
                auto membership = std::ranges::find(of, root.selector, &Membership::selector);
                if (membership == of.end()) {
                    continue;
                }
                MarkerId where =
                    space_.both(id_of(space_, edge.marker), id_of(space_, membership->marker));
                if (is_possible(where, MarkerId::always)) {
                    put(graph_.roots[root.selector],
                        {target, edge.extras, marker_within(where, MarkerId::always)});
                }
            }
        }
    }

    void add_edge(uint32_t from, const Edge& edge) {
        const std::vector<pep::Name>& extras = document_.facts[from].extras;
        bool is_asked_for =
            edge.extra.empty() || std::ranges::any_of(extras, [&edge](const pep::Name& one) {
                return one.str() == edge.extra;
            });
        if (!is_asked_for) {
            return;
        }
        for (uint32_t target : index_.targets(edge)) {
            MarkerId where = space_.both(id_of(space_, edge.marker), active_[target]);
            if (is_possible(where, active_[from])) {
                put(graph_.entries[from][edge.extra],
                    {target, edge.extras, marker_within(where, active_[from])});
            }
        }
    }

    /// The graph so far as a document, for the walk.
    Document resolved() const {
        Document copy;
        copy.lock.packages = document_.lock.packages;
        copy.facts.resize(document_.facts.size());
        for (size_t i = 0; i < copy.facts.size(); ++i) {
            // Ids for names: whichever entry of a name an edge means, it is found again.
            copy.lock.packages[i].name = id_name(i);
            for (const auto& [extra, edges] : graph_.entries[i]) {
                for (const UvEdge& edge : edges) {
                    copy.facts[i].edges.push_back(edge_to(edge, extra));
                }
            }
        }
        return copy;
    }

    static pep::Name id_name(size_t entry) { return pep::Name::of("e" + std::to_string(entry)); }
    static Edge edge_to(const UvEdge& edge, const std::string& extra) {
        return {.name = id_name(edge.target),
                .extras = edge.extras,
                .specifiers = {},
                .url = {},
                .marker = edge.marker,
                .extra = extra,
                .version = {}};
    }

    void attach_unreached() {
        Document copy = resolved();
        Selectors selectors(space_, selectors_of(document_));
        Walk walk(copy, space_, Walk::Bounds::none);
        for (const auto& [selector, edges] : graph_.roots) {
            for (const UvEdge& edge : edges) {
                if (std::ranges::binary_search(selectors.all(), selector)) {
                    walk.add_root(edge_to(edge, ""), selectors.variable(selector));
                }
            }
        }
        walk.run();
        for (uint32_t i = 0; i < document_.facts.size(); ++i) {
            bool is_attached = false;
            for (const Membership& one : document_.facts[i].memberships) {
                auto at = std::ranges::lower_bound(selectors.all(), one.selector);
                MarkerId reached = selectors.alone(
                    walk.active(i), static_cast<size_t>(at - selectors.all().begin()));
                MarkerId lacking = space_.minus(id_of(space_, one.marker), reached);
                if (!is_possible(lacking, MarkerId::always)) {
                    continue;
                }
                is_attached = true;
                put(graph_.roots[one.selector],
                    {i, document_.facts[i].extras, marker_within(lacking, MarkerId::always)});
            }
            if (is_attached) {
                graph_.attached.push_back(i);
            }
        }
    }

    const Document& document_;
    MarkerSpace space_;
    EntryIndex index_;
    MarkerId given_;
    std::vector<MarkerId> active_;
    UvGraph graph_;
};

} // namespace

Result<UvGraph> uv_graph(const Document& document, const std::vector<Root>& roots) {
    return GraphBuilder(document).build(roots);
}

} // namespace pawl::exchange
