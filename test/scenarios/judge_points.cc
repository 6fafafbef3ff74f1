#include "test/scenarios/judge_points.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace pawl::scenarios {

namespace {

struct System {
    std::string_view sys_platform, os_name, platform_system, machine;
};
constexpr System systems[] = {{"linux", "posix", "Linux", "x86_64"},
                              {"darwin", "posix", "Darwin", "arm64"},
                              {"win32", "nt", "Windows", "AMD64"},
                              {"freebsd14", "posix", "FreeBSD", "amd64"}};
/// A lock holds on a Windows of any machine, one that nobody has built included.
constexpr std::string_view machines[] = {"x86_64", "aarch64", "arm64", "AMD64", "riscv64"};

struct Implementation {
    std::string_view name, platform_name;
};
constexpr Implementation implementations[] = {
    {"cpython", "CPython"}, {"pypy", "PyPy"}, {"ironpython", "IronPython"}};

constexpr std::string_view usual_pythons[] = {"3.8.1",  "3.9.1",  "3.9.6",  "3.10.1", "3.11.1",
                                              "3.11.4", "3.11.6", "3.12.1", "3.13.1", "3.14.1"};
constexpr std::string_view more_pythons[] = {"3.6.1", "3.7.1", "3.10.12", "3.12.4", "3.15.0"};

PlainPoint point_of(const System& system, std::string_view machine,
                    const Implementation& implementation, std::string_view python) {
    PlainPoint point;
    point.set("os_name", std::string(system.os_name));
    point.set("sys_platform", std::string(system.sys_platform));
    point.set("platform_system", std::string(system.platform_system));
    point.set("platform_machine", std::string(machine));
    point.set("platform_release", "6.1");
    point.set("platform_version", "1");
    point.set("platform_python_implementation", std::string(implementation.platform_name));
    point.set("implementation_name", std::string(implementation.name));
    point.set("implementation_version",
              implementation.name == "pypy" ? "7.3.17" : std::string(python));
    point.set("python_full_version", std::string(python));
    point.set("python_version", std::string(python.substr(0, python.rfind('.'))));
    return point;
}

PlainPoint point_of(const pep::MarkerEnvironment& environment) {
    PlainPoint point;
    point.set("os_name", environment.os_name);
    point.set("sys_platform", environment.sys_platform);
    point.set("platform_system", environment.platform_system);
    point.set("platform_machine", environment.platform_machine);
    point.set("platform_release", environment.platform_release);
    point.set("platform_version", environment.platform_version);
    point.set("platform_python_implementation", environment.platform_python_implementation);
    point.set("implementation_name", environment.implementation_name);
    point.set("implementation_version", environment.implementation_version);
    point.set("python_full_version", environment.python_full_version);
    point.set("python_version", environment.python_version);
    return point;
}

std::vector<PlainPoint> environments_of(const World& world, const std::string& text, bool wide) {
    if (world.environment) {
        return {point_of(*world.environment)};
    }
    bool has_machines = wide || text.find("platform_machine") != std::string::npos ||
                        text.find("    wheel") != std::string::npos;
    bool has_implementations = wide || text.find("implementation") != std::string::npos ||
                               text.find("    wheel") != std::string::npos;
    std::vector<std::string_view> pythons(std::begin(usual_pythons), std::end(usual_pythons));
    if (wide) {
        pythons.insert(pythons.end(), std::begin(more_pythons), std::end(more_pythons));
    }
    std::vector<PlainPoint> points;
    for (const System& system : systems) {
        for (const Implementation& implementation : implementations) {
            if (!has_implementations && &implementation != &implementations[0]) {
                continue;
            }
            for (std::string_view python : pythons) {
                if (!has_machines) {
                    points.push_back(point_of(system, system.machine, implementation, python));
                    continue;
                }
                for (std::string_view machine : machines) {
                    points.push_back(point_of(system, machine, implementation, python));
                }
            }
        }
    }
    return points;
}

/// The names that stand before such a list: 'x' in extras.
std::set<std::string> names_in(const std::string& text, std::string_view list) {
    std::set<std::string> names;
    for (std::string_view word : {" in ", " not in "}) {
        std::string tail = std::string(word) + std::string(list);
        for (size_t at = text.find(tail); at != std::string::npos; at = text.find(tail, at + 1)) {
            if (at < 2 || (text[at - 1] != '\'' && text[at - 1] != '"')) {
                continue;
            }
            size_t begin = text.rfind(text[at - 1], at - 2);
            check(begin != std::string::npos);
            names.insert(text.substr(begin + 1, at - begin - 2));
        }
    }
    return names;
}

std::vector<std::set<std::string>> subsets_of(const std::set<std::string>& names) {
    std::vector<std::set<std::string>> subsets = {{}};
    for (const std::string& name : names) {
        size_t count = subsets.size();
        for (size_t i = 0; i < count; ++i) {
            subsets.push_back(subsets[i]);
            subsets.back().insert(name);
        }
    }
    return subsets;
}

class Cover {
  public:
    explicit Cover(const World& world) : is_single_(world.environment.has_value()) {
        auto pythons = plain_clauses(world.requires_python);
        check(pythons.has_value());
        pythons_ = std::move(*pythons);
        for (const std::string& region : world.regions) {
            auto marker = PlainMarker::parse(region);
            check(marker.has_value());
            regions_.push_back(std::move(*marker));
        }
    }

    bool takes(const PlainPoint& point) const {
        if (is_single_) {
            return true;
        }
        return admits(pythons_, point.python(), point.value("python_full_version")) &&
               (regions_.empty() || std::ranges::any_of(regions_, [&](const PlainMarker& region) {
                    return region.holds(point);
                }));
    }

  private:
    bool is_single_;
    std::vector<PlainClause> pythons_;
    std::vector<PlainMarker> regions_;
};

} // namespace

std::vector<PlainPoint> points_of(const World& world, bool wide) {
    std::string text = world.str();
    Cover cover(world);
    std::vector<PlainPoint> points;
    std::vector<std::set<std::string>> extras = subsets_of(names_in(text, "extras"));
    std::vector<std::set<std::string>> groups = subsets_of(names_in(text, "dependency_groups"));
    for (PlainPoint& point : environments_of(world, text, wide)) {
        for (const std::set<std::string>& its_extras : extras) {
            for (const std::set<std::string>& its_groups : groups) {
                point.extras = its_extras;
                point.groups = its_groups;
                if (cover.takes(point)) {
                    points.push_back(point);
                }
            }
        }
    }
    return points;
}

} // namespace pawl::scenarios
