// The trial that each random world must pass.

#include "test/scenarios/checker.h"
#include "test/scenarios/dice.h"
#include "test/scenarios/random_world.h"

namespace pawl::scenarios {

using pep::MarkerId;

namespace {

std::string difference(const resolve::Solution& a, const resolve::Solution& b,
                       pep::MarkerSpace& space) {
    if (str(a, space) != str(b, space)) {
        return "first:\n" + str(a, space) + "again:\n" + str(b, space);
    }
    if (a.regions != b.regions) {
        return "regions differ";
    }
    bool same = a.root == b.root && a.packages.size() == b.packages.size();
    for (size_t i = 0; same && i < a.packages.size(); ++i) {
        same = a.packages[i].dependencies == b.packages[i].dependencies &&
               a.packages[i].extras == b.packages[i].extras &&
               a.packages[i].where == b.packages[i].where;
    }
    return same ? "" : "edges differ";
}

} // namespace

std::vector<WrittenEntry> written(const resolve::Solution& solution, pep::MarkerSpace& space) {
    std::vector<WrittenEntry> entries;
    for (const resolve::Package& package : solution.packages) {
        entries.push_back({package.name.str(), package.version.str(), package.source,
                           space.text(package.marker)});
    }
    return entries;
}

std::string instability_of(const resolve::Solution& solution, pep::MarkerSpace& space,
                           const World& world, resolve::Problem problem) {
    for (bool through_text : {false, true}) {
        problem.first_split.clear();
        problem.preferences.clear();
        auto reread = [&](MarkerId marker) {
            if (!through_text) {
                return marker;
            }
            std::string text = space.text(space.simplify(marker, problem.region));
            auto parsed = pep::Marker::parse(text);
            return text.empty() || !parsed ? MarkerId::always : space.from(*parsed);
        };
        for (MarkerId region : solution.regions) {
            problem.first_split.push_back(reread(region));
        }
        for (const resolve::Package& package : solution.packages) {
            problem.preferences.push_back(resolve::Preference{
                package.name, package.version, package.source, false, reread(package.where)});
        }
        WorldProvider provider(world, space);
        auto again = resolve::resolve(problem, provider, space);
        if (!again) {
            return "resolving again fails: " + again.error().message;
        }
        std::string other = difference(solution, *again, space);
        if (!other.empty()) {
            return (through_text ? "again, through text: " : "again: ") + other;
        }
    }
    return "";
}

namespace {

/// Breaks an answer in one place: an entry is gone, is everywhere, or is another release.
void spoil(std::vector<WrittenEntry>& answer, const World& world, Dice& dice) {
    WrittenEntry& entry = answer[dice.below(answer.size())];
    auto project = world.projects.find(entry.name);
    size_t way = dice.below(3);
    if (way == 0) {
        answer.erase(answer.begin() + (&entry - answer.data()));
    } else if (way == 1) {
        entry.marker = entry.marker.empty() ? "sys_platform == 'linux'" : "";
    } else if (project != world.projects.end() && !project->second.releases.empty()) {
        const std::vector<WorldRelease>& releases = project->second.releases;
        entry.version = releases[dice.below(releases.size())].version;
        entry.source = project->second.source;
    }
}

/// The answer, walked by both judges; then some broken ones, of which both must think the same.
std::string judge(const Judge& judge, std::vector<WrittenEntry> answer, const World& world) {
    std::string fault = judge.fault(answer);
    if (fault.empty()) {
        fault = judge.second_opinion(answer);
    }
    Dice dice(answer.size());
    for (int round = 0; round < 2 && fault.empty() && !answer.empty(); ++round) {
        spoil(answer, world, dice);
        fault = judge.second_opinion(answer);
    }
    return fault;
}

} // namespace

Verdict try_world(const World& world) {
    Verdict verdict;
    pep::MarkerSpace space;
    auto problem = problem_of(world, space);
    if (!problem) {
        verdict.complaint = "not a world: " + problem.error().message;
        return verdict;
    }
    Judge its_judge(world);
    Judge::Opinion opinion = its_judge.opinion();
    verdict.points = its_judge.point_count();
    verdict.judged = opinion.strictly && opinion.loosely;
    verdict.solvable = opinion.strictly && *opinion.strictly;
    WorldProvider provider(world, space);
    auto solution = resolve::resolve(*problem, provider, space);
    if (verdict.points == 0) { // the regions contradict themselves
        verdict.solvable = false;
        return verdict;
    }
    if (!solution) {
        if (solution.error().message.find("no solution") == std::string::npos) {
            verdict.complaint = "a strange error: " + solution.error().message;
        } else if (verdict.solvable) {
            verdict.complaint = "refused, but it can be solved: " + solution.error().message;
        }
        return verdict;
    }
    verdict.answered = true;
    verdict.regions = solution->regions.size();
    if (opinion.loosely && !*opinion.loosely) {
        verdict.complaint =
            "solved, but it cannot be at " + opinion.where + "\n" + str(*solution, space);
        return verdict;
    }
    verdict.complaint = judge(its_judge, written(*solution, space), world);
    if (verdict.complaint.empty()) {
        verdict.complaint = instability_of(*solution, space, world, *problem);
    }
    verdict.complaint += verdict.complaint.empty() ? "" : "\nthe answer:\n" + str(*solution, space);
    verdict.later = later_world(world, *solution, space);
    return verdict;
}

namespace {

void change(World& world, Dice& dice) {
    if (world.projects.empty()) {
        return;
    }
    auto project = world.projects.begin();
    std::advance(project, static_cast<long>(dice.below(world.projects.size())));
    std::vector<WorldRelease>& releases = project->second.releases;
    if (releases.empty()) {
        return;
    }
    WorldRelease& one = releases[dice.below(releases.size())];
    switch (dice.below(4)) {
    case 0:
        one.is_yanked = true;
        break;
    case 1:
        if (releases.size() > 1) {
            releases.erase(releases.begin() + (&one - releases.data()));
        }
        break;
    case 2: {
        WorldRelease newer = one;
        newer.version = "9.0";
        if (!newer.needs.empty() && dice.chance(50)) {
            newer.needs.pop_back();
        }
        std::erase_if(releases, [](const WorldRelease& other) { return other.version == "9.0"; });
        releases.push_back(std::move(newer));
        break;
    }
    default:
        if (world.require.size() > 1) {
            world.require.pop_back();
        } else {
            world.require.push_back(project->first);
        }
    }
}

} // namespace

World later_world(const World& world, const resolve::Solution& solution, pep::MarkerSpace& space) {
    World later = world;
    later.prefer.clear();
    later.first_split.clear();
    Dice dice(solution.packages.size() * 1000 + world.projects.size());
    size_t changes = 1 + dice.below(3);
    for (size_t i = 0; i < changes; ++i) {
        change(later, dice);
    }
    for (const resolve::Package& package : solution.packages) {
        std::string marker = space.text(package.marker);
        later.prefer.push_back(package.name.str() + " " + package.version.str() +
                               (package.source.empty() ? "" : " from " + package.source) +
                               (marker.empty() ? "" : " ; " + marker));
    }
    for (MarkerId region : solution.regions) {
        std::string text = space.text(region);
        if (!text.empty()) {
            later.first_split.push_back(text);
        }
    }
    return later;
}

} // namespace pawl::scenarios
