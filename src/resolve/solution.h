#pragma once
// The resolver's answer: a graph of releases, with cycles, each with the environments it is for.

#include <cstdint>
#include <string>
#include <vector>

#include "pep/marker_space.h"
#include "pep/name.h"
#include "pep/version.h"

namespace pawl::resolve {

/// An edge of the graph: where `marker` holds (and the package it leaves is there), the target is.
struct Edge {
    uint32_t target = 0;                          ///< index into Solution::packages
    std::vector<pep::Name> extras;                ///< of the target, asked for by this edge
    pep::MarkerId marker = pep::MarkerId::always; ///< simplest, given the package it leaves
    bool operator==(const Edge&) const = default;
};

struct ActiveExtra {
    pep::Name extra;
    pep::MarkerId marker = pep::MarkerId::always; ///< where it is asked for, simplified
    bool operator==(const ActiveExtra&) const = default;
};

/// One release in the answer. Entries of one project have disjoint markers, proven.
struct Package {
    pep::Name name;
    pep::Version version;
    std::string source;                           ///< Dependency::source; "" is the usual place
    size_t release = 0;                           ///< place in Releases::releases of (name, source)
    pep::MarkerId where = pep::MarkerId::always;  ///< exact, within the problem's region
    pep::MarkerId marker = pep::MarkerId::always; ///< the simplest that agrees with it there
    std::vector<ActiveExtra> extras;              ///< by name
    std::vector<Edge> dependencies;               ///< by target, then marker
};

struct Statistics {
    uint64_t decisions = 0;
    uint64_t conflicts = 0;
    uint32_t regions_solved = 0; ///< including those that were split again
    uint32_t restarts = 0;
};

struct Solution {
    std::vector<Package> packages; ///< by name, then version
    std::vector<Edge> root;        ///< what the root asks for
    /// What the answer is for: the problem's region without environments that no machine has.
    pep::MarkerId region = pep::MarkerId::always;
    /// The regions that have an answer of their own, merged where answers agree: simplest markers
    /// that divide `region`. To be kept as the next resolution's first_split.
    std::vector<pep::MarkerId> regions;
    std::vector<std::string> warnings; ///< "a 1.0 has no extra x"
    Statistics statistics;
};

} // namespace pawl::resolve
