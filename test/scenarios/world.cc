#include "test/scenarios/world.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "pep/tag.h"
#include "pep/tag_marker.h"

namespace pawl::scenarios {

using pep::MarkerId;

namespace {

struct Line {
    std::string_view word; ///< the first one
    std::string_view rest;
    bool indented = false;
};

Line read_line(std::string_view text) {
    Line line;
    line.indented = !text.empty() && is_space(text.front());
    text = trim(text);
    size_t end = 0;
    while (end < text.size() && !is_space(text[end])) {
        ++end;
    }
    line.word = text.substr(0, end);
    line.rest = trim(text.substr(end));
    return line;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (std::string_view part : split(text, ' ')) {
        if (!trim(part).empty()) {
            words.emplace_back(trim(part));
        }
    }
    return words;
}

Result<resolve::PrereleaseMode> prerelease_mode(std::string_view text) {
    using Mode = resolve::PrereleaseMode;
    for (auto [name, mode] : {std::pair<std::string_view, Mode>{"if-necessary", Mode::if_necessary},
                              {"allow", Mode::allow},
                              {"disallow", Mode::disallow},
                              {"explicit", Mode::explicit_only}}) {
        if (text == name) {
            return mode;
        }
    }
    return fail(Error::Kind::input, "unknown prerelease mode " + std::string(text));
}

class WorldReader {
  public:
    Result<World> read(std::string_view text) {
        size_t number = 0;
        for (std::string_view line : split_lines(text)) {
            ++number;
            std::string_view trimmed = trim(line);
            if (trimmed.empty() || trimmed.front() == '#') {
                continue;
            }
            TRY_IN("line " + std::to_string(number), take(read_line(line)));
        }
        return std::move(world_);
    }

  private:
    enum class Block : unsigned char { none, release, expect };

    Result<void> take(const Line& line) {
        if (!line.indented) {
            block_ = Block::none;
            return take_top(line);
        }
        switch (block_) {
        case Block::release:
            return take_release(line);
        case Block::expect:
            return take_expectation(line);
        case Block::none:
            break;
        }
        return fail(Error::Kind::input, "an indented line outside of a block");
    }

    Result<void> take_top(const Line& line) {
        std::string rest(line.rest);
        if (line.word == "universal") {
            world_.requires_python = rest;
        } else if (line.word == "region") {
            world_.regions.push_back(rest);
        } else if (line.word == "environment") {
            std::vector<std::string> words = words_of(rest);
            if (words.size() == 2) {
                world_.environment = environment_named(words[0], words[1]);
            }
            if (!world_.environment) {
                return fail(Error::Kind::input, "unknown environment " + rest);
            }
        } else if (line.word == "first-split") {
            world_.first_split.push_back(rest);
        } else if (line.word == "required-environment") {
            world_.required_environments.push_back(rest);
        } else if (line.word == "require") {
            world_.require.push_back(rest);
        } else if (line.word == "constraint") {
            world_.constrain.push_back(rest);
        } else if (line.word == "override") {
            world_.override_with.push_back(rest);
        } else if (line.word == "exclude") {
            world_.exclude.push_back(rest);
        } else if (line.word == "prefer") {
            world_.prefer.push_back(rest);
        } else if (line.word == "option") {
            return take_option(read_line(line.rest));
        } else if (line.word == "package") {
            return begin_release(words_of(rest));
        } else if (line.word == "expect") {
            block_ = Block::expect;
            world_.expects_solution = rest != "no solution";
        } else {
            return fail(Error::Kind::input, "unknown word " + std::string(line.word));
        }
        return {};
    }

    Result<void> take_option(const Line& line) {
        resolve::Options& options = world_.options;
        if (line.word == "resolution") {
            options.strategy = line.rest == "lowest"          ? resolve::Strategy::lowest
                               : line.rest == "lowest-direct" ? resolve::Strategy::lowest_direct
                                                              : resolve::Strategy::highest;
        } else if (line.word == "prerelease") {
            std::vector<std::string> words = words_of(line.rest);
            auto mode = TRY(prerelease_mode(words.empty() ? "" : words.back()));
            if (words.size() == 2) {
                options.prereleases_of[pep::Name::of(words.front())] = mode;
                world_.prereleases_of[words.front()] = words.back();
            } else {
                options.prereleases = mode;
            }
        } else if (line.word == "forks") {
            options.forks = line.rest == "fewest" ? resolve::ForkStrategy::fewest
                                                  : resolve::ForkStrategy::newest;
        } else {
            return fail(Error::Kind::input, "unknown option " + std::string(line.word));
        }
        return {};
    }

    /// "package NAME VERSION" or "package NAME VERSION from SOURCE".
    Result<void> begin_release(const std::vector<std::string>& words) {
        if (words.size() != 2 && !(words.size() == 4 && words[2] == "from")) {
            return fail(Error::Kind::input, "package NAME VERSION [from SOURCE]");
        }
        std::string source = words.size() == 4 ? words[3] : "";
        auto range = world_.projects.equal_range(words[0]);
        auto found = std::find_if(range.first, range.second,
                                  [&](const auto& entry) { return entry.second.source == source; });
        if (found == range.second) {
            found = world_.projects.emplace(words[0], WorldProject{source, {}});
        }
        found->second.releases.emplace_back();
        release_ = &found->second.releases.back();
        release_->version = words[1];
        block_ = Block::release;
        return {};
    }

    Result<void> take_release(const Line& line) {
        std::string rest(line.rest);
        if (line.word == "requires") {
            release_->needs.push_back(rest);
        } else if (line.word == "requires-python") {
            release_->requires_python = rest;
        } else if (line.word == "extra") {
            release_->extras.push_back(rest);
        } else if (line.word == "wheel") {
            release_->wheels.push_back(rest);
        } else if (line.word == "no-sdist") {
            release_->has_sdist = false;
        } else if (line.word == "yanked") {
            release_->is_yanked = true;
        } else if (line.word == "unusable") {
            release_->unusable = rest;
        } else if (line.word == "broken-metadata") {
            release_->broken_metadata = rest;
        } else {
            return fail(Error::Kind::input, "unknown word " + std::string(line.word));
        }
        return {};
    }

    Result<void> take_expectation(const Line& line) {
        std::string rest(line.rest);
        if (line.word == "says") {
            world_.says.push_back(rest);
        } else if (line.word == "silent-on") {
            world_.silent_on.push_back(rest);
        } else if (line.word == "regions") {
            world_.regions_expected = static_cast<size_t>(parse_unsigned(rest).value_or(0));
        } else if (line.word == "nothing") {
            world_.expects_packages = true;
        } else if (line.word == "any") {
            world_.expects_packages = false;
        } else {
            world_.expects_packages = true;
            world_.packages.push_back(std::string(line.word) + " " + rest);
        }
        return {};
    }

    World world_;
    Block block_ = Block::none;
    WorldRelease* release_ = nullptr;
};

} // namespace

Result<World> World::parse(std::string_view text) {
    return WorldReader().read(text);
}

WorldRelease& World::release(const std::string& project, const std::string& version) {
    auto found = projects.find(project);
    if (found == projects.end()) {
        found = projects.emplace(project, WorldProject{});
    }
    for (WorldRelease& release : found->second.releases) {
        if (release.version == version) {
            return release;
        }
    }
    found->second.releases.emplace_back();
    found->second.releases.back().version = version;
    return found->second.releases.back();
}

std::optional<pep::MarkerEnvironment> environment_named(std::string_view name,
                                                        std::string_view python) {
    struct Machine {
        std::string_view name, os_name, sys_platform, platform_system, machine;
    };
    static constexpr Machine machines[] = {
        {"linux", "posix", "linux", "Linux", "x86_64"},
        {"linux-arm", "posix", "linux", "Linux", "aarch64"},
        {"macos", "posix", "darwin", "Darwin", "arm64"},
        {"macos-intel", "posix", "darwin", "Darwin", "x86_64"},
        {"windows", "nt", "win32", "Windows", "AMD64"},
        {"freebsd", "posix", "freebsd14", "FreeBSD", "amd64"},
    };
    constexpr std::string_view pypy = "-pypy";
    bool is_pypy = name.size() > pypy.size() && name.substr(name.size() - pypy.size()) == pypy;
    if (is_pypy) {
        name.remove_suffix(pypy.size());
    }
    for (const Machine& machine : machines) {
        if (machine.name == name) {
            pep::MarkerEnvironment result;
            result.os_name = machine.os_name;
            result.sys_platform = machine.sys_platform;
            result.platform_system = machine.platform_system;
            result.platform_machine = machine.machine;
            result.platform_python_implementation = is_pypy ? "PyPy" : "CPython";
            result.platform_release = "6.1";
            result.platform_version = "1";
            result.implementation_name = is_pypy ? "pypy" : "cpython";
            std::vector<std::string_view> parts = split(python, '.');
            std::string full(python);
            full += parts.size() == 2 ? ".1" : "";
            result.python_full_version = full;
            result.implementation_version = is_pypy ? "7.3.17" : full;
            result.python_version =
                std::string(parts[0]) + "." + std::string(parts.size() > 1 ? parts[1] : "0");
            return result;
        }
    }
    return std::nullopt;
}

namespace {

Result<MarkerId> files_of(const WorldRelease& release, pep::MarkerSpace& space) {
    if (release.has_sdist || (release.wheels.empty() && release.unusable.empty())) {
        return MarkerId::always;
    }
    MarkerId files = MarkerId::never;
    for (const std::string& wheel : release.wheels) {
        TRY(pep::parse_tag_parts(wheel));
        files = space.either(files, pep::TagEnvironments(space).of(wheel));
    }
    return files;
}

Result<resolve::Dependency> dependency_of(std::string_view text, pep::MarkerSpace& space) {
    // "name @ index:NAME" pins an index; the rest is as in the standard.
    auto requirement = TRY(pep::Requirement::parse(text));
    return resolve::Dependency::from(requirement, space);
}

} // namespace

WorldProvider::WorldProvider(const World& world, pep::MarkerSpace& space)
    : world_(world), space_(space), region_(region_of(world, space).value_or(MarkerId::always)) {}

Result<const resolve::Releases*> WorldProvider::releases(const pep::Name& name,
                                                         std::string_view source) {
    std::string key = name.str() + " " + std::string(source);
    auto known = known_.find(key);
    if (known != known_.end()) {
        return &known->second->releases;
    }
    unannounced_ += size_t{1} - wanted_.count(key);
    auto made = std::make_unique<Known>();
    made->releases.unavailable = "was not found on the index";
    auto range = world_.projects.equal_range(name.str());
    for (auto project = range.first; project != range.second; ++project) {
        if (project->second.source != source) {
            continue;
        }
        made->releases.unavailable.clear();
        for (const WorldRelease& release : project->second.releases) {
            pep::Version version = TRY(pep::Version::parse(release.version));
            resolve::Release entry{.version = std::move(version),
                                   .requires_python = release.requires_python,
                                   .unusable = release.unusable};
            entry.is_yanked = release.is_yanked;
            if (!release.requires_python.empty()) {
                // One that cannot be read counts as none, as old releases need it.
                auto pythons = pep::Specifiers::parse(release.requires_python);
                entry.pythons =
                    pythons ? resolve::python_support(space_, *pythons, region_) : MarkerId::always;
            }
            entry.files = TRY(files_of(release, space_));
            made->releases.releases.push_back(std::move(entry));
            made->sources.push_back(&release);
        }
    }
    const resolve::Releases* result = &made->releases;
    known_.emplace(std::move(key), std::move(made));
    return result;
}

Result<const resolve::ReleaseMetadata*>
WorldProvider::metadata(const pep::Name& name, std::string_view source, size_t release) {
    std::string project_key = name.str() + " " + std::string(source);
    std::string key = project_key + " " + std::to_string(release);
    auto known = metadata_.find(key);
    if (known != metadata_.end()) {
        return known->second.get();
    }
    const WorldRelease& from = *known_.at(project_key)->sources.at(release);
    unannounced_ += size_t{1} - wanted_.count(project_key + " " + from.version);
    auto made = std::make_unique<resolve::ReleaseMetadata>();
    made->unavailable = from.broken_metadata;
    for (const std::string& text : from.needs) {
        auto dependency = dependency_of(text, space_);
        if (dependency) {
            made->dependencies.push_back(std::move(*dependency));
        } else {
            made->unavailable = dependency.error().message;
        }
    }
    for (const std::string& extra : from.extras) {
        made->extras.push_back(pep::Name::of(extra));
    }
    const resolve::ReleaseMetadata* result = made.get();
    metadata_.emplace(std::move(key), std::move(made));
    return result;
}

void WorldProvider::prefetch(std::span<const resolve::Wanted> wanted) {
    for (const resolve::Wanted& one : wanted) {
        wanted_.insert(one.name->str() + " " + std::string(one.source) +
                       (one.version != nullptr ? " " + one.version->str() : ""));
    }
}

namespace {

Result<MarkerId> marker_of(const std::string& text, pep::MarkerSpace& space) {
    auto marker = TRY_IN(text, pep::Marker::parse(text));
    return space.from(marker);
}

Result<std::vector<resolve::RootRequirement>> roots_of(const std::vector<std::string>& texts,
                                                       pep::MarkerSpace& space) {
    std::vector<resolve::RootRequirement> result;
    for (const std::string& text : texts) {
        result.push_back(resolve::RootRequirement{TRY_IN(text, dependency_of(text, space)),
                                                  "root:" + std::to_string(result.size() + 1)});
    }
    return result;
}

/// "NAME VERSION [from SOURCE] [; MARKER]"
Result<resolve::Preference> preference_of(const std::string& text, pep::MarkerSpace& space) {
    size_t semicolon = text.find(" ; ");
    std::vector<std::string> words = words_of(text.substr(0, semicolon));
    if (words.size() != 2 && !(words.size() == 4 && words[2] == "from")) {
        return fail(Error::Kind::input, "prefer NAME VERSION [from SOURCE] [; MARKER]");
    }
    pep::Name name = TRY(pep::Name::parse(words[0]));
    pep::Version version = TRY(pep::Version::parse(words[1]));
    MarkerId where = semicolon == std::string::npos
                         ? MarkerId::always
                         : TRY(marker_of(text.substr(semicolon + 3), space));
    return resolve::Preference{std::move(name), std::move(version),
                               words.size() == 4 ? words[3] : "", false, where};
}

} // namespace

Result<MarkerId> region_of(const World& world, pep::MarkerSpace& space) {
    if (world.environment) {
        return space.from_environment(*world.environment);
    }
    MarkerId region = world.regions.empty() ? MarkerId::always : MarkerId::never;
    for (const std::string& text : world.regions) {
        region = space.either(region, TRY(marker_of(text, space)));
    }
    if (!world.requires_python.empty()) {
        auto pythons = TRY(pep::Specifiers::parse(world.requires_python));
        region = space.both(region, space.from_requires_python(pythons));
    }
    return region;
}

Result<resolve::Problem> problem_of(const World& world, pep::MarkerSpace& space) {
    resolve::Problem problem;
    problem.requirements = TRY(roots_of(world.require, space));
    problem.constraints = TRY(roots_of(world.constrain, space));
    problem.overrides = TRY(roots_of(world.override_with, space));
    for (const std::string& name : world.exclude) {
        problem.excludes.push_back(TRY(pep::Name::parse(name)));
    }
    problem.region = TRY(region_of(world, space));
    for (const std::string& required : world.required_environments) {
        problem.required_environments.push_back(TRY(marker_of(required, space)));
    }
    for (const std::string& split : world.first_split) {
        problem.first_split.push_back(TRY(marker_of(split, space)));
    }
    for (const std::string& text : world.prefer) {
        problem.preferences.push_back(TRY(preference_of(text, space)));
    }
    problem.options = world.options;
    return problem;
}

std::string str(const resolve::Solution& solution, pep::MarkerSpace& space) {
    std::string text;
    for (const resolve::Package& package : solution.packages) {
        text += package.name.str() + " " + package.version.str();
        std::string marker = space.text(package.marker);
        if (!marker.empty()) {
            text += " ; " + marker;
        }
        text += "\n";
    }
    return text;
}

} // namespace pawl::scenarios
