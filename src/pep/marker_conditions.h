#pragma once
// Single conditions as text: sets of texts and sets of versions. Private to the room.

#include <optional>
#include <string>
#include <vector>

#include "pep/marker.h"
#include "pep/marker_atoms.h"
#include "pep/marker_diagram.h"

namespace pawl::pep {

/// "subject is one of these texts", with `in` where the texts are all parts of one.
Marker texts_marker(MarkerVariable subject, std::vector<std::string> texts);
/// The opposite.
Marker other_texts_marker(MarkerVariable subject, std::vector<std::string> texts);

/// Which of the places between cuts are admitted (one more place than cuts).
struct PlacesCondition {
    MarkerVariable subject;
    const std::vector<uint32_t>& cuts;
    const std::vector<unsigned char>& places;
    /// Take the nearest thing that can be said.
    bool is_approximate = false;
};
/// Nothing where no comparison says it exactly: what is no version is in no set and in no
/// complement of one, and there is no "not".
std::optional<Marker> places_marker(MarkerDiagram& diagram, MarkerAtoms& atoms,
                                    const PlacesCondition& condition);

} // namespace pawl::pep
