#pragma once
// From diagrams back to text that people read. Private to the room. For one thread at a time.
//
// A diagram's paths to "always" are a list of alternatives, each a list of conditions: correct, but
// long and full of what the diagram's order of questions brought in. The writer makes the list
// minimal: it drops every condition without which the alternative still implies the marker, widens
// the others to their shortest form, and drops alternatives that the rest implies. These checks are
// diagram operations, so they know of platforms and of parts of texts all that the diagrams know.
// The same is done for the negation, whose alternatives are clauses of the marker; conditions that
// all alternatives share are written once; the shorter text wins.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pep/marker.h"
#include "pep/marker_atoms.h"
#include "pep/marker_diagram.h"

namespace pawl::pep {

class MarkerWriter {
  public:
    MarkerWriter(MarkerDiagram& diagram, MarkerAtoms& atoms) : diagram_(diagram), atoms_(atoms) {}

    /// Of a ref that is no constant.
    Marker write(MarkerRef ref);

  private:
    /// Which of a variable's places (texts, intervals, no and yes) a condition admits.
    using Places = std::vector<unsigned char>;
    struct Condition {
        size_t variable; // in variables_
        Places places;
        bool operator==(const Condition&) const = default;
    };
    using Alternative = std::vector<Condition>; // ascending variables
    struct Asked {
        VariableId id;
        std::vector<uint32_t> labels; // all that occur below the marker's root
        size_t place_count() const { return labels.size() + (is_question ? 2 : 1); }
        bool is_question;
    };
    enum class Exactness : unsigned char { exact, approximate };

    void collect(MarkerRef root);
    bool find_paths(MarkerRef ref, Alternative& path, std::vector<Alternative>& out);
    void minimize(MarkerRef whole, std::vector<Alternative>& alternatives);
    void drop_conditions(MarkerRef whole, Alternative& alternative);
    void widen_conditions(MarkerRef whole, Alternative& alternative);
    void merge_alike(std::vector<Alternative>& alternatives);
    void drop_implied(std::vector<Alternative>& alternatives);
    Places widest(MarkerRef whole, const Alternative& alternative, size_t at);
    Places places_in(MarkerRef ref, size_t variable);
    std::vector<Places> shapes(const Asked& asked, const Places& least, const Places& most);

    MarkerRef ref_of(const Condition& condition);
    MarkerRef ref_of(const Alternative& alternative);
    size_t cost_of(const Condition& condition);
    const std::optional<Marker>& marker_of(const Condition& condition);
    std::optional<Marker> write_condition(const Condition& condition);
    std::optional<Marker> questions_marker(const Condition& condition);
    std::optional<Marker> write_form(MarkerRef ref, Marker::Kind outer);
    std::optional<Marker> join(std::vector<Alternative> alternatives, Marker::Kind outer);
    Marker write_nested(MarkerRef ref, size_t& budget);

    MarkerDiagram& diagram_;
    MarkerAtoms& atoms_;
    std::vector<Asked> variables_;
    Exactness exactness_ = Exactness::exact;
    std::map<std::pair<size_t, Places>, std::optional<Marker>> written_; // with this exactness
};

} // namespace pawl::pep
