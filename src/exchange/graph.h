#pragma once
// The walk over a document's graph that finds out what is installed for whom; memberships.h has the
// idea. Private to the room.

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/document.h"
#include "exchange/memberships.h"
#include "pep/marker_space.h"

namespace pawl::exchange {

/// The variable of a selector. main has none in PEP 751; it borrows metadata's `extra`, which no
/// lock's marker can mention.
pep::Marker variable_of(const Selector& selector);

inline pep::MarkerId id_of(pep::MarkerSpace& space, const std::optional<pep::Marker>& marker) {
    return marker ? space.from(*marker) : pep::MarkerId::always;
}

/// What no marker of the document need repeat: the Pythons of the lock, and that nobody asks for
/// what conflicts.
pep::MarkerId given_of(pep::MarkerSpace& space, const Document& document);

/// Selectors as variables of one space.
class Selectors {
  public:
    /// Sorted, main first.
    Selectors(pep::MarkerSpace& space, std::vector<Selector> selectors);

    pep::MarkerId variable(const Selector& selector) const;
    /// The diagram where the variable is known. For one literal, simplifying is exactly that.
    pep::MarkerId when(pep::MarkerId whole, pep::MarkerId variable) {
        return space_.simplify(whole, variable);
    }
    /// What is left when nothing more is asked for: selectors that only take away stay open.
    pep::MarkerId with_nothing_more(pep::MarkerId whole);
    /// Where it holds when this is asked for and nothing else; never, where it adds nothing.
    pep::MarkerId alone(pep::MarkerId active, size_t selector);
    const std::vector<Selector>& all() const { return selectors_; }

  private:
    pep::MarkerSpace& space_;
    std::vector<Selector> selectors_;
    std::vector<pep::MarkerId> variables_;
};

/// Where each entry is active, to the least fixed point.
class Walk {
  public:
    enum class Bounds : unsigned char { none, markers };
    /// Entries are bounded by their own markers, or not. The document's entries and edges stay.
    Walk(const Document& document, pep::MarkerSpace& space, Bounds bounds);

    void add_root(const Edge& edge, pep::MarkerId selected) { follow(prepared(edge), selected); }
    /// Until nothing changes any more, which is soon: a diagram only ever grows.
    void run();

    pep::MarkerId active(size_t entry) const { return active_[entry]; }
    std::vector<pep::Name> extras(size_t entry) const;

  private:
    struct PreparedEdge {
        pep::MarkerId marker = pep::MarkerId::always;
        std::string_view extra; ///< of the entry
        const std::vector<pep::Name>* extras = nullptr;
        std::vector<uint32_t> targets;
    };

    PreparedEdge prepared(const Edge& edge);
    void follow(const PreparedEdge& edge, pep::MarkerId by);
    bool widen(pep::MarkerId& where, pep::MarkerId by);

    pep::MarkerSpace& space_;
    EntryIndex index_;
    std::vector<pep::MarkerId> bounds_;
    std::vector<pep::MarkerId> active_;
    std::vector<std::map<std::string, pep::MarkerId, std::less<>>> with_extra_;
    std::vector<std::vector<PreparedEdge>> edges_;
    std::deque<uint32_t> waiting_;
    std::set<uint32_t> is_waiting_;
};

} // namespace pawl::exchange
