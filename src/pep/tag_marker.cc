#include "pep/tag_marker.h"

#include <array>
#include <string>

#include "base/check.h"
#include "base/text.h"

namespace pawl::pep {

namespace {

MarkerId parsed(MarkerSpace& space, const std::string& text) {
    Result<Marker> marker = Marker::parse(text);
    check(marker.has_value());
    return space.from(*marker);
}

/// The language version of "cp313" or "py3": "3.13", "3"; "" when there is none.
std::string version_of(std::string_view digits) {
    if (digits.empty() || !parse_unsigned(digits)) {
        return "";
    }
    std::string version(1, digits[0]);
    if (digits.size() > 1) {
        version += ".";
        version += digits.substr(1);
    }
    return version;
}

/// "py3" is 3 and newer; "py38" is 3.8 and newer within 3; "cp313" is 3.13 only, unless the ABI is
/// one that newer Pythons take too.
MarkerId pythons_of(const Tag& tag, MarkerSpace& space) {
    std::string_view python = tag.python;
    std::string_view implementation = python.substr(0, 2);
    std::string version = version_of(python.substr(std::min<size_t>(2, python.size())));
    if (version.empty()) {
        return implementation == "py" || implementation == "cp" || implementation == "pp"
                   ? MarkerId::never   // "py" alone fits nothing
                   : MarkerId::always; // an implementation that we know nothing of
    }
    bool is_open = implementation == "py" || tag.abi.starts_with("abi3") || tag.abi == "none";
    std::string major = version.substr(0, 1);
    std::string range = "python_full_version >= '" + version + "' and python_full_version < '" +
                        std::to_string(*parse_unsigned(major) + 1) + "'";
    if (!is_open) {
        range = "python_full_version == '" + version + ".*'";
    }
    MarkerId pythons = parsed(space, range);
    if (implementation == "cp" || implementation == "pp") {
        return space.both(pythons,
                          parsed(space, implementation == "cp" ? "implementation_name == 'cpython'"
                                                               : "implementation_name == 'pypy'"));
    }
    return pythons;
}

struct PlatformRule {
    std::string_view prefix;
    std::string_view marker;
};

/// How the part behind a platform's name (its machine) reads in markers.
constexpr std::array<PlatformRule, 4> windows_rules = {{
    {"win_amd64", "sys_platform == 'win32' and platform_machine == 'AMD64'"},
    {"win_arm64", "sys_platform == 'win32' and platform_machine == 'ARM64'"},
    {"win32", "sys_platform == 'win32' and platform_machine == 'x86'"},
    {"win", "sys_platform == 'win32'"},
}};

MarkerId machine_is(std::string_view machine, MarkerSpace& space) {
    return parsed(space, "platform_machine == '" + std::string(machine) + "'");
}

MarkerId linux_of(std::string_view platform, MarkerSpace& space) {
    MarkerId system = parsed(space, "sys_platform == 'linux'");
    for (std::string_view machine : {"x86_64", "i686", "aarch64", "armv7l", "armv6l", "ppc64le",
                                     "ppc64", "s390x", "riscv64", "loongarch64"}) {
        if (platform.ends_with("_" + std::string(machine))) {
            // A 32-bit Python on a 64-bit machine says x86_64 in platform_machine.
            MarkerId machines = machine == "i686" ? space.either(machine_is("i686", space),
                                                                 machine_is("x86_64", space))
                                                  : machine_is(machine, space);
            return space.both(system, machines);
        }
    }
    return system;
}

MarkerId macos_of(std::string_view platform, MarkerSpace& space) {
    MarkerId system = parsed(space, "sys_platform == 'darwin'");
    for (std::string_view machine : {"arm64", "x86_64"}) {
        if (platform.ends_with("_" + std::string(machine))) {
            return space.both(system, machine_is(machine, space));
        }
    }
    return system; // universal2, intel, fat …
}

MarkerId platforms_of(std::string_view platform, MarkerSpace& space) {
    if (platform == "any") {
        return MarkerId::always;
    }
    for (const PlatformRule& rule : windows_rules) {
        if (platform.starts_with(rule.prefix)) {
            return parsed(space, std::string(rule.marker));
        }
    }
    if (platform.starts_with("macosx_")) {
        return macos_of(platform, space);
    }
    if (platform.starts_with("manylinux") || platform.starts_with("musllinux") ||
        platform.starts_with("linux")) {
        return linux_of(platform, space);
    }
    if (platform.starts_with("android")) {
        return parsed(space, "sys_platform == 'android'");
    }
    if (platform.starts_with("ios")) {
        return parsed(space, "sys_platform == 'ios'");
    }
    if (platform.starts_with("emscripten") || platform.starts_with("pyodide") ||
        platform.starts_with("pyemscripten")) {
        return parsed(space, "sys_platform == 'emscripten'");
    }
    return MarkerId::always; // a platform that we know nothing of
}

} // namespace

MarkerId environments_of(std::span<const Tag> tags, MarkerSpace& space) {
    MarkerId all = MarkerId::never;
    for (const Tag& tag : tags) {
        all = space.either(all,
                           space.both(pythons_of(tag, space), platforms_of(tag.platform, space)));
    }
    return all;
}

} // namespace pawl::pep
