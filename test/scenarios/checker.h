#pragma once
// Two judges that know nothing of the resolver: one walks an answer in concrete environments, one
// finds by trying everything whether there is an answer at all. What a requirement means they have
// from lock/satisfaction.h, which judges locks for users, too.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lock/satisfaction.h"
#include "test/scenarios/world.h"

namespace pawl::scenarios {

using lock::Point;

/// A world in a form that is quick to judge: versions, requirements and markers parsed once.
class Judge {
  public:
    explicit Judge(const World& world);
    ~Judge();
    Judge(const Judge&) = delete;
    Judge& operator=(const Judge&) = delete;

    /// Whether the world's problem covers the point.
    bool covers(const Point& point) const;
    /// What is wrong with the answer there: a requirement not met, two releases of one project, a
    /// release that cannot be used, one that nobody needs. "" when nothing is.
    std::string fault(const resolve::Solution& solution, pep::MarkerSpace& space,
                      const Point& point) const;
    /// Whether any choice of releases is right there. Tries them all; nothing when there are more
    /// than a million.
    std::optional<bool> can_be_solved(const Point& point) const;

  private:
    struct Rules;
    class Search;
    std::unique_ptr<Rules> rules_;
};

/// Python minors and platforms and implementations, and two patch releases.
std::vector<Point> wide_grid();
/// Four platforms and four Pythons, without and with the extras "x" and "y".
std::vector<Point> narrow_grid(bool with_extras);

} // namespace pawl::scenarios
