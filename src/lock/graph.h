#pragma once
// A lock as a graph: which entries need which, and which were asked for.
//
// `dependencies` says which entry points at which; it is optional, and many tools leave it out.
// What was asked for no standard key says: the caller may know it (a lock of ours records it), else
// an entry that no other needs is taken for asked for. Cycles are normal.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lock/model.h"
#include "pep/marker_space.h"
#include "pep/requirement.h"

namespace pawl::lock {

/// What an entry was asked for by.
struct Root {
    enum class Kind : unsigned char { main, extra, group };
    Kind kind = Kind::main;
    std::string name; ///< of the extra or group
    std::string
        requirement; ///< without the marker's part that says extra or group; "" when unknown
    std::vector<uint32_t> entries; ///< that answer it; ascending
};

class Graph {
  public:
    /// `asked` is what the lock was made from, with PEP 751's markers; empty when nobody knows.
    /// `left_out` as for overlaps(). Kind::input for markers that are too hard to judge.
    static Result<Graph> of(const Lock& lock, std::span<const pep::Requirement> asked,
                            std::span<const pep::Marker> left_out = {});

    /// Whether any entry says what it needs.
    bool has_dependencies() const { return has_dependencies_; }
    /// Whether the roots are what was asked for, and no guess.
    bool knows_roots() const { return knows_roots_; }
    const std::vector<uint32_t>& needs(uint32_t entry) const { return needs_[entry]; }
    const std::vector<uint32_t>& needed_by(uint32_t entry) const { return needed_by_[entry]; }
    /// Those of the project itself, then by extra, then by group; each in the order of its text.
    const std::vector<Root>& roots() const { return roots_; }
    /// The marker of an entry of the lock, for its place below another (or at the top): what is not
    /// said there already. "" for none.
    std::string marker_below(uint32_t entry, const uint32_t* parent);

  private:
    Graph(const Lock& lock, std::span<const pep::Marker> left_out);
    void connect();
    void add_asked(std::span<const pep::Requirement> asked);
    void guess_roots();
    /// Adds the root to whom it is for: the project, or each extra and group that brings it.
    void add_root(pep::MarkerId where, const std::string& requirement,
                  const std::vector<uint32_t>& entries);

    const Lock* lock_;
    std::unique_ptr<pep::MarkerSpace> space_;
    pep::MarkerId region_ = pep::MarkerId::always;
    std::vector<pep::MarkerId> where_; // of each entry, within the lock's region
    std::vector<std::vector<uint32_t>> needs_, needed_by_;
    std::vector<Root> roots_;
    bool has_dependencies_ = false;
    bool knows_roots_ = false;
};

/// "six 1.16.0", "six" for a source tree, with where that is from.
std::string entry_title(const Package& package);

} // namespace pawl::lock
