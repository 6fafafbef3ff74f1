// Worlds that are large, or hard to solve.

#include <algorithm>

#include "test/scenarios/dice.h"
#include "test/scenarios/random_world.h"

namespace pawl::scenarios {

World backtracking_world(uint32_t chain, uint32_t versions) {
    World world;
    world.requires_python = ">=3.9";
    auto name = [](uint32_t i) { return "p" + std::to_string(i); };
    for (uint32_t i = 0; i < chain; ++i) {
        for (uint32_t v = 1; v <= versions; ++v) {
            WorldRelease& release = world.release(name(i), std::to_string(v) + ".0");
            if (i + 1 < chain) {
                release.needs.push_back(name(i + 1) + "<=" + std::to_string(v) + ".0");
            } else {
                release.needs.push_back("end==" + std::to_string(v) + ".0");
            }
        }
    }
    for (uint32_t v = 1; v <= versions; ++v) {
        world.release("end", std::to_string(v) + ".0");
    }
    for (uint32_t i = 0; i < chain; ++i) {
        world.require.push_back(name(i));
    }
    world.require.push_back("end==1.0");
    return world;
}

World tangled_world(uint64_t seed, const Tangle& tangle) {
    uint32_t projects = tangle.projects;
    uint32_t versions = tangle.versions;
    World world;
    Dice dice(seed);
    if (tangle.universal) {
        world.requires_python = ">=3.9";
    } else {
        world.environment = environment_named("linux", "3.11");
    }
    auto name = [](size_t i) { return "t" + std::to_string(i); };
    for (uint32_t i = 0; i < projects; ++i) {
        for (uint32_t v = 1; v <= versions; ++v) {
            WorldRelease& release = world.release(name(i), std::to_string(v) + ".0");
            size_t needs = 1 + dice.below(tangle.needs_max);
            for (size_t n = 0; n < needs; ++n) {
                size_t target = dice.below(projects);
                if (target == i) {
                    continue;
                }
                size_t low = 1 + dice.below(versions);
                size_t high = std::min<size_t>(versions, low + dice.below(tangle.window_max));
                std::string need = name(target) + ">=" + std::to_string(low) +
                                   ".0,<=" + std::to_string(high) + ".0";
                if (dice.chance(20)) {
                    need += dice.one_of({" ; sys_platform == 'win32'", " ; python_version < '3.11'",
                                         " ; sys_platform == 'darwin'"});
                }
                release.needs.push_back(need);
            }
        }
    }
    for (uint32_t i = 0; i < 4 && i < projects; ++i) {
        world.require.push_back(name(i));
    }
    return world;
}

World layered_world(uint32_t count) {
    World world;
    world.requires_python = ">=3.9";
    Dice dice(count);
    auto name = [](size_t i) { return "project-" + std::to_string(i); };
    for (uint32_t i = 0; i < count; ++i) {
        for (uint32_t v = 1; v <= 10; ++v) {
            WorldRelease& release = world.release(name(i), std::to_string(v) + ".0");
            for (int n = 0; n < 4 && i + 1 < count; ++n) {
                size_t target = i + 1 + dice.below(std::min<size_t>(40, count - i - 1));
                std::string need = name(target) + ">=" + std::to_string(1 + dice.below(8)) + ".0";
                if (dice.chance(20)) {
                    need += " ; sys_platform == 'win32'";
                }
                release.needs.push_back(need);
            }
        }
        if (i % 20 == 0) {
            world.require.push_back(name(i));
        }
    }
    return world;
}

} // namespace pawl::scenarios
