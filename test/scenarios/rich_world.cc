// Random worlds with all that the standards know: machines and implementations, wheels' tags,
// prereleases, posts, local versions, every operator, extras and groups, indexes, conflicts.

#include <algorithm>

#include "test/scenarios/dice.h"
#include "test/scenarios/random_world.h"

namespace pawl::scenarios {

namespace {

/// What a world may have in it; each drawn once a world.
struct Flavour {
    bool universal = false;
    bool machines = false;        // platform_machine in markers
    bool implementations = false; // PyPy
    bool wheels = false;
    bool odd_versions = false; // prereleases, posts, devs, epochs
    bool locals = false;
    bool extras = false;
    bool root_extras = false;
    bool groups = false;
    bool pythons = false;
    bool yanked = false;
    bool indexes = false;
    bool lists = false; // constraints, overrides, excludes
    bool broken = false;
    size_t projects = 3;
    size_t versions_max = 4;
    size_t needs_max = 2;
};

class RichWorldMaker {
  public:
    explicit RichWorldMaker(uint64_t seed) : dice_(seed) {}

    World make() {
        draw_flavour();
        draw_problem();
        draw_options();
        for (size_t i = 0; i < flavour_.projects; ++i) {
            draw_versions();
        }
        for (size_t i = 0; i < flavour_.projects; ++i) {
            add_project(project(i), versions_[i], "");
        }
        if (flavour_.indexes) {
            size_t other = dice_.below(flavour_.projects);
            add_project(project(other), versions_[other], "index:other");
        }
        size_t roots = 1 + dice_.below(4);
        for (size_t i = 0; i < roots; ++i) {
            world_.require.push_back(requirement(true));
        }
        if (flavour_.universal && dice_.chance(50)) {
            add_alternatives(world_.require);
        }
        if (flavour_.indexes) {
            pin_to_index();
        }
        if (flavour_.lists) {
            add_lists();
        }
        return std::move(world_);
    }

  private:
    void draw_flavour() {
        flavour_.universal = dice_.chance(80);
        flavour_.machines = dice_.chance(25);
        flavour_.implementations = dice_.chance(25);
        flavour_.wheels = dice_.chance(30);
        flavour_.odd_versions = dice_.chance(50);
        flavour_.locals = dice_.chance(20);
        flavour_.extras = dice_.chance(40);
        flavour_.root_extras = flavour_.universal && dice_.chance(20);
        flavour_.groups = flavour_.universal && dice_.chance(15);
        flavour_.pythons = dice_.chance(45);
        flavour_.yanked = dice_.chance(15);
        flavour_.indexes = dice_.chance(10);
        flavour_.lists = dice_.chance(25);
        flavour_.broken = dice_.chance(10);
        flavour_.projects = 2 + dice_.below(6);
        flavour_.versions_max = 2 + dice_.below(4);
        flavour_.needs_max = 1 + dice_.below(3);
    }

    void draw_problem() {
        if (!flavour_.universal) {
            world_.environment = environment_named(
                dice_.one_of({"linux", "linux-arm", "macos", "macos-intel", "windows", "linux-pypy",
                              "windows-pypy", "freebsd"}),
                dice_.one_of({"3.9", "3.10", "3.11", "3.12", "3.11.6"}));
            return;
        }
        world_.requires_python =
            dice_.one_of({">=3.9", ">=3.10", ">=3.9,<3.13", ">=3.8", ">=3.11,!=3.12.*", ">=3.10.1",
                          "~=3.10", "==3.11.*", ">=3.9"});
        if (flavour_.root_extras && dice_.chance(50)) {
            world_.regions.emplace_back("'x' not in extras or 'y' not in extras");
        } else if (flavour_.root_extras && flavour_.groups && dice_.chance(50)) {
            world_.regions.emplace_back("'x' not in extras or 'g' not in dependency_groups");
        } else if (dice_.chance(20)) {
            world_.regions.push_back(marker(false));
            if (dice_.chance(30)) {
                world_.regions.push_back(marker(false));
            }
        }
        if (flavour_.wheels && dice_.chance(60)) {
            size_t count = 1 + dice_.below(2);
            for (size_t i = 0; i < count; ++i) {
                world_.required_environments.push_back(
                    dice_.one_of({"sys_platform == 'linux'", "sys_platform == 'darwin'",
                                  "sys_platform == 'win32' and platform_machine == 'AMD64'",
                                  "sys_platform == 'linux' and platform_machine == 'aarch64'",
                                  "sys_platform == 'darwin' and python_version < '3.11'",
                                  "implementation_name == 'pypy'"}));
            }
        }
    }

    void draw_options() {
        using resolve::PrereleaseMode;
        if (dice_.chance(15)) {
            world_.options.strategy = resolve::Strategy::lowest;
        } else if (dice_.chance(10)) {
            world_.options.strategy = resolve::Strategy::lowest_direct;
        }
        if (dice_.chance(25)) {
            world_.options.forks = resolve::ForkStrategy::fewest;
        }
        if (!flavour_.odd_versions) {
            return;
        }
        constexpr PrereleaseMode modes[] = {PrereleaseMode::allow, PrereleaseMode::disallow,
                                            PrereleaseMode::explicit_only};
        constexpr const char* names[] = {"allow", "disallow", "explicit"};
        if (dice_.chance(40)) {
            world_.options.prereleases = modes[dice_.below(3)];
        }
        if (dice_.chance(25)) {
            std::string name = project(dice_.below(flavour_.projects));
            size_t mode = dice_.below(3);
            world_.options.prereleases_of[pep::Name::of(name)] = modes[mode];
            world_.prereleases_of[name] = names[mode];
        }
    }

    static std::string project(size_t i) { return std::string(1, static_cast<char>('a' + i)); }

    std::string version() {
        if (flavour_.odd_versions && dice_.chance(35)) {
            return dice_.one_of({"1.0rc1", "2.0a1", "2.0b2", "2.0.dev3", "2.0.post1", "3.0rc1",
                                 "1.0.post2", "3.0.post1.dev2", "1!0.5", "2.0a1.dev1"});
        }
        if (flavour_.locals && dice_.chance(35)) {
            return dice_.one_of({"1.0+cpu", "2.0+cpu", "2.0+gpu", "3.0+cpu.2", "2.1+gpu"});
        }
        return dice_.one_of({"1.0", "1.1", "2.0", "2.1", "2.1.3", "3.0", "3.1", "4.0"});
    }

    void draw_versions() {
        std::vector<std::string>& own = versions_.emplace_back();
        size_t count = 1 + dice_.below(flavour_.versions_max);
        for (size_t i = 0; i < count; ++i) {
            std::string one = version();
            if (std::find(own.begin(), own.end(), one) == own.end()) {
                own.push_back(std::move(one));
            }
        }
    }

    void add_project(const std::string& name, const std::vector<std::string>& versions,
                     const std::string& source) {
        WorldProject project{source, {}};
        for (const std::string& version : versions) {
            WorldRelease& release = project.releases.emplace_back();
            release.version = version;
            fill(release);
        }
        world_.projects.emplace(name, std::move(project));
    }

    void fill(WorldRelease& release) {
        if (flavour_.extras && dice_.chance(50)) {
            release.extras = {"m", "n"};
        }
        size_t needs = dice_.below(flavour_.needs_max + 1);
        for (size_t n = 0; n < needs; ++n) {
            release.needs.push_back(requirement(false));
        }
        if (flavour_.universal && dice_.chance(10)) {
            add_alternatives(release.needs);
        }
        if (flavour_.pythons && dice_.chance(35)) {
            release.requires_python =
                dice_.one_of({">=3.10", ">=3.11", ">=3.12", ">=3.9", ">=3.9,<3.12", "<3.11",
                              ">=3.10,<4", "~=3.9", "==3.11.*", ">=3.11.5", "!=3.9.*,>=3.8", "<3",
                              ">3.9.5", ">=3.7,!=3.10.*"});
        }
        if (flavour_.wheels && dice_.chance(50)) {
            release.has_sdist = dice_.chance(25);
            size_t count = 1 + dice_.below(3);
            for (size_t i = 0; i < count; ++i) {
                release.wheels.push_back(tag());
            }
        }
        release.is_yanked = flavour_.yanked && dice_.chance(20);
        if (flavour_.broken && dice_.chance(15)) {
            release.broken_metadata = "is not text";
        } else if (flavour_.broken && dice_.chance(10)) {
            release.unusable = "has no file that can be used";
        }
    }

    std::string tag() {
        std::string platform = dice_.one_of(
            {"manylinux_2_17_x86_64", "manylinux_2_17_aarch64", "manylinux2014_x86_64",
             "musllinux_1_2_x86_64", "macosx_11_0_arm64", "macosx_10_9_x86_64",
             "macosx_11_0_universal2", "win_amd64", "manylinux_2_17_x86_64.manylinux2014_x86_64"});
        switch (dice_.below(6)) {
        case 0:
            return "py3-none-" + platform;
        case 1:
            return dice_.one_of({"cp39-abi3-", "cp310-abi3-", "cp311-abi3-"}) + platform;
        case 2:
            return dice_.one_of({"pp39-pypy39_pp73-", "pp310-pypy310_pp73-"}) + platform;
        case 3:
            return dice_.one_of(
                {"py310-none-any", "py3-none-any", "cp311-none-any", "py2.py3-none-any"});
        default:
            return dice_.one_of({"cp39-cp39-", "cp310-cp310-", "cp311-cp311-", "cp312-cp312-"}) +
                   platform;
        }
    }

    /// On a project: mostly one that some release of it meets.
    std::string clause(size_t target) {
        const std::vector<std::string>& own = versions_[target];
        std::string number = dice_.one_of({"1.0", "1.1", "2.0", "2.1", "3.0", "3.1", "4.0", "2"});
        std::string one = dice_.chance(80) ? own[dice_.below(own.size())] : number;
        switch (dice_.below(11)) {
        case 0:
            return "==" + one;
        case 1:
        case 2:
            return "!=" + one;
        case 3:
        case 4:
            return ">=" + public_part(one);
        case 5:
            return "<" + public_part(one);
        case 6:
        case 7:
            return "<=" + public_part(one);
        case 8:
            return ">" + std::string(dice_.one_of({"0.5", "1.0", "1.1", "2.0"}));
        case 9:
            return "~=" + std::string(dice_.one_of({"1.0", "2.0", "2.1", "2.0.1", "3.0"}));
        default:
            return dice_.chance(20) ? "===" + one
                                    : dice_.one_of({"==1.*", "==2.*", "!=2.*", "==2.1.*", "!=3.0.*",
                                                    "==3.*", "!=1.*"});
        }
    }

    static std::string public_part(const std::string& version) {
        return version.substr(0, version.find('+'));
    }

    std::string specifier(size_t target) {
        if (dice_.chance(45)) {
            return "";
        }
        std::string text = clause(target);
        return dice_.chance(15) ? text + "," + clause(target) : text;
    }

    std::string atom() {
        if (flavour_.machines && dice_.chance(40)) {
            return dice_.one_of(
                {"platform_machine == 'x86_64'", "platform_machine != 'x86_64'",
                 "platform_machine == 'arm64'", "platform_machine in 'aarch64 arm64'",
                 "platform_machine not in 'AMD64 x86_64'", "platform_machine == 'aarch64'"});
        }
        if (flavour_.implementations && dice_.chance(40)) {
            return dice_.one_of(
                {"implementation_name == 'cpython'", "implementation_name != 'cpython'",
                 "platform_python_implementation == 'PyPy'",
                 "platform_python_implementation != 'PyPy'", "implementation_name == 'pypy'"});
        }
        return dice_.one_of({"sys_platform == 'linux'",
                             "sys_platform != 'linux'",
                             "sys_platform == 'darwin'",
                             "sys_platform == 'win32'",
                             "os_name == 'nt'",
                             "os_name != 'nt'",
                             "os_name == 'posix'",
                             "platform_system == 'Darwin'",
                             "platform_system != 'Windows'",
                             "sys_platform in 'linux darwin'",
                             "'win' in sys_platform",
                             "python_version < '3.10'",
                             "python_version >= '3.11'",
                             "python_version == '3.11'",
                             "python_version != '3.10'",
                             "python_version > '3.10'",
                             "python_version <= '3.10'",
                             "python_version ~= '3.10'",
                             "python_full_version >= '3.11.4'",
                             "python_full_version < '3.11.4'",
                             "python_version == '3.9.*'",
                             "'3.11' <= python_version",
                             "python_version in '3.9 3.10'"});
    }

    std::string marker(bool of_root) {
        if (of_root && flavour_.root_extras && dice_.chance(40)) {
            return dice_.one_of({"'x' in extras", "'y' in extras", "'x' not in extras"});
        }
        if (of_root && flavour_.groups && dice_.chance(40)) {
            return dice_.one_of({"'g' in dependency_groups", "'g' not in dependency_groups"});
        }
        std::string text = atom();
        if (dice_.chance(35)) {
            text += dice_.one_of({" and ", " or "}) + atom();
        }
        if (dice_.chance(10)) {
            text = "(" + text + ")" + dice_.one_of({" and ", " or "}) + atom();
        }
        return text;
    }

    std::string requirement(bool of_root) {
        size_t target = dice_.below(flavour_.projects);
        std::string text = project(target);
        if (flavour_.extras && dice_.chance(35)) {
            text += dice_.one_of({"[m]", "[n]", "[m,n]"});
        }
        text += specifier(target);
        std::string condition;
        if (dice_.chance(50)) {
            condition = marker(of_root);
        }
        if (!of_root && flavour_.extras && dice_.chance(35)) {
            std::string extra = dice_.one_of({"extra == 'm'", "extra == 'n'"});
            condition = condition.empty() ? extra : "(" + condition + ") and " + extra;
        }
        return condition.empty() ? text : text + " ; " + condition;
    }

    void pin_to_index() {
        for (const auto& entry : world_.projects) {
            if (!entry.second.source.empty()) {
                std::string need = entry.first + " @ " + entry.second.source;
                world_.require.push_back(dice_.chance(60) ? need : need + " ; " + marker(false));
            }
        }
    }

    /// One project, asked for in two ways.
    void add_alternatives(std::vector<std::string>& needs) {
        size_t target = dice_.below(flavour_.projects);
        bool by_system = dice_.chance(50);
        needs.push_back(project(target) + clause(target) +
                        (by_system ? " ; sys_platform == 'win32'" : " ; python_version < '3.11'"));
        needs.push_back(project(target) + clause(target) +
                        (by_system ? " ; sys_platform != 'win32'" : " ; python_version >= '3.11'"));
    }

    /// A requirement that is no extra's, for a list of the root's.
    std::string bound() {
        size_t target = dice_.below(flavour_.projects);
        std::string text = project(target) + clause(target);
        return dice_.chance(50) ? text : text + " ; " + marker(false);
    }

    void add_lists() {
        if (dice_.chance(60)) {
            world_.constrain.push_back(bound());
        }
        if (dice_.chance(30)) {
            world_.override_with.push_back(bound());
        }
        if (dice_.chance(15)) {
            world_.exclude.push_back(project(dice_.below(flavour_.projects)));
        }
    }

    Dice dice_;
    Flavour flavour_;
    World world_;
    std::vector<std::vector<std::string>> versions_; // by project
};

} // namespace

World rich_world(uint64_t seed) {
    return RichWorldMaker(seed).make();
}

} // namespace pawl::scenarios
