#include "resolve/resolve.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>

#include "base/check.h"
#include "resolve/explain.h"
#include "resolve/graph.h"

namespace pawl::resolve {

using pep::MarkerId;

namespace {

/// A part of the problem's region that is still to be solved.
struct Open {
    MarkerId region = MarkerId::never;
    Pins pins;
    /// How many regions had an answer when this one last failed for want of a file; another
    /// region's answer may help.
    std::optional<size_t> failed_after = std::nullopt;
};

class Universal {
  public:
    Universal(const Problem& problem, Provider& provider, pep::MarkerSpace& space)
        : problem_(problem), space_(space), catalog_(problem, provider, space) {
        budget_.options = &problem.options;
    }

    Result<Solution> run() {
        if (catalog_.region() == MarkerId::never) {
            return pawl::fail(Error::Kind::usage,
                              "there is no environment for which to resolve: requires-python and "
                              "the environments asked for exclude each other");
        }
        TRY(solve_all());
        if (budget_.has_shared_files && !has_all_files()) {
            budget_.shares_files = false; // as if each region were alone
            answers_.clear();
            siblings_.clear();
            TRY(solve_all());
        }
        Solution solution = TRY(build_graph(answers_, catalog_));
        solution.region = catalog_.region();
        for (MarkerId region : merge_regions(answers_, catalog_)) {
            solution.regions.push_back(space_.simplify(region, solution.region));
        }
        solution.statistics = statistics_;
        solution.statistics.decisions = budget_.progress.decisions;
        solution.statistics.conflicts = budget_.progress.conflicts;
        return solution;
    }

  private:
    Result<void> solve_all() {
        open_first();
        while (!open_.empty()) {
            Open next = std::move(open_.front());
            open_.pop_front();
            TRY(solve(std::move(next)));
            if (space_.is_exhausted()) {
                return pawl::fail(Error::Kind::input,
                                  "the markers of these requirements are too many to compute with");
            }
        }
        return {};
    }

    /// Whether each release has a file somewhere where it is chosen, and so in each required
    /// environment.
    bool has_all_files() {
        std::map<const Release*, MarkerId> chosen;
        for (const Answer& answer : answers_) {
            for (const Choice& choice : answer.choices) {
                const Release* release = catalog_.at(choice.domain).slots[choice.release].release;
                auto [place, is_new] = chosen.try_emplace(release, MarkerId::never);
                place->second = space_.either(place->second, choice.where);
            }
        }
        std::vector<MarkerId> scopes = problem_.required_environments;
        scopes.push_back(MarkerId::always);
        for (const auto& [release, where] : chosen) {
            for (MarkerId scope : scopes) {
                MarkerId part = space_.both(where, scope);
                if (part != MarkerId::never && space_.are_disjoint(part, release->files)) {
                    return false;
                }
            }
        }
        return true;
    }

    /// A region that failed for want of a file is tried again once others have answers.
    bool may_wait(const Open& region, const RegionSolver& solver) const {
        return solver.lacked_file() && budget_.shares_files && !open_.empty() &&
               region.failed_after != answers_.size();
    }

    void open_first() {
        MarkerId rest = catalog_.region();
        for (MarkerId part : problem_.first_split) {
            MarkerId inside = space_.both(part, rest);
            if (inside != MarkerId::never) {
                open_.push_back(Open{inside, {}, {}});
                rest = space_.minus(rest, inside);
            }
        }
        if (rest != MarkerId::never) {
            open_.push_back(Open{rest, {}, {}});
        }
    }

    Result<void> solve(Open next) {
        constexpr uint32_t restarts_max = 10'000;
        budget_.may_split = answers_.size() + open_.size() < problem_.options.regions_max;
        budget_.progress.regions_open = static_cast<uint32_t>(open_.size()) + 1;
        RegionSolver solver(catalog_, budget_, next.region, next.pins, siblings_);
        Verdict verdict = TRY(solver.run());
        ++statistics_.regions_solved;
        switch (verdict.kind) {
        case Verdict::Kind::solved:
            keep(next.region, solver.choices());
            break;
        case Verdict::Kind::split:
            open_halves(next, verdict);
            break;
        case Verdict::Kind::pinned:
            if (++statistics_.restarts > restarts_max) {
                return pawl::fail(Error::Kind::no_solution,
                                  "no solution: too many different sources are asked for");
            }
            open_.push_front(std::move(next));
            break;
        case Verdict::Kind::failed: {
            if (may_wait(next, solver)) {
                next.failed_after = answers_.size();
                open_.push_back(std::move(next));
                break;
            }
            Report report = explain(solver, catalog_, verdict.marker);
            return pawl::fail(report.is_integrity ? Error::Kind::integrity
                                                  : Error::Kind::no_solution,
                              report.str());
        }
        }
        return {};
    }

    void keep(MarkerId region, std::vector<Choice> choices) {
        for (const Choice& choice : choices) {
            if (catalog_.is_base(choice.node)) {
                size_t project = index_of(catalog_.at(choice.node).project);
                if (siblings_.size() <= project) {
                    siblings_.resize(project + 1);
                }
                siblings_[project].push_back(choice);
            }
        }
        answers_.push_back(Answer{region, std::move(choices)});
        ++budget_.progress.regions_done;
    }

    /// Newer Pythons first, unless old releases are wanted; else the part where the marker holds.
    void open_halves(Open& whole, const Verdict& split) {
        MarkerId first = space_.both(whole.region, split.marker);
        MarkerId second = space_.minus(whole.region, split.marker);
        if (split.rest_first) {
            std::swap(first, second);
        }
        check(first != MarkerId::never && second != MarkerId::never);
        bool newer_first = problem_.options.strategy == Strategy::highest &&
                           problem_.options.forks == ForkStrategy::newest;
        std::strong_ordering order = compare_pythons(first, second);
        if (newer_first ? order < 0 : order > 0) {
            std::swap(first, second);
        }
        open_.push_front(Open{second, whole.pins, {}});
        open_.push_front(Open{first, std::move(whole.pins), {}});
    }

    /// By the oldest Python of each.
    std::strong_ordering compare_pythons(MarkerId a, MarkerId b) {
        std::vector<pep::VersionSet::Interval> of_a = space_.pythons(a).intervals();
        std::vector<pep::VersionSet::Interval> of_b = space_.pythons(b).intervals();
        bool a_begins = !of_a.empty() && of_a.front().begin.has_value();
        bool b_begins = !of_b.empty() && of_b.front().begin.has_value();
        if (a_begins && b_begins) {
            return *of_a.front().begin <=> *of_b.front().begin;
        }
        return a_begins <=> b_begins;
    }

    const Problem& problem_;
    pep::MarkerSpace& space_;
    Catalog catalog_;
    Budget budget_;
    std::deque<Open> open_;
    std::vector<Answer> answers_;
    Siblings siblings_;
    Statistics statistics_;
};

} // namespace

Result<Solution> resolve(const Problem& problem, Provider& provider, pep::MarkerSpace& space) {
    return Universal(problem, provider, space).run();
}

MarkerId python_support(pep::MarkerSpace& space, const pep::Specifiers& requires_python,
                        MarkerId region) {
    std::vector<pep::VersionSet::Interval> intervals = requires_python.set().intervals();
    if (intervals.empty() ||
        space.are_disjoint(space.from_requires_python(requires_python.set()), region)) {
        return MarkerId::never;
    }
    return space.from_requires_python(
        pep::VersionSet::between(intervals.front().begin, std::nullopt));
}

namespace {

/// Markers are bounded in depth.
void collect_extras(const pep::Marker& marker, std::vector<std::string>& names) {
    for (const pep::Marker& child : marker.children()) {
        collect_extras(child, names);
    }
    if (marker.kind() == pep::Marker::Kind::comparison &&
        marker.comparison().variable == pep::MarkerVariable::extra) {
        names.push_back(pep::normalize_name(marker.comparison().literal));
    }
}

} // namespace

Dependency Dependency::from(const pep::Requirement& requirement, pep::MarkerSpace& space) {
    Dependency result{requirement.name, requirement.extras, {}, MarkerId::always, {}, {}};
    result.versions = requirement.specifiers.set();
    result.marker = requirement.marker ? space.from(*requirement.marker) : MarkerId::always;
    if (requirement.marker) {
        collect_extras(*requirement.marker, result.marker_extras);
    }
    result.source = requirement.url;
    result.text = requirement.str();
    result.names_prerelease = requirement.specifiers.names_prerelease();
    const std::vector<pep::Specifier>& clauses = requirement.specifiers.clauses();
    result.is_exact = !requirement.url.empty() ||
                      (clauses.size() == 1 && !clauses.front().is_wildcard() &&
                       (clauses.front().op() == pep::Specifier::Operator::equal ||
                        clauses.front().op() == pep::Specifier::Operator::arbitrary_equal));
    for (const pep::Specifier& clause : clauses) {
        if (clause.op() == pep::Specifier::Operator::arbitrary_equal) {
            result.spellings.emplace_back(clause.version_text());
        }
    }
    return result;
}

} // namespace pawl::resolve
