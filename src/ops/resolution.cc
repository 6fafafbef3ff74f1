#include "ops/resolution.h"

#include <algorithm>
#include <map>

#include "base/clock.h"
#include "base/text.h"
#include "lock/overlap.h"
#include "ops/index_provider.h"
#include "ops/lock_files.h"
#include "ops/source_tree.h"
#include "pep/marker_space.h"
#include "resolve/resolve.h"

namespace pawl::ops {

namespace {

/// The environments that share a lock made for one interpreter: its Python minor on its platform.
/// What changes with every kernel update (platform_release, platform_version) stays open.
pep::MarkerId region_of(const python::Interpreter& interpreter, pep::MarkerSpace& space) {
    using Comparison = pep::Marker::Comparison;
    using Variable = pep::MarkerVariable;
    const pep::MarkerEnvironment& markers = interpreter.markers;
    pep::MarkerId region = pep::MarkerId::always;
    for (Variable variable : {Variable::os_name, Variable::sys_platform, Variable::platform_system,
                              Variable::platform_machine, Variable::platform_python_implementation,
                              Variable::implementation_name, Variable::python_version}) {
        region = space.both(
            region, space.from(pep::Marker::of(Comparison{.variable = variable,
                                                          .op = pep::Marker::Operator::equal,
                                                          .literal = markers.value(variable)})));
    }
    return region;
}

/// The environments of the request as one set.
Result<pep::MarkerId> region_of(const ResolutionRequest& request, pep::MarkerSpace& space) {
    if (request.only_for != nullptr) {
        return region_of(*request.only_for, space);
    }
    pep::MarkerId region = space.from_requires_python(request.requires_python);
    if (!request.environments.empty()) {
        pep::MarkerId wanted = pep::MarkerId::never;
        for (const pep::Marker& marker : request.environments) {
            wanted = space.either(wanted, space.from(marker));
        }
        region = space.both(region, wanted);
    }
    for (const pep::Marker& marker : request.left_out) {
        region = space.minus(region, space.from(marker));
    }
    if (region == pep::MarkerId::never) {
        return fail(Error::Kind::no_solution, "no solution: requires-python \"" +
                                                  request.requires_python.str() +
                                                  "\" and the environments leave no Python at all");
    }
    return region;
}

Result<resolve::RootRequirement> root_of(const RootRequirement& given, std::string_view directory,
                                         pep::MarkerSpace& space) {
    resolve::RootRequirement root{resolve::Dependency::from(given.requirement, space),
                                  given.origin};
    if (!root.dependency.source.empty()) {
        root.dependency.source =
            TRY_IN(given.origin, absolute_source(root.dependency.source, directory));
    }
    return root;
}

Result<std::vector<resolve::RootRequirement>> roots_of(const std::vector<RootRequirement>& given,
                                                       std::string_view directory,
                                                       pep::MarkerSpace& space) {
    std::vector<resolve::RootRequirement> roots;
    for (const RootRequirement& one : given) {
        roots.push_back(TRY(root_of(one, directory, space)));
    }
    return roots;
}

/// The versions and regions of an earlier lock.
Result<> add_previous(const ResolutionRequest& request, resolve::Problem& problem,
                      pep::MarkerSpace& space) {
    if (request.previous == nullptr) {
        return {};
    }
    for (const lock::Package& package : request.previous->packages) {
        bool is_upgraded = std::ranges::find(request.upgrade_packages, package.name) !=
                           request.upgrade_packages.end();
        if (package.version && !is_upgraded) {
            problem.preferences.push_back(
                {.name = package.name,
                 .version = *package.version,
                 .source = {},
                 .is_of_any_source = true,
                 .marker = package.marker ? space.from(*package.marker) : pep::MarkerId::always});
        }
    }
    for (const std::string& region : TRY(read_record(*request.previous)).regions) {
        Result<pep::Marker> marker = pep::Marker::parse(region);
        if (marker) {
            problem.first_split.push_back(space.from(*marker));
        }
    }
    return {};
}

/// Says what takes so long, where there is no terminal to show it on: after two seconds, and then
/// each time that twice as many have passed. Only of much work, so that a slow machine or index,
/// which say so themselves, change nothing.
class Patience {
  public:
    void tell(const resolve::Progress& progress, Terminal& terminal) {
        constexpr uint64_t steps_min = 20'000;
        constexpr int64_t second_ns = 1'000'000'000;
        int64_t passed_ns = monotonic_ns() - began_ns_;
        if (terminal.is_interactive() || progress.decisions + progress.conflicts < steps_min ||
            passed_ns < next_ns_) {
            return;
        }
        next_ns_ = 2 * passed_ns;
        terminal.note("still resolving after " + std::to_string(passed_ns / second_ns) +
                      " s: " + std::to_string(progress.decisions) + " decisions, " +
                      std::to_string(progress.conflicts) + " conflicts" +
                      (progress.project.empty() ? "" : ", now at ") + printable(progress.project));
    }

  private:
    int64_t began_ns_ = monotonic_ns();
    int64_t next_ns_ = 2'000'000'000;
};

/// What a guess at the next question must know of the problem.
LookAheadHints hints_of(const ResolutionRequest& request, const resolve::Problem& problem) {
    LookAheadHints hints;
    hints.region = [&request](pep::MarkerSpace& space) {
        return region_of(request, space).value_or(pep::MarkerId::always);
    };
    for (const resolve::Preference& preference : problem.preferences) {
        hints.preferred[preference.name].push_back(preference.version);
    }
    for (const resolve::RootRequirement& constraint : problem.constraints) {
        if (constraint.dependency.marker == pep::MarkerId::always) {
            auto [place, is_new] = hints.allowed.try_emplace(constraint.dependency.name,
                                                             constraint.dependency.versions);
            place->second = place->second.intersect(constraint.dependency.versions);
        }
    }
    hints.excluded.insert(request.excludes.begin(), request.excludes.end());
    // What comes from another place is nothing that an index should be asked about.
    for (const resolve::RootRequirement& one : problem.overrides) {
        hints.excluded.insert(one.dependency.name);
    }
    for (const resolve::RootRequirement& root : problem.requirements) {
        if (!root.dependency.source.empty()) {
            hints.excluded.insert(root.dependency.name);
        }
    }
    hints.is_lowest = problem.options.strategy == resolve::Strategy::lowest;
    return hints;
}

Result<resolve::Problem> problem_of(const ResolutionRequest& request, pep::MarkerSpace& space,
                                    Terminal& terminal) {
    resolve::Problem problem;
    problem.region = TRY(region_of(request, space));
    problem.requirements = TRY(roots_of(request.requirements, request.directory, space));
    problem.constraints = TRY(roots_of(request.constraints, request.directory, space));
    problem.overrides = TRY(roots_of(request.overrides, request.directory, space));
    problem.excludes = request.excludes;
    for (const pep::Marker& marker : request.required_environments) {
        problem.required_environments.push_back(space.from(marker));
    }
    problem.options = TRY(resolve_options(request.settings));
    for (const auto& [name, mode] : request.prereleases_of) {
        Settings one{.prerelease = mode};
        problem.options.prereleases_of.insert_or_assign(name,
                                                        TRY(resolve_options(one)).prereleases);
    }
    problem.options.on_progress = [&terminal, patience = Patience()](
                                      const resolve::Progress& progress) mutable {
        terminal.progress("resolving: " + std::to_string(progress.decisions) + " decisions" +
                              (progress.project.empty() ? "" : ", ") + printable(progress.project),
                          0, 0);
        patience.tell(progress, terminal);
        return true;
    };
    TRY(add_previous(request, problem, space));
    return problem;
}

/// What may be left out of a marker because the lock as a whole says it.
pep::MarkerId assumed_of(const ResolutionRequest& request, pep::MarkerId region,
                         pep::MarkerSpace& space) {
    return request.only_for != nullptr ? region
                                       : space.from_requires_python(request.requires_python);
}

void set_environments(const ResolutionRequest& request, pep::MarkerId region,
                      pep::MarkerSpace& space, lock::Lock& lock) {
    if (request.only_for != nullptr) {
        if (request.record_environment) {
            if (auto marker = space.marker(region)) {
                lock.environments.push_back(*marker);
            }
        }
        return;
    }
    lock.environments = request.environments;
}

/// The texts of the record, each once.
std::vector<std::string> texts_of(const std::vector<RootRequirement>& roots,
                                  std::string_view directory) {
    std::vector<std::string> texts;
    for (const RootRequirement& root : roots) {
        if (!root.is_passing) {
            texts.push_back(portable_text(root.requirement, directory));
        }
    }
    std::ranges::sort(texts);
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
    return texts;
}

/// What was asked for, so that the lock can be judged without the input.
void record_question(const ResolutionRequest& request, LockRecord& record) {
    record.asked = request.asked;
    record.requirements = texts_of(request.requirements, request.directory);
    record.constraints = texts_of(request.constraints, request.directory);
    record.overrides = texts_of(request.overrides, request.directory);
    for (const pep::Name& name : request.excludes) {
        record.excludes.push_back(name.str());
    }
    for (const pep::Marker& marker : request.required_environments) {
        record.required_environments.push_back(marker.str());
    }
}

} // namespace

Result<lock::Lock> resolve_to_lock(const ResolutionRequest& request, Services& services) {
    Timings::Scope scope(services.timings(), "resolve");
    index::Client& client = *TRY(services.index(request.settings));
    pep::MarkerSpace space;
    resolve::Problem problem = TRY(problem_of(request, space, services.terminal()));
    std::optional<pep::TagSet> tags;
    if (request.only_for != nullptr) {
        tags.emplace(request.only_for->tags());
    }
    SourceTrees sources(services, request);
    IndexProvider provider(client, space, sources,
                           {.tags = tags ? &*tags : nullptr,
                            .python = tags ? &request.only_for->version : nullptr,
                            .region = problem.region,
                            .no_build = request.settings.no_build,
                            .build_advice = request.settings.build_advice,
                            .waiting =
                                [&services](const pep::Name& name) {
                                    services.terminal().progress(
                                        "resolving: asking for " + name.str(), 0, 0);
                                },
                            .formats = request.formats,
                            .hints = hints_of(request, problem)});
    Result<resolve::Solution> solution = resolve::resolve(problem, provider, space);
    services.terminal().progress_end();
    services.show_index_warnings();
    if (!solution) {
        return fail(std::move(solution.error()));
    }
    for (const std::string& warning : provider.take_warnings()) {
        services.terminal().warn(warning);
    }
    for (const std::string& warning : solution->warnings) {
        services.terminal().warn(warning);
    }

    LockFiles files(provider, sources, space,
                    {.region = problem.region,
                     .assumed = assumed_of(request, problem.region, space),
                     .lock_directory = request.directory,
                     .formats = request.formats});
    lock::Lock lock;
    lock.created_by = "pawl";
    lock.requires_python = request.requires_python;
    lock.extras.emplace();
    lock.dependency_groups.emplace();
    set_environments(request, problem.region, space, lock);
    lock.packages = TRY(files.packages(*solution));
    TRY(lock::prove_disjoint(lock, request.left_out));
    for (const pep::Name& name : request.upgrade_packages) {
        if (lock.find(name).empty()) {
            services.terminal().warn("--upgrade-package " + name.str() +
                                     ": nothing in the lock needs it");
        }
    }
    LockRecord record;
    if (solution->regions.size() > 1) {
        for (pep::MarkerId region : solution->regions) {
            record.regions.push_back(space.text(region));
        }
    }
    record.exclude_newer = request.settings.exclude_newer;
    record.resolution = request.settings.resolution;
    record.prerelease = request.settings.prerelease;
    record.fork_strategy = request.settings.fork_strategy;
    record.this_environment = request.only_for != nullptr;
    record_question(request, record);
    write_record(lock, record);
    return lock;
}

Result<> restate_requirements(lock::Lock& lock, const ResolutionRequest& request) {
    LockRecord record = TRY(read_record(lock));
    record.requirements = texts_of(request.requirements, request.directory);
    write_record(lock, record);
    return {};
}

} // namespace pawl::ops
