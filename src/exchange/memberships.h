#pragma once
// Which entries are installed for whom: three ways of saying it, and the ways between them.
//
// A user asks for *selectors*: the project's own needs (main), extras, groups.
//   - uv.lock says with edges and roots who needs what (reach);
//   - poetry.lock, pdm.lock and Pipfile.lock list for each entry the selectors and a marker, its
//     memberships (join_memberships);
//   - PEP 751 gives each entry one marker over environments, extras and groups, in which main is
//     what holds when nothing is asked for (split_markers).
// All three are one function from environments and selectors to "installed", a decision diagram
// with one variable for each selector, main included:
//
//     active(entry) = OR over roots and over entries that need it of (active(they) AND marker)
//
// to its least fixed point. PEP 751's marker is its cofactor where main holds. A membership is its
// cofactor where one selector holds and others do not, except those that only take away
// (`"a" not in extras`, where extras conflict): these stay in the membership's marker.
//
// Every reader calls one of the three last, so a Document has memberships *and* markers, and
// `extras` of every entry.

#include <span>

#include "base/result.h"
#include "exchange/document.h"

namespace pawl::exchange {

/// What is asked for first of all.
struct RootEdge {
    Selector selector;
    Edge edge;
};

/// By the graph. An entry's own marker, where it has one, bounds it: what tells the versions of one
/// project apart when edges do not. Entries that nothing leads to go, with a warning. Kind::input
/// for markers beyond all bounds.
Result<> reach(Document& document, std::span<const RootEdge> roots);
/// The same from a project's own requirements.
Result<> reach(Document& document, std::span<const Root> roots);

/// Markers out of memberships; the lists of extras and groups of the lock, too. Entries without
/// memberships are installed for nobody and go.
Result<> join_memberships(Document& document);

/// Memberships out of PEP 751's markers. The groups that only stand for main (pdm and others write
/// "default") are those of `default-groups` that the project does not know; without a project
/// "default" and "main".
Result<> split_markers(Document& document);

/// Of one marker in PEP 751's words, by itself.
std::vector<Membership> split_marker(const std::optional<pep::Marker>& marker);

/// Fills in `extras` of entries from roots and edges, where a source lists memberships itself.
void find_asked_extras(Document& document);

/// Finds out by the graph what PEP 751's markers could not say, where all edges are known: which
/// extras and groups need what the project needs anyway. An entry's marker never changes.
Result<> refine_memberships(Document& document, std::span<const Root> roots);

/// An error when two entries of one project are installed for one selector in one environment.
Result<> check_unambiguous(const Document& document);

/// The selectors that occur: main first, then extras, then groups.
std::vector<Selector> selectors_of(const Document& document);

} // namespace pawl::exchange
