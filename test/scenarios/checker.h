#pragma once
// The judge, which knows nothing of the resolver: it walks an answer in every environment that the
// world's markers and tags can tell apart, and finds by trying everything whether there is an
// answer at all. What texts mean it has from plain_marker.h, which shares nothing with src/pep.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "test/scenarios/plain_marker.h"
#include "test/scenarios/world.h"

namespace pawl::scenarios {

/// What a lock says of one entry, as text.
struct WrittenEntry {
    std::string name, version, source, marker;
};

class Judge {
  public:
    /// `wide`: for a world written by hand, whose markers may name anything: more Pythons, and all
    /// machines. Otherwise just what random worlds can tell apart.
    explicit Judge(const World& world, bool wide = false);
    ~Judge();
    Judge(const Judge&) = delete;
    Judge& operator=(const Judge&) = delete;

    /// Those that the world's problem covers.
    size_t point_count() const;

    struct Opinion {
        /// Whether there is an answer in which every release has a file wherever it is chosen: then
        /// the resolver must find one. Nothing when trying takes too long.
        std::optional<bool> strictly = true;
        /// … in which it has one somewhere, and somewhere in each required environment: when there
        /// is none, the resolver must say so.
        std::optional<bool> loosely = true;
        std::string where; ///< the first point without an answer
    };
    Opinion opinion() const;

    /// What is wrong with an answer somewhere: a requirement not met, two releases of one project,
    /// a release that cannot be used, one that nobody needs. "" when nothing is.
    std::string fault(const std::vector<WrittenEntry>& answer) const;
    /// Whether lock/satisfaction.h, which judges locks for users, thinks the same of these entries
    /// at every point: "" or where it does not.
    std::string second_opinion(const std::vector<WrittenEntry>& answer) const;

    struct Rules; ///< judge_rules.h

  private:
    std::string file_fault(const WrittenEntry& written, size_t number,
                           const PlainMarker& marker) const;

    class Walk;
    class Search;
    std::unique_ptr<Rules> rules_;
};

} // namespace pawl::scenarios
