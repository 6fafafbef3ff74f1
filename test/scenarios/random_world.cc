#include <algorithm>

#include "test/scenarios/dice.h"
#include "test/scenarios/random_world.h"

namespace pawl::scenarios {

namespace {

/// What a world may have in it; each drawn once a world, so that some worlds are plain.
struct Flavour {
    bool universal = false;
    bool markers = false;
    bool extras = false;
    bool root_extras = false;
    bool pythons = false;
    bool wheels = false;
    bool yanked = false;
    bool prereleases = false;
    bool sources = false;
    bool preferences = false;
    bool root_lists = false; // constraints, overrides, excludes
    size_t projects = 3;
    size_t needs_max = 2;
};

class WorldMaker {
  public:
    explicit WorldMaker(uint64_t seed) : dice_(seed) {}

    World make() {
        draw_flavour();
        draw_options();
        for (size_t i = 0; i < flavour_.projects; ++i) {
            add_project(i);
        }
        size_t roots = 1 + dice_.below(3);
        for (size_t i = 0; i < roots; ++i) {
            world_.require.push_back(requirement(true));
        }
        if (flavour_.root_lists) {
            add_root_lists();
        }
        if (flavour_.sources) {
            add_sources();
        }
        for (size_t i = 0; flavour_.preferences && i < 3; ++i) {
            world_.prefer.push_back(project(dice_.below(flavour_.projects)) + " " +
                                    std::to_string(1 + dice_.below(4)) + ".0");
        }
        return std::move(world_);
    }

  private:
    void draw_flavour() {
        flavour_.universal = dice_.chance(75);
        flavour_.markers = dice_.chance(85);
        flavour_.extras = dice_.chance(35);
        flavour_.root_extras = flavour_.universal && dice_.chance(20);
        flavour_.pythons = dice_.chance(40);
        flavour_.wheels = dice_.chance(20);
        flavour_.yanked = dice_.chance(15);
        flavour_.prereleases = dice_.chance(20);
        flavour_.root_lists = dice_.chance(25);
        flavour_.sources = dice_.chance(15);
        flavour_.preferences = dice_.chance(15);
        flavour_.projects = 2 + dice_.below(5);
        flavour_.needs_max = 1 + dice_.below(3);
    }

    void draw_options() {
        if (flavour_.universal) {
            world_.requires_python = dice_.one_of({">=3.9", ">=3.10", ">=3.9", ">=3.11"});
            if (dice_.chance(15)) {
                world_.regions.push_back("sys_platform != 'win32'");
            }
            if (flavour_.root_extras && dice_.chance(50)) {
                world_.regions = {"'x' not in extras or 'y' not in extras"};
            }
            if (flavour_.wheels) {
                world_.required_environments = {
                    "sys_platform == 'linux'", "sys_platform == 'darwin'",
                    "sys_platform == 'win32'",
                    "sys_platform != 'linux' and sys_platform != 'darwin' and "
                    "sys_platform != 'win32'"};
            }
        } else {
            world_.environment = environment_named(dice_.one_of({"linux", "macos", "windows"}),
                                                   dice_.one_of({"3.9", "3.10", "3.11", "3.12"}));
        }
        if (dice_.chance(20)) {
            world_.options.strategy = resolve::Strategy::lowest;
        } else if (dice_.chance(10)) {
            world_.options.strategy = resolve::Strategy::lowest_direct;
        }
        if (dice_.chance(25)) {
            world_.options.forks = resolve::ForkStrategy::fewest;
        }
        if (flavour_.prereleases && dice_.chance(40)) {
            world_.options.prereleases = dice_.chance(50) ? resolve::PrereleaseMode::allow
                                                          : resolve::PrereleaseMode::disallow;
        }
    }

    std::string project(size_t i) { return std::string(1, static_cast<char>('a' + i)); }

    void add_project(size_t i) {
        size_t versions = 1 + dice_.below(4);
        for (size_t v = 1; v <= versions; ++v) {
            WorldRelease& release = world_.release(project(i), std::to_string(v) + ".0");
            if (flavour_.prereleases && dice_.chance(20)) {
                release.version = std::to_string(v) + ".0a1";
            }
            if (flavour_.extras && dice_.chance(50)) {
                release.extras = {"m", "n"};
            }
            size_t needs = dice_.below(flavour_.needs_max + 1);
            for (size_t n = 0; n < needs; ++n) {
                release.needs.push_back(requirement(false));
            }
            if (flavour_.pythons && dice_.chance(30)) {
                release.requires_python = dice_.one_of({">=3.10", ">=3.11", ">=3.12", ">=3.9"});
            }
            if (flavour_.wheels && dice_.chance(35)) {
                release.has_sdist = false;
                release.wheels.push_back(
                    dice_.one_of({"py3-none-win_amd64", "py3-none-manylinux_2_17_x86_64",
                                  "py3-none-macosx_11_0_arm64"}));
                if (dice_.chance(30)) {
                    release.wheels.push_back("py3-none-manylinux_2_17_x86_64");
                }
            }
            release.is_yanked = flavour_.yanked && dice_.chance(20);
        }
    }

    std::string specifier() {
        std::string version = std::to_string(1 + dice_.below(4)) + ".0";
        switch (dice_.below(7)) {
        case 0:
        case 1:
            return "";
        case 2:
            return "==" + version;
        case 3:
            return "!=" + version;
        case 4:
            return ">=" + version;
        default:
            return "<" + version;
        }
    }

    std::string marker(bool of_root) {
        if (of_root && flavour_.root_extras && dice_.chance(40)) {
            return dice_.one_of({"'x' in extras", "'y' in extras", "'x' not in extras"});
        }
        return dice_.one_of(
            {"sys_platform == 'linux'", "sys_platform != 'linux'", "sys_platform == 'darwin'",
             "sys_platform == 'win32'", "sys_platform != 'win32'", "os_name == 'nt'",
             "python_version < '3.10'", "python_version >= '3.11'", "python_version >= '3.12'",
             "python_version < '3.12'", "platform_system == 'Darwin'",
             "sys_platform == 'linux' and python_version >= '3.11'",
             "sys_platform == 'win32' or python_version < '3.11'",
             "python_full_version >= '3.10.0' and sys_platform != 'darwin'"});
    }

    std::string requirement(bool of_root) {
        std::string text = project(dice_.below(flavour_.projects));
        if (flavour_.extras && dice_.chance(35)) {
            text += dice_.one_of({"[m]", "[n]", "[m,n]"});
        }
        text += specifier();
        std::string condition;
        if (flavour_.markers && dice_.chance(55)) {
            condition = marker(of_root);
        }
        if (!of_root && flavour_.extras && dice_.chance(35)) {
            std::string extra = dice_.one_of({"extra == 'm'", "extra == 'n'"});
            condition = condition.empty() ? extra : "(" + condition + ") and " + extra;
        }
        return condition.empty() ? text : text + " ; " + condition;
    }

    void add_root_lists() {
        if (dice_.chance(50)) {
            world_.constrain.push_back(without_extras(requirement(false)));
        }
        if (dice_.chance(30)) {
            world_.override_with.push_back(without_extras(requirement(false)));
        }
        if (dice_.chance(15)) {
            world_.exclude.push_back(project(dice_.below(flavour_.projects)));
        }
    }

    /// Files that the root, or they themselves, point at.
    void add_sources() {
        for (size_t i = 0; i < 3; ++i) {
            std::string name = project(dice_.below(flavour_.projects));
            std::string source = "https://example.org/" + name + "-" + std::to_string(i) + ".zip";
            WorldProject file{source, {}};
            file.releases.emplace_back();
            file.releases.back().version = std::to_string(1 + dice_.below(4)) + ".0";
            for (size_t n = 0; n < dice_.below(3); ++n) {
                file.releases.back().needs.push_back(requirement(false));
            }
            std::string condition = dice_.chance(50) ? " ; " + marker(false) : "";
            std::string need = name + " @ " + source + condition;
            if (i == 0 || dice_.chance(50)) {
                world_.require.push_back(need);
            } else {
                auto other = world_.projects.begin();
                std::advance(other, static_cast<long>(dice_.below(world_.projects.size())));
                other->second.releases.front().needs.push_back(need);
            }
            world_.projects.emplace(name, file);
        }
    }

    static std::string without_extras(std::string text) {
        size_t marker = text.find(" ; ");
        if (marker != std::string::npos && text.find("extra") != std::string::npos) {
            text.resize(marker);
        }
        size_t begin = text.find('[');
        size_t end = text.find(']');
        if (begin != std::string::npos && end != std::string::npos) {
            text.erase(begin, end - begin + 1);
        }
        return text;
    }

    Dice dice_;
    Flavour flavour_;
    World world_;
};

} // namespace

World random_world(uint64_t seed) {
    return seed % 2 == 0 ? WorldMaker(seed).make() : rich_world(seed);
}

} // namespace pawl::scenarios
