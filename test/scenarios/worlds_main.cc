// pawl_resolve_worlds: many random worlds through the resolver, each judged without it.
//
//   pawl_resolve_worlds --count 100000 --seed 1     worlds with these seeds on
//   pawl_resolve_worlds --show 4711                 one world as text, and what came out
//   pawl_resolve_worlds --file F.txt                a scenario file: the answer and the time
//   pawl_resolve_worlds --layers 5000               one large world, three times
//   pawl_resolve_worlds --tangled 100               so many worlds that are hard to solve
//   pawl_resolve_worlds --speed                     hard and large worlds, with times

#include <cstdio>
#include <ctime>
#include <string>

#include "base/text.h"
#include "test/scenarios/random_world.h"

namespace {

using namespace pawl;
using namespace pawl::scenarios;

/// Of the processor, so that a busy machine says the same.
double milliseconds_used() {
    return 1000.0 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

int run_many(uint64_t seed, uint64_t count) {
    constexpr uint64_t failures_max = 5;
    uint64_t solvable = 0;
    uint64_t unjudged = 0;
    uint64_t forked = 0;
    uint64_t failures = 0;
    double begin = milliseconds_used();
    for (uint64_t i = seed; i < seed + count && failures < failures_max; ++i) {
        World world = random_world(i);
        Verdict verdict = try_world(world);
        solvable += verdict.solvable ? 1 : 0;
        unjudged += verdict.judged ? 0 : 1;
        forked += verdict.regions > 1 ? 1 : 0;
        if (!verdict.complaint.empty()) {
            ++failures;
            std::printf("--- seed %llu\n%s%s\n", static_cast<unsigned long long>(i),
                        world.str().c_str(), verdict.complaint.c_str());
        }
    }
    std::printf("%llu worlds from seed %llu: %llu solvable, %llu with forks, %llu not judged, "
                "%llu disagree; %.1f s\n",
                static_cast<unsigned long long>(count), static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(solvable), static_cast<unsigned long long>(forked),
                static_cast<unsigned long long>(unjudged),
                static_cast<unsigned long long>(failures), (milliseconds_used() - begin) / 1000);
    return failures == 0 ? 0 : 1;
}

/// Resolves and prints the time, without what it takes to make the world's lists.
int resolve_and_show(const World& world, bool print) {
    pep::MarkerSpace space;
    auto problem = problem_of(world, space);
    if (!problem) {
        std::printf("%s\n", problem.error().message.c_str());
        return 1;
    }
    WorldProvider provider(world, space);
    int status = 0;
    for (int round = 0; round < 3; ++round) {
        double begin = milliseconds_used();
        auto solution = resolve::resolve(*problem, provider, space);
        double time_ms = (milliseconds_used() - begin);
        if (!solution) {
            std::printf("%s\n", print ? solution.error().message.c_str() : "no solution");
            status = 1;
        } else if (print && round == 0) {
            std::printf("%s", str(*solution, space).c_str());
            for (pep::MarkerId region : solution->regions) {
                std::printf("region %s\n", space.text(region).c_str());
            }
            for (const std::string& warning : solution->warnings) {
                std::printf("warning: %s\n", warning.c_str());
            }
        }
        std::printf("round %d: %.2f ms", round, time_ms);
        if (solution) {
            std::printf(", %zu packages, %llu decisions, %llu conflicts, %u regions solved",
                        solution->packages.size(),
                        static_cast<unsigned long long>(solution->statistics.decisions),
                        static_cast<unsigned long long>(solution->statistics.conflicts),
                        solution->statistics.regions_solved);
        }
        std::printf("\n");
    }
    return status;
}

int run_speed() {
    for (uint32_t count : {100u, 1000u, 5000u}) {
        std::printf("%u projects in layers\n", count);
        resolve_and_show(layered_world(count), false);
    }
    for (uint32_t chain : {5u, 20u, 60u}) {
        std::printf("a chain of %u projects with 100 releases each\n", chain);
        resolve_and_show(backtracking_world(chain, 100), false);
    }
    return 0;
}

/// Worlds at the edge of being solvable; every answer is walked by the judge.
int run_tangled(uint64_t seed, uint64_t count, const Tangle& tangle) {
    double worst = 0;
    double sum = 0;
    uint64_t worst_seed = 0;
    uint64_t solved = 0;
    uint64_t given_up = 0;
    for (uint64_t i = seed; i < seed + count; ++i) {
        World world = tangled_world(i, tangle);
        world.options.steps_max = 2'000'000;
        pep::MarkerSpace space;
        auto problem = problem_of(world, space);
        WorldProvider provider(world, space);
        double begin = milliseconds_used();
        auto solution = resolve::resolve(*problem, provider, space);
        double time_ms = milliseconds_used() - begin;
        sum += time_ms;
        if (time_ms > worst) {
            worst = time_ms;
            worst_seed = i;
        }
        solved += solution ? uint64_t{1} : uint64_t{0};
        bool gave_up = !solution && solution.error().message.find("within") != std::string::npos;
        given_up += gave_up ? uint64_t{1} : uint64_t{0};
        std::string fault = solution ? faults_of(*solution, space, world, false) : "";
        if (!fault.empty()) {
            std::printf("seed %llu: %s\n", static_cast<unsigned long long>(i), fault.c_str());
            return 1;
        }
    }
    std::printf("%u projects, up to %u needs of %u releases%s: %llu of %llu solved, %llu given "
                "up, mean %.2f ms, worst %.1f ms (seed %llu)\n",
                tangle.projects, tangle.needs_max, tangle.window_max,
                tangle.universal ? ", everywhere" : "", static_cast<unsigned long long>(solved),
                static_cast<unsigned long long>(count), static_cast<unsigned long long>(given_up),
                sum / static_cast<double>(count), worst,
                static_cast<unsigned long long>(worst_seed));
    return 0;
}

int run_all_tangled(uint64_t seed, uint64_t count) {
    for (uint32_t projects : {10u, 20u, 40u, 80u, 160u, 320u}) {
        for (uint32_t window : {3u, 4u, 5u}) {
            for (bool universal : {false, true}) {
                Tangle tangle;
                tangle.projects = projects;
                tangle.window_max = window;
                tangle.universal = universal;
                if (run_tangled(seed, count, tangle) != 0) {
                    return 1;
                }
            }
        }
    }
    return 0;
}

int run_file(const char* path) {
    std::string text;
    if (FILE* file = std::fopen(path, "rb")) {
        char buffer[4096];
        for (size_t got = 0; (got = std::fread(buffer, 1, sizeof buffer, file)) > 0;) {
            text.append(buffer, got);
        }
        std::fclose(file);
    }
    auto world = World::parse(text);
    if (!world) {
        std::printf("%s\n", world.error().message.c_str());
        return 2;
    }
    return resolve_and_show(*world, true);
}

} // namespace

int main(int count, char** values) {
    uint64_t worlds = 1000;
    uint64_t seed = 1;
    for (int i = 1; i < count; i += 2) { // each option with its value
        std::string_view option = values[i];
        const char* value = i + 1 < count ? values[i + 1] : "";
        if (option == "--speed") {
            return run_speed();
        }
        if (option == "--file") {
            return run_file(value);
        }
        uint64_t number = parse_unsigned(value).value_or(0);
        if (option == "--layers") {
            return resolve_and_show(layered_world(static_cast<uint32_t>(number)), false);
        }
        if (option == "--tangled") {
            return run_all_tangled(seed, number);
        }
        if (option == "--count") {
            worlds = number;
        } else if (option == "--seed") {
            seed = number;
        } else if (option == "--show") {
            World world = random_world(number);
            std::printf("%s", world.str().c_str());
            return resolve_and_show(world, true);
        } else {
            std::fprintf(stderr, "usage: pawl_resolve_worlds [--count N] [--seed S] | --show SEED "
                                 "| --file FILE | --layers N | --tangled N | --speed\n");
            return 2;
        }
    }
    return run_many(seed, worlds);
}
