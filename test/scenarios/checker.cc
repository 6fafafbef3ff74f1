#include "test/scenarios/checker.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "pep/tag.h"
#include "pep/tag_marker.h"

namespace pawl::scenarios {

using pep::MarkerId;

namespace {

struct Candidate {
    const WorldRelease* release = nullptr;
    lock::Distribution distribution;
    std::optional<pep::Version> oldest_python; ///< the lower bound of Requires-Python
    bool is_readable = true;                   ///< its requirements are

    const pep::Version& version() const { return *distribution.version; }
};

bool holds(const pep::Marker& marker, const Point& point) {
    pep::MarkerContext context = point.context;
    context.extra = "";
    context.extras = context.extras.value_or(std::set<std::string>());
    context.dependency_groups = context.dependency_groups.value_or(std::set<std::string>());
    auto result = marker.evaluate(point.environment, context);
    return result && *result;
}

} // namespace

struct Judge::Rules {
    const World* world = nullptr;
    lock::Question question;
    std::map<std::string, std::vector<Candidate>, std::less<>> projects;
    std::vector<pep::Marker> regions;
    std::optional<pep::Specifiers> requires_python;
    // The files of a release as a marker, evaluated point by point.
    mutable pep::MarkerSpace space;

    std::vector<pep::Marker> required_environments;
    bool needs_file(const Point& point) const;
    bool is_usable(const std::string& name, const Candidate& candidate, const Point& point) const;
    bool has_file(const WorldRelease& release, const Point& point) const;
};

bool Judge::Rules::has_file(const WorldRelease& release, const Point& point) const {
    if (release.has_sdist || (release.wheels.empty() && release.unusable.empty())) {
        return true;
    }
    for (const std::string& wheel : release.wheels) {
        if (space.evaluate(pep::TagEnvironments(space).of(wheel), point.environment)) {
            return true;
        }
    }
    return false;
}

bool Judge::Rules::needs_file(const Point& point) const {
    bool required = world->environment.has_value();
    for (const pep::Marker& environment : required_environments) {
        required = required || holds(environment, point);
    }
    return required;
}

/// A release must have a file here if the problem says so. Without that, the resolver's rule for a
/// lock holds, which takes a release that has a file somewhere.
bool Judge::Rules::is_usable(const std::string& name, const Candidate& candidate,
                             const Point& point) const {
    const WorldRelease& release = *candidate.release;
    if (!release.unusable.empty() || !release.broken_metadata.empty() || !candidate.is_readable) {
        return false;
    }
    auto full = pep::Version::parse(point.environment.python_full_version);
    check(full.has_value());
    if (candidate.oldest_python && *full < *candidate.oldest_python) {
        return false;
    }
    if (needs_file(point) && !has_file(release, point)) {
        return false;
    }
    if (release.is_yanked) {
        bool let_in = false;
        for (const std::vector<pep::Requirement>* list :
             {&question.roots, &question.constraints, &question.overrides}) {
            for (const pep::Requirement& requirement : *list) {
                let_in = let_in || (requirement.name.str() == name && lock::is_exact(requirement) &&
                                    lock::admits(requirement, candidate.distribution));
            }
        }
        for (const std::string& preference : world->prefer) {
            let_in = let_in || preference == name + " " + candidate.version().str();
        }
        if (!let_in) {
            return false;
        }
    }
    if (!candidate.version().is_prerelease() || !candidate.distribution.source.empty()) {
        return true;
    }
    const resolve::Options& options = world->options;
    auto own = options.prereleases_of.find(pep::Name::of(name));
    return (own != options.prereleases_of.end() ? own->second : options.prereleases) !=
           resolve::PrereleaseMode::disallow;
}

namespace {

/// Those that can be read; `all_read` becomes false when one cannot.
std::vector<pep::Requirement> parse_all(const std::vector<std::string>& texts, bool& all_read) {
    std::vector<pep::Requirement> result;
    for (const std::string& text : texts) {
        auto requirement = pep::Requirement::parse(text);
        if (requirement) {
            result.push_back(std::move(*requirement));
        } else {
            all_read = false;
        }
    }
    return result;
}

std::vector<pep::Requirement> parse_own(const std::vector<std::string>& texts) {
    bool all_read = true;
    std::vector<pep::Requirement> result = parse_all(texts, all_read);
    check(all_read);
    return result;
}

Candidate candidate_of(const std::string& name, const WorldRelease& release,
                       const std::string& source) {
    auto version = pep::Version::parse(release.version);
    check(version.has_value());
    Candidate candidate{&release, {pep::Name::of(name), *version, source, {}}, std::nullopt};
    candidate.distribution.needs = parse_all(release.needs, candidate.is_readable);
    auto pythons = pep::Specifiers::parse(release.requires_python);
    if (pythons) {
        // The lower bound alone counts; these worlds write it as a clause of its own.
        for (const pep::Specifier& clause : pythons->clauses()) {
            if (clause.op() == pep::Specifier::Operator::greater_equal ||
                clause.op() == pep::Specifier::Operator::equal) {
                candidate.oldest_python = clause.version();
            }
        }
    }
    return candidate;
}

} // namespace

Judge::Judge(const World& world) : rules_(std::make_unique<Rules>()) {
    Rules& rules = *rules_;
    rules.world = &world;
    rules.question.roots = parse_own(world.require);
    rules.question.constraints = parse_own(world.constrain);
    rules.question.overrides = parse_own(world.override_with);
    rules.question.excludes.insert(world.exclude.begin(), world.exclude.end());
    for (const auto& project : world.projects) {
        for (const WorldRelease& release : project.second.releases) {
            rules.projects[project.first].push_back(
                candidate_of(project.first, release, project.second.source));
        }
    }
    for (const std::string& required : world.required_environments) {
        auto marker = pep::Marker::parse(required);
        check(marker.has_value());
        rules.required_environments.push_back(*marker);
    }
    for (const std::string& region : world.regions) {
        auto marker = pep::Marker::parse(region);
        check(marker.has_value());
        rules.regions.push_back(*marker);
    }
    if (!world.requires_python.empty()) {
        auto pythons = pep::Specifiers::parse(world.requires_python);
        check(pythons.has_value());
        rules.requires_python = *pythons;
    }
}

Judge::~Judge() = default;

bool Judge::covers(const Point& point) const {
    const Rules& rules = *rules_;
    if (rules.world->environment) {
        const pep::MarkerEnvironment& only = *rules.world->environment;
        return only.sys_platform == point.environment.sys_platform &&
               only.python_full_version == point.environment.python_full_version &&
               only.platform_machine == point.environment.platform_machine &&
               only.implementation_name == point.environment.implementation_name;
    }
    if (rules.requires_python) {
        auto python = pep::Version::parse(point.environment.python_full_version);
        if (!python || !rules.requires_python->set().contains(*python)) {
            return false;
        }
    }
    bool inside = rules.regions.empty();
    for (const pep::Marker& region : rules.regions) {
        inside = inside || holds(region, point);
    }
    return inside;
}

namespace {

std::string name_of(const resolve::Package& package) {
    return package.name.str() + " " + package.version.str();
}

} // namespace

std::string Judge::fault(const resolve::Solution& solution, pep::MarkerSpace& space,
                         const Point& point) const {
    const Rules& rules = *rules_;
    pep::MarkerContext context = point.context;
    context.extra = "";
    context.extras = context.extras.value_or(std::set<std::string>());
    context.dependency_groups = context.dependency_groups.value_or(std::set<std::string>());
    lock::Choice selected;
    for (const resolve::Package& package : solution.packages) {
        if (!space.evaluate(package.marker, point.environment, context)) {
            continue;
        }
        std::string name = package.name.str();
        const Candidate* found = nullptr;
        auto project = rules.projects.find(name);
        for (size_t i = 0; project != rules.projects.end() && i < project->second.size(); ++i) {
            const Candidate& candidate = project->second[i];
            if (candidate.version() == package.version &&
                candidate.distribution.source == package.source) {
                found = &candidate;
            }
        }
        if (found == nullptr) {
            return name_of(package) + " does not exist";
        }
        if (!selected.emplace(package.name.str(), &found->distribution).second) {
            return "two releases of " + name;
        }
        if (!rules.is_usable(name, *found, point)) {
            return name_of(package) + " cannot be used here";
        }
    }
    std::vector<lock::Fault> faults = lock::faults_of(selected, rules.question, point);
    return faults.empty() ? "" : faults.front().message;
}

/// Decides one needed project after the other, each on every release it may have.
class Judge::Search {
  public:
    Search(const Rules& rules, const Point& point) : rules_(rules), point_(point) {}

    std::optional<bool> run() {
        bool found = step();
        if (steps_ > steps_max) {
            return std::nullopt;
        }
        return found;
    }

  private:
    static constexpr uint64_t steps_max = 1'000'000;

    /// Whether the choices so far can be completed. As deep as there are projects.
    bool step() {
        if (++steps_ > steps_max) {
            return false;
        }
        std::optional<std::string> missing;
        bool comes_from_elsewhere = false;
        for (lock::Fault& fault : lock::faults_of(chosen_, rules_.question, point_)) {
            if (fault.kind == lock::Fault::Kind::missing) {
                missing = std::move(fault.project);
            } else if (fault.kind == lock::Fault::Kind::wrong_source) {
                comes_from_elsewhere = true; // unless what is missing asks for it
            } else {
                return false;
            }
        }
        if (!missing) {
            return !comes_from_elsewhere;
        }
        auto project = rules_.projects.find(*missing);
        if (project == rules_.projects.end()) {
            return false;
        }
        for (const Candidate& candidate : project->second) {
            if (rules_.is_usable(*missing, candidate, point_)) {
                chosen_[candidate.distribution.name.str()] = &candidate.distribution;
                if (step()) {
                    return true;
                }
                chosen_.erase(candidate.distribution.name.str());
            }
        }
        return false;
    }

    const Rules& rules_;
    const Point& point_;
    lock::Choice chosen_;
    uint64_t steps_ = 0;
};

std::optional<bool> Judge::can_be_solved(const Point& point) const {
    return Search(*rules_, point).run();
}

namespace {

void add_points(std::vector<Point>& points, std::string_view machine, std::string_view python) {
    auto environment = environment_named(machine, python);
    check(environment.has_value());
    points.push_back(Point{*environment, {}});
}

} // namespace

std::vector<Point> wide_grid() {
    std::vector<Point> points;
    for (std::string_view machine : {"linux", "linux-arm", "macos", "macos-intel", "windows",
                                     "freebsd", "linux-pypy", "windows-pypy"}) {
        for (std::string_view python : {"3.6", "3.7", "3.8", "3.9", "3.10", "3.10.12", "3.11",
                                        "3.12", "3.12.4", "3.13", "3.14", "3.15"}) {
            add_points(points, machine, python);
        }
    }
    return points;
}

std::vector<Point> narrow_grid(bool with_extras) {
    std::vector<Point> points;
    for (std::string_view machine : {"linux", "macos", "windows", "freebsd"}) {
        for (std::string_view python : {"3.9", "3.10", "3.11", "3.12"}) {
            for (int extras = 0; extras < (with_extras ? 4 : 1); ++extras) {
                add_points(points, machine, python);
                std::set<std::string>& asked = points.back().context.extras.emplace();
                if ((extras & 1) != 0) {
                    asked.insert("x");
                }
                if ((extras & 2) != 0) {
                    asked.insert("y");
                }
            }
        }
    }
    return points;
}

} // namespace pawl::scenarios
