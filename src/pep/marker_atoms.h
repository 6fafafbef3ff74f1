#pragma once
// From comparisons to diagrams: what each comparison means exactly, and what is known of platforms.
// Private to the room. For one thread at a time.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pep/marker.h"
#include "pep/marker_diagram.h"
#include "pep/version_set.h"

namespace pawl::pep {

/// What sys.platform decides.
struct KnownPlatform {
    std::string_view sys_platform, os_name;
    std::string_view platform_system; ///< empty: not decided
};
std::span<const KnownPlatform> known_platforms();

/// Each part of a text once, sorted, the empty one among them.
std::vector<std::string_view> parts_of(std::string_view text);

class MarkerAtoms {
  public:
    explicit MarkerAtoms(MarkerDiagram& diagram) : diagram_(diagram) {}

    /// What the specification does not define (where evaluating is an error): "~=" and "===" of
    /// plain strings are "==", the rest never holds.
    MarkerRef comparison(const Marker::Comparison& comparison);
    /// The subject's text is one of these (or none of these).
    MarkerRef texts(MarkerVariable subject, std::vector<uint32_t> text_ids, bool is_one_of);
    /// A question answered yes.
    MarkerRef holds(const Marker::Comparison& comparison);
    /// python_full_version is in the set. Posts and locals of a Python count as itself.
    MarkerRef pythons(const VersionSet& set);
    /// The same for a variable whose text may be no version (then it is in no set).
    MarkerRef versions(MarkerVariable subject, const VersionSet& set);
    /// python_version is in the set: each X.Y stands for all of its Pythons.
    static VersionSet from_short_pythons(const VersionSet& set);
    /// Prereleases, posts and locals count as their release.
    static VersionSet by_release(const VersionSet& set);

  private:
    MarkerRef text_comparison(const Marker::Comparison& comparison);
    MarkerRef part_comparison(const Marker::Comparison& comparison);
    MarkerRef release_comparison(const Marker::Comparison& comparison);
    MarkerRef python_comparison(const Marker::Comparison& comparison);
    MarkerRef short_python_comparison(const Marker::Comparison& comparison);
    MarkerRef set_comparison(const Marker::Comparison& comparison);
    MarkerRef with_platforms(MarkerVariable subject, MarkerRef unknown,
                             const std::function<bool(std::string_view)>& holds_for);

    MarkerDiagram& diagram_;
    std::map<std::string, MarkerRef> known_; // by the comparison's text
};

} // namespace pawl::pep
