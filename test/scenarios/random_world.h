#pragma once
// Small worlds made from a seed, and the trial that each must pass.

#include <cstdint>
#include <string>

#include "test/scenarios/checker.h"
#include "test/scenarios/world.h"

namespace pawl::scenarios {

/// The same world for the same seed, everywhere: a plain one of even seeds, one with all that the
/// standards know of odd ones.
World random_world(uint64_t seed);
World rich_world(uint64_t seed);

struct Verdict {
    std::string complaint; ///< "" when the resolver did as it must
    bool solvable = false; ///< so the exhaustive search says
    bool judged = false;   ///< false: too large for it
    bool answered = false;
    size_t points = 0; ///< environments, times what can be asked for
    size_t regions = 0;
    World later; ///< of an answer: see later_world
};

/// Resolves the world; compares with the exhaustive search; walks the answer, as it would be
/// written, at every point that the world can tell apart; resolves again with the answer as
/// preferences and its regions as first split, as they are and read back from text, and wants the
/// same answer.
Verdict try_world(const World& world);

/// The world after some time (releases come and go, a requirement too), to be locked again with
/// this answer as what was locked before.
World later_world(const World& world, const resolve::Solution& solution, pep::MarkerSpace& space);

/// A world with a complaint, without all that the complaint does not need.
World shrunk(World world);

/// The answer as a lock states it.
std::vector<WrittenEntry> written(const resolve::Solution& solution, pep::MarkerSpace& space);
/// "" when locking again with this answer gives this answer.
std::string instability_of(const resolve::Solution& solution, pep::MarkerSpace& space,
                           const World& world, resolve::Problem problem);

/// A hard world: `chain` projects of `versions` releases each, where every release needs the next
/// project's releases in a window that moves, so that only deep backtracking finds the answer.
World backtracking_world(uint32_t chain, uint32_t versions);
/// A world at the edge of being solvable: every release of `projects` projects needs a few others
/// in narrow windows, some of them on some platforms only.
struct Tangle {
    uint32_t projects = 20;
    uint32_t versions = 8;
    uint32_t needs_max = 3;
    uint32_t window_max = 4; ///< releases that a need admits
    bool universal = false;
};
World tangled_world(uint64_t seed, const Tangle& tangle);
/// `count` projects in layers, each needing a few of the next layer: the size of real locks and
/// beyond.
World layered_world(uint32_t count);

} // namespace pawl::scenarios
