#pragma once
// What is asked of the resolver: requirements, the region they must hold in, and the options.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pep/marker_space.h"
#include "pep/name.h"
#include "pep/requirement.h"
#include "pep/version.h"
#include "pep/version_set.h"

namespace pawl::resolve {

/// A requirement as the solver reads it. `marker` may mention `extra` (metadata's variable): the
/// edge then belongs to that extra; `extras`/`dependency_groups` (PEP 751) are ordinary variables.
struct Dependency {
    pep::Name name;
    std::vector<pep::Name> extras; ///< sorted, each once
    pep::VersionSet versions = pep::VersionSet::all();
    pep::MarkerId marker = pep::MarkerId::always;
    /// "": wherever the project is usually found. Otherwise the one place it must come from: a URL,
    /// a path, a VCS address, "index:NAME". Passed on to Provider::releases as it stands.
    std::string source;
    std::string text;              ///< as the user or the metadata wrote it, for messages
    bool names_prerelease = false; ///< see pep::Specifiers::names_prerelease
    bool is_exact = false;         ///< one "==" or "===" clause without a wildcard, or a source
    /// Of "===": the version must be spelt so, which `versions` cannot say.
    std::vector<std::string> spellings = {};
    std::vector<std::string> marker_extras = {}; ///< normal names that `marker` compares `extra` to

    static Dependency from(const pep::Requirement& requirement, pep::MarkerSpace& space);
};

/// A requirement of the root.
struct RootRequirement {
    Dependency dependency;
    std::string origin; ///< where it stands: "script.py:3", "requirements.in:7"; may be ""
};

/// A version that is taken when it fits: from a lock, from what is installed.
struct Preference {
    pep::Name name;
    pep::Version version;
    std::string source;            ///< as in Dependency
    bool is_of_any_source = false; ///< nobody knows it any more
    /// Where it was chosen; preferences whose marker meets the region come first.
    pep::MarkerId marker = pep::MarkerId::always;

    bool fits(std::string_view other) const { return is_of_any_source || source == other; }
};

enum class Strategy : unsigned char {
    highest,
    lowest,
    lowest_direct, ///< lowest for what the root asks for, highest for the rest
};

enum class PrereleaseMode : unsigned char {
    if_necessary, ///< only when every final release in the range has been rejected
    allow,
    disallow,
    explicit_only, ///< only for projects whose root requirement names a prerelease
};

/// What to do with a release that supports only part of a region (Requires-Python, wheels).
enum class ForkStrategy : unsigned char {
    newest, ///< split the region, so that each part has the newest release it can have
    fewest, ///< pass such releases over, so that there are as few versions of a project as possible
};

/// What the solver is doing, for a progress line. The view is good during the call only.
struct Progress {
    uint64_t decisions = 0;
    uint64_t conflicts = 0;
    uint32_t regions_done = 0;
    uint32_t regions_open = 0;
    std::string_view project; ///< the one being decided; "" between regions
};

struct Options {
    Strategy strategy = Strategy::highest;
    PrereleaseMode prereleases = PrereleaseMode::if_necessary;
    std::map<pep::Name, PrereleaseMode> prereleases_of; ///< wins over `prereleases`
    ForkStrategy forks = ForkStrategy::newest;
    /// Decisions and conflicts together, over all regions; then the resolution gives up, saying so.
    uint64_t steps_max = 20'000'000;
    uint32_t regions_max = 4096;
    /// Called now and then (every few hundred steps); returning false stops the resolution.
    std::function<bool(const Progress&)> on_progress;
};

struct Problem {
    std::vector<RootRequirement> requirements;
    /// They narrow what is required by somebody, and require nothing themselves.
    std::vector<RootRequirement> constraints;
    /// They replace every requirement on their project, whatever its marker said.
    std::vector<RootRequirement> overrides;
    std::vector<pep::Name> excludes; ///< requirements on these are dropped

    /// Where the answer must hold. Projects' extras and groups that exclude each other
    /// (declared conflicts) are cut out of it by the caller.
    pep::MarkerId region = pep::MarkerId::always;
    /// The regions of an earlier answer, in their order; whatever they leave of `region` follows.
    std::vector<pep::MarkerId> first_split;
    /// Environments for which every wheel-only release must have a wheel.
    std::vector<pep::MarkerId> required_environments;
    std::vector<Preference> preferences;
    Options options;
};

} // namespace pawl::resolve
