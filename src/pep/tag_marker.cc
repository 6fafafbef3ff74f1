#include "pep/tag_marker.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"

namespace pawl::pep {

namespace {

MarkerId is_equal(MarkerSpace& space, MarkerVariable variable, std::string_view value) {
    Marker::Comparison comparison{.variable = variable, .literal = std::string(value)};
    return space.from(Marker::of(std::move(comparison)));
}

MarkerId system_is(MarkerSpace& space, std::string_view value) {
    return is_equal(space, MarkerVariable::sys_platform, value);
}

MarkerId machine_is(MarkerSpace& space, std::string_view value) {
    return is_equal(space, MarkerVariable::platform_machine, value);
}

/// The language version of "313" or "3": {3, 13}, {3}; empty when there is none.
std::vector<uint64_t> version_of(std::string_view digits) {
    std::vector<uint64_t> version;
    if (!digits.empty() && parse_unsigned(digits)) {
        version.push_back(*parse_unsigned(digits.substr(0, 1)));
        if (digits.size() > 1) {
            version.push_back(*parse_unsigned(digits.substr(1)));
        }
    }
    return version;
}

/// "py3" is 3 and newer; "py38" is 3.8 and newer within 3; "cp313" is 3.13 only, unless the ABI is
/// one that newer Pythons take too.
MarkerId pythons_with(std::string_view python, std::string_view abi, MarkerSpace& space) {
    std::string_view implementation = python.substr(0, 2);
    bool is_cpython = implementation == "cp";
    bool is_known = is_cpython || implementation == "py" || implementation == "pp";
    std::vector<uint64_t> first = version_of(python.substr(std::min<size_t>(2, python.size())));
    if (first.empty()) {
        // "py" alone fits nothing; of other implementations we know nothing.
        return is_known ? MarkerId::never : MarkerId::always;
    }
    bool is_open = implementation == "py" || abi.starts_with("abi3") || first.size() == 1;
    std::vector<uint64_t> end = {first[0] + 1};
    if (!is_open) {
        end = first;
        ++end.back();
    }
    MarkerId pythons = space.from_requires_python(
        VersionSet::between(Cut{Version::of(first), Cut::Kind::before_all},
                            Cut{Version::of(end), Cut::Kind::before_all}));
    if (implementation == "py" || !is_known) {
        return pythons;
    }
    return space.both(pythons, is_equal(space, MarkerVariable::implementation_name,
                                        is_cpython ? "cpython" : "pypy"));
}

struct WindowsRule {
    std::string_view platform;
    std::string_view machine; ///< as markers have it
};
constexpr std::array<WindowsRule, 3> windows_rules = {{
    {"win_amd64", "AMD64"},
    {"win_arm64", "ARM64"},
    {"win32", "x86"},
}};

MarkerId windows_of(std::string_view platform, MarkerSpace& space) {
    MarkerId system = system_is(space, "win32");
    for (const WindowsRule& rule : windows_rules) {
        if (platform.starts_with(rule.platform)) {
            return space.both(system, machine_is(space, rule.machine));
        }
    }
    return system;
}

/// What a platform's tag ends with: its machine.
bool ends_with_machine(std::string_view platform, std::string_view machine) {
    return platform.ends_with(machine) && platform.size() > machine.size() &&
           platform[platform.size() - machine.size() - 1] == '_';
}

MarkerId linux_of(std::string_view platform, MarkerSpace& space) {
    MarkerId system = system_is(space, "linux");
    for (std::string_view machine : {"x86_64", "i686", "aarch64", "armv7l", "armv6l", "ppc64le",
                                     "ppc64", "s390x", "riscv64", "loongarch64"}) {
        if (ends_with_machine(platform, machine)) {
            MarkerId machines = machine_is(space, machine);
            // A 32-bit Python on a 64-bit machine says x86_64 in platform_machine.
            if (machine == "i686") {
                machines = space.either(machines, machine_is(space, "x86_64"));
            }
            return space.both(system, machines);
        }
    }
    return system;
}

MarkerId macos_of(std::string_view platform, MarkerSpace& space) {
    MarkerId system = system_is(space, "darwin");
    for (std::string_view machine : {"arm64", "x86_64"}) {
        if (ends_with_machine(platform, machine)) {
            return space.both(system, machine_is(space, machine));
        }
    }
    return system; // universal2, intel, fat …
}

struct SystemRule {
    std::string_view prefix;
    std::string_view sys_platform;
};
constexpr std::array<SystemRule, 5> system_rules = {{
    {"android", "android"},
    {"ios", "ios"},
    {"emscripten", "emscripten"},
    {"pyodide", "emscripten"},
    {"pyemscripten", "emscripten"},
}};

MarkerId platforms_with(std::string_view platform, MarkerSpace& space) {
    if (platform == "any") {
        return MarkerId::always;
    }
    if (platform.starts_with("win")) {
        return windows_of(platform, space);
    }
    if (platform.starts_with("macosx_")) {
        return macos_of(platform, space);
    }
    if (platform.starts_with("manylinux") || platform.starts_with("musllinux") ||
        platform.starts_with("linux")) {
        return linux_of(platform, space);
    }
    for (const SystemRule& rule : system_rules) {
        if (platform.starts_with(rule.prefix)) {
            return system_is(space, rule.sys_platform);
        }
    }
    return MarkerId::always; // a platform that we know nothing of
}

} // namespace

MarkerId TagEnvironments::pythons_of(const std::string& python, const std::string& abi) {
    auto [place, is_new] = pythons_.try_emplace(python + "-" + abi, MarkerId::never);
    if (is_new) {
        place->second = pythons_with(python, abi, space_);
    }
    return place->second;
}

MarkerId TagEnvironments::platform(const std::string& platform) {
    auto [place, is_new] = platforms_.try_emplace(platform, MarkerId::never);
    if (is_new) {
        place->second = platforms_with(platform, space_);
    }
    return place->second;
}

/// A tag is every combination of its parts, so the unions of the parts meet in the union of all.
MarkerId TagEnvironments::work_out(std::string_view tags) {
    Result<TagParts> parts = parse_tag_parts(tags);
    if (!parts) {
        return MarkerId::never;
    }
    MarkerId pythons = MarkerId::never;
    for (const std::string& python : parts->pythons) {
        for (const std::string& abi : parts->abis) {
            pythons = space_.either(pythons, pythons_of(python, abi));
        }
    }
    MarkerId platforms = MarkerId::never;
    for (const std::string& one : parts->platforms) {
        platforms = space_.either(platforms, platform(one));
    }
    return space_.both(pythons, platforms);
}

MarkerId TagEnvironments::of(std::span<const Tag> tags) {
    MarkerId all = MarkerId::never;
    for (const Tag& tag : tags) {
        all = space_.either(all,
                            space_.both(pythons_of(tag.python, tag.abi), platform(tag.platform)));
    }
    return all;
}

MarkerId TagEnvironments::of(std::string_view tags) {
    auto known = known_.find(tags);
    if (known == known_.end()) {
        known = known_.emplace(std::string(tags), work_out(tags)).first;
    }
    return known->second;
}

} // namespace pawl::pep
