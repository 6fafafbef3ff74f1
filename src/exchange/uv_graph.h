#pragma once
// A document as uv's graph: edges that lead to entries, each with the marker that tells the entries
// of one project apart.
//
// Edges of a source that knows specifiers may lead to several entries of one project; each gets the
// part of the marker in which that entry is installed. What the edges do not reach although the
// source installs it (a source without edges, above all) becomes an edge of the project itself: the
// lock then installs the same set, if with less to see in it.

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "exchange/document.h"

namespace pawl::exchange {

struct UvEdge {
    uint32_t target = 0; ///< an entry
    std::vector<pep::Name> extras;
    std::optional<pep::Marker> marker;
};

struct UvGraph {
    /// Of each entry, by its extra; "" is what it always needs.
    std::vector<std::map<std::string, std::vector<UvEdge>>> entries;
    /// Of the project.
    std::map<Selector, std::vector<UvEdge>> roots;
    /// Entries that became edges of the project for want of others.
    std::vector<uint32_t> attached;
};

Result<UvGraph> uv_graph(const Document& document, const std::vector<Root>& roots);

} // namespace pawl::exchange
