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

/// The places between `cuts` that are admitted (one more than cuts). Nothing where no comparison
/// says it: what is no version is in no set, and there is no "not".
std::optional<Marker> places_marker(MarkerDiagram& diagram, MarkerAtoms& atoms,
                                    MarkerVariable subject, const std::vector<uint32_t>& cuts,
                                    const std::vector<unsigned char>& places);

} // namespace pawl::pep
