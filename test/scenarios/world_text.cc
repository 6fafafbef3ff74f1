// A world as text that World::parse takes: to show, and to replay, one that failed.

#include "test/scenarios/world.h"

namespace pawl::scenarios {

namespace {

void add_line(std::string& text, std::string_view word, std::string_view rest) {
    text += word;
    if (!rest.empty()) {
        text += " ";
        text += rest;
    }
    text += "\n";
}

void add_all(std::string& text, std::string_view word, const std::vector<std::string>& values) {
    for (const std::string& value : values) {
        add_line(text, word, value);
    }
}

void add_options(std::string& text, const World& world) {
    using resolve::PrereleaseMode;
    if (world.options.strategy != resolve::Strategy::highest) {
        add_line(text, "option resolution",
                 world.options.strategy == resolve::Strategy::lowest ? "lowest" : "lowest-direct");
    }
    if (world.options.forks == resolve::ForkStrategy::fewest) {
        add_line(text, "option forks", "fewest");
    }
    static constexpr std::string_view modes[] = {"if-necessary", "allow", "disallow", "explicit"};
    if (world.options.prereleases != PrereleaseMode::if_necessary) {
        add_line(text, "option prerelease", modes[static_cast<size_t>(world.options.prereleases)]);
    }
    for (const auto& own : world.prereleases_of) {
        add_line(text, "option prerelease", own.first + " " + own.second);
    }
}

void add_release(std::string& text, const std::string& name, const WorldProject& project,
                 const WorldRelease& release) {
    add_line(text, "package",
             name + " " + release.version +
                 (project.source.empty() ? "" : " from " + project.source));
    add_all(text, "    requires", release.needs);
    add_all(text, "    extra", release.extras);
    add_all(text, "    wheel", release.wheels);
    if (!release.requires_python.empty()) {
        add_line(text, "    requires-python", release.requires_python);
    }
    if (!release.has_sdist) {
        add_line(text, "    no-sdist", "");
    }
    if (release.is_yanked) {
        add_line(text, "    yanked", "");
    }
    if (!release.unusable.empty()) {
        add_line(text, "    unusable", release.unusable);
    }
    if (!release.broken_metadata.empty()) {
        add_line(text, "    broken-metadata", release.broken_metadata);
    }
}

std::string name_of(const pep::MarkerEnvironment& environment) {
    for (const char* name : {"linux", "linux-arm", "macos", "macos-intel", "windows", "freebsd"}) {
        for (const char* implementation : {"", "-pypy"}) {
            std::string full = std::string(name) + implementation;
            auto known = environment_named(full, environment.python_full_version);
            if (known && known->sys_platform == environment.sys_platform &&
                known->platform_machine == environment.platform_machine &&
                known->implementation_name == environment.implementation_name) {
                return full;
            }
        }
    }
    return "?";
}

} // namespace

std::string World::str() const {
    std::string text;
    if (environment) {
        add_line(text, "environment",
                 name_of(*environment) + " " + environment->python_full_version);
    } else {
        add_line(text, "universal", requires_python);
    }
    add_all(text, "region", regions);
    add_all(text, "required-environment", required_environments);
    add_options(text, *this);
    add_all(text, "require", require);
    add_all(text, "constraint", constrain);
    add_all(text, "override", override_with);
    add_all(text, "exclude", exclude);
    add_all(text, "prefer", prefer);
    add_all(text, "first-split", first_split);
    for (const auto& project : projects) {
        for (const WorldRelease& release : project.second.releases) {
            add_release(text, project.first, project.second, release);
        }
    }
    return text;
}

} // namespace pawl::scenarios
