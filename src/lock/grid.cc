#include "lock/grid.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/check.h"
#include "base/text.h"

namespace pawl::lock {

namespace {

constexpr uint32_t oldest_minor = 8; // CPython 3.8, the oldest that pawl installs for
constexpr uint32_t newest_minor = 15;
constexpr size_t pythons_max = 32;
constexpr size_t platforms_max = 20;

struct PlatformKind {
    std::string_view name, os_name, sys_platform, platform_system, machine;
    pep::Platform::System system;
    uint32_t major, minor; // of glibc, musl, macOS
};

using System = pep::Platform::System;
constexpr size_t usual_platforms = 8;
constexpr PlatformKind platform_kinds[] = {
    {"Linux x86_64", "posix", "linux", "Linux", "x86_64", System::linux_glibc, 2, 39},
    {"Linux aarch64", "posix", "linux", "Linux", "aarch64", System::linux_glibc, 2, 39},
    {"Linux x86_64 (musl)", "posix", "linux", "Linux", "x86_64", System::linux_musl, 1, 2},
    {"macOS arm64", "posix", "darwin", "Darwin", "arm64", System::macos, 15, 0},
    {"macOS x86_64", "posix", "darwin", "Darwin", "x86_64", System::macos, 15, 0},
    {"Windows AMD64", "nt", "win32", "Windows", "AMD64", System::windows, 0, 0},
    {"Windows ARM64", "nt", "win32", "Windows", "ARM64", System::windows, 0, 0},
    {"FreeBSD amd64", "posix", "freebsd14", "FreeBSD", "amd64", System::other, 0, 0},
    // the rest is looked at when a marker names it
    {"Emscripten", "posix", "emscripten", "Emscripten", "wasm32", System::other, 0, 0},
    {"Cygwin", "posix", "cygwin", "CYGWIN_NT-10.0", "x86_64", System::other, 0, 0},
    {"Android arm64_v8a", "posix", "android", "Android", "aarch64", System::android, 24, 0},
    {"iOS arm64", "posix", "ios", "iOS", "arm64", System::ios, 13, 0},
    {"AIX", "posix", "aix", "AIX", "00F84C0C4C00", System::other, 0, 0},
};

struct PlatformSpec {
    std::string name, os_name, sys_platform, platform_system;
    pep::Platform platform;
};

PlatformSpec spec_of(const PlatformKind& kind, std::string_view machine) {
    PlatformSpec spec{
        .name = std::string(kind.name),
        .os_name = std::string(kind.os_name),
        .sys_platform = std::string(kind.sys_platform),
        .platform_system = std::string(kind.platform_system),
        .platform = {.system = kind.system,
                     .machine = std::string(machine),
                     .major = kind.major,
                     .minor = kind.minor,
                     .other = std::string(kind.sys_platform) + "_" + std::string(machine)}};
    return spec;
}

/// All values that markers compare a variable with.
class Literals {
  public:
    void collect(const pep::Marker& marker) {
        if (marker.kind() != pep::Marker::Kind::comparison) {
            for (const pep::Marker& child : marker.children()) {
                collect(child);
            }
            return;
        }
        values_[marker.comparison().variable].insert(marker.comparison().literal);
    }
    const std::set<std::string>& of(pep::MarkerVariable variable) { return values_[variable]; }

  private:
    std::map<pep::MarkerVariable, std::set<std::string>> values_;
};

/// One Python: 3.MINOR.PATCH.
struct Python {
    uint32_t minor = 0, patch = 0;
    auto operator<=>(const Python&) const = default;
    std::string short_text() const { return "3." + std::to_string(minor); }
    std::string text() const { return short_text() + "." + std::to_string(patch); }
};

std::vector<Python> pythons_of(const pep::Specifiers& pythons, Literals& literals) {
    constexpr uint32_t usual_patch = 4;
    std::set<Python> all;
    for (uint32_t minor = oldest_minor; minor <= newest_minor; ++minor) {
        all.insert({minor, usual_patch});
    }
    std::set<std::string> named = literals.of(pep::MarkerVariable::python_full_version);
    const std::set<std::string>& minors = literals.of(pep::MarkerVariable::python_version);
    named.insert(minors.begin(), minors.end());
    for (const pep::Specifier& clause : pythons.clauses()) {
        named.insert(clause.version() ? clause.version()->str() : "");
    }
    for (const std::string& text : named) {
        const std::vector<std::string_view> parts = split(text, '.');
        auto number = [&parts](size_t i) {
            return i < parts.size() ? parse_unsigned(parts[i]).value_or(999) : 0;
        };
        if (number(0) != 3 || number(1) > 40 || number(2) > 40) {
            continue; // not of a Python that has markers, or not a plain version
        }
        const auto minor = static_cast<uint32_t>(number(1));
        const auto patch = static_cast<uint32_t>(number(2));
        all.insert({minor, usual_patch});
        if (parts.size() > 2 || !minors.contains(text)) {
            all.insert({minor, patch});
            all.insert({minor, patch + 1});
            all.insert({minor, patch > 0 ? patch - 1 : 0});
        }
    }
    std::vector<Python> list;
    for (const Python& python : all) {
        const auto version = pep::Version::parse(python.text());
        check(version.has_value());
        if (pythons.contains(*version, pep::Prereleases::yes) && list.size() < pythons_max) {
            list.push_back(python);
        }
    }
    return list;
}

std::vector<PlatformSpec> platforms_of(Literals& literals) {
    std::vector<PlatformSpec> list;
    std::set<std::string> known_machines = {"x86", "i386", "i686", "win32"};
    const std::set<std::string>& systems = literals.of(pep::MarkerVariable::platform_system);
    const std::set<std::string>& platforms = literals.of(pep::MarkerVariable::sys_platform);
    for (const PlatformKind& kind : platform_kinds) {
        const bool is_usual = list.size() < usual_platforms;
        if (is_usual) {
            known_machines.insert(std::string(kind.machine));
        }
        if (is_usual || platforms.contains(std::string(kind.sys_platform)) ||
            systems.contains(std::string(kind.platform_system))) {
            list.push_back(spec_of(kind, kind.machine));
        }
    }
    for (const std::string& machine : literals.of(pep::MarkerVariable::platform_machine)) {
        const bool is_word = !machine.empty() && std::ranges::all_of(machine, [](char c) {
            return is_alnum(c) || c == '_';
        });
        if (is_word && !known_machines.contains(machine) && list.size() < platforms_max) {
            list.push_back(spec_of(platform_kinds[0], machine));
            list.back().name = "Linux " + machine;
        }
    }
    return list;
}

pep::MarkerEnvironment environment_of(const PlatformSpec& platform, const Python& python,
                                      bool is_pypy) {
    pep::MarkerEnvironment environment;
    environment.os_name = platform.os_name;
    environment.sys_platform = platform.sys_platform;
    environment.platform_system = platform.platform_system;
    environment.platform_machine = platform.platform.machine;
    environment.platform_python_implementation = is_pypy ? "PyPy" : "CPython";
    environment.platform_release = "6.1.0";
    environment.platform_version = "1";
    environment.implementation_name = is_pypy ? "pypy" : "cpython";
    environment.implementation_version = is_pypy ? "7.3.17" : python.text();
    environment.python_version = python.short_text();
    environment.python_full_version = python.text();
    return environment;
}

pep::TagSet tags_of(const PlatformSpec& platform, const Python& python, bool is_pypy) {
    const std::string digits = "3" + std::to_string(python.minor);
    // PyPy's own version is part of its ABI's name.
    constexpr uint32_t first_pypy_8 = 12;
    const std::string pypy = "pypy" + digits + (python.minor < first_pypy_8 ? "_pp73" : "_pp80");
    pep::Platform named = platform.platform;
    if (named.system == System::windows || named.system == System::macos) {
        named.machine = to_lower(named.machine);
    }
    return pep::TagSet(pep::compatible_tags({.implementation = is_pypy ? "pypy" : "cpython",
                                             .major = 3,
                                             .minor = python.minor,
                                             .abis = {is_pypy ? pypy : "cp" + digits},
                                             .platforms = pep::platform_tags(named)}));
}

} // namespace

Grid grid_of(const pep::Specifiers& pythons, std::span<const pep::Marker* const> markers) {
    Literals literals;
    for (const pep::Marker* marker : markers) {
        literals.collect(*marker);
    }
    constexpr uint32_t newest_pypy = 12;
    Grid grid;
    std::map<std::string, uint32_t> known;
    const std::vector<PlatformSpec> platforms = platforms_of(literals);
    for (const Python& python : pythons_of(pythons, literals)) {
        for (const PlatformSpec& platform : platforms) {
            for (bool is_pypy : {false, true}) {
                const bool is_usual = platform.platform.system == System::linux_glibc ||
                                      platform.platform.system == System::windows;
                if (is_pypy && (python.minor > newest_pypy || !is_usual)) {
                    continue;
                }
                const std::string who = platform.name + (is_pypy ? ", PyPy " : ", CPython ");
                Machine machine{.name = who + python.text(),
                                .family = who + python.short_text(),
                                .environment = environment_of(platform, python, is_pypy)};
                auto [place, is_new] =
                    known.emplace(machine.family, static_cast<uint32_t>(grid.tags.size()));
                if (is_new) {
                    grid.tags.push_back(tags_of(platform, python, is_pypy));
                }
                machine.tags = place->second;
                grid.machines.push_back(std::move(machine));
            }
        }
    }
    return grid;
}

std::vector<pep::MarkerContext> contexts_of(const Lock& lock,
                                            std::span<const pep::Marker> left_out) {
    struct Item {
        bool is_extra = false;
        std::string name;
    };
    std::vector<Item> items;
    for (const pep::Name& extra : lock.extras.value_or(std::vector<pep::Name>())) {
        items.push_back({true, extra.str()});
    }
    std::set<std::string> groups(lock.default_groups.begin(), lock.default_groups.end());
    const auto declared = lock.dependency_groups.value_or(std::vector<std::string>());
    groups.insert(declared.begin(), declared.end());
    for (const std::string& group : groups) {
        items.push_back({false, pep::normalize_name(group)});
    }
    auto asked = [](const std::vector<const Item*>& chosen) {
        pep::MarkerContext context;
        context.extras.emplace();
        context.dependency_groups.emplace();
        for (const Item* item : chosen) {
            (item->is_extra ? *context.extras : *context.dependency_groups).insert(item->name);
        }
        return context;
    };
    auto is_possible = [&left_out](const pep::MarkerContext& context) {
        return std::ranges::none_of(left_out, [&context](const pep::Marker& marker) {
            return marker.evaluate(pep::MarkerEnvironment(), context).value_or(false);
        });
    };
    std::vector<pep::MarkerContext> contexts;
    auto add = [&](const pep::MarkerContext& context) {
        const bool is_known =
            std::ranges::any_of(contexts, [&context](const pep::MarkerContext& other) {
                return other.extras == context.extras &&
                       other.dependency_groups == context.dependency_groups;
            });
        if (!is_known && is_possible(context)) {
            contexts.push_back(context);
        }
    };
    constexpr size_t all_subsets_max = 4;
    if (items.size() <= all_subsets_max) {
        for (size_t bits = 0; bits < (size_t{1} << items.size()); ++bits) {
            std::vector<const Item*> chosen;
            for (size_t i = 0; i < items.size(); ++i) {
                if ((bits >> i & 1U) != 0) {
                    chosen.push_back(&items[i]);
                }
            }
            add(asked(chosen));
        }
        return contexts;
    }
    add(asked({}));
    std::vector<const Item*> defaults, together;
    for (const Item& item : items) {
        add(asked({&item}));
        if (!item.is_extra &&
            std::ranges::find(lock.default_groups, item.name) != lock.default_groups.end()) {
            defaults.push_back(&item);
        }
        together.push_back(&item);
        if (!is_possible(asked(together))) {
            together.pop_back();
        }
    }
    add(asked(defaults));
    add(asked(together));
    return contexts;
}

} // namespace pawl::lock
