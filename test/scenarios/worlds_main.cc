// pawl_resolve_worlds: many random worlds through the resolver, each judged without it.
//
//   pawl_resolve_worlds --seed 1 --count 100000     worlds with these seeds on; --jobs 2
//   pawl_resolve_worlds --universal 1000            so many for all platforms that can be solved
//   pawl_resolve_worlds --show 4711                 one world as text, and what came out
//   pawl_resolve_worlds --shrink 4711               … made as small as the disagreement allows
//   pawl_resolve_worlds --shrink-later 4711         … locked again some time later
//   pawl_resolve_worlds --file F.txt                a scenario file: the answer and the time
//   pawl_resolve_worlds --layers 5000               one large world, three times
//   pawl_resolve_worlds --tangled 100               so many worlds that are hard to solve
//   pawl_resolve_worlds --speed                     hard and large worlds, with times

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "test/scenarios/random_world.h"

namespace {

using namespace pawl;
using namespace pawl::scenarios;

/// Of the processor, so that a busy machine says the same.
double milliseconds_used() {
    return 1000.0 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// What came of many worlds. Of several threads, each of which takes the next seed.
class Trials {
  public:
    /// `universal` with a count: only worlds for all platforms, until so many could be solved.
    Trials(uint64_t seed, uint64_t count, uint64_t universal)
        : first_(seed), next_(seed), end_(count == 0 ? UINT64_MAX : seed + count),
          universal_(universal) {}

    int run(unsigned jobs) {
        double begin = milliseconds_used();
        std::vector<std::thread> threads;
        for (unsigned i = 1; i < jobs; ++i) {
            threads.emplace_back([this] { work(); });
        }
        work();
        for (std::thread& thread : threads) {
            thread.join();
        }
        print((milliseconds_used() - begin) / 1000);
        return failures_ == 0 ? 0 : 1;
    }

  private:
    static constexpr uint64_t failures_max = 5;

    void work() {
        while (failures_ < failures_max && (universal_ == 0 || solved_ < universal_)) {
            uint64_t seed = next_++;
            if (seed >= end_) {
                break;
            }
            World world = random_world(seed);
            if (universal_ != 0 && world.environment) {
                continue;
            }
            Verdict verdict = try_one(seed, world, "");
            solved_ += verdict.solvable ? 1u : 0u;
            if (universal_ == 0 && verdict.answered && !verdict.later.projects.empty()) {
                try_one(seed, verdict.later, ", some time later");
                ++later_;
            }
        }
    }

    Verdict try_one(uint64_t seed, const World& world, const char* which) {
        Verdict verdict = try_world(world);
        ++worlds_;
        points_ += verdict.points;
        solvable_ += verdict.solvable ? 1u : 0u;
        refused_ += verdict.answered ? 0u : 1u;
        unjudged_ += verdict.judged ? 0u : 1u;
        forked_ += verdict.regions > 1 ? 1u : 0u;
        if (!verdict.complaint.empty()) {
            ++failures_;
            std::lock_guard<std::mutex> hold(printing_);
            std::printf("--- seed %llu%s\n%s%s\n", static_cast<unsigned long long>(seed), which,
                        world.str().c_str(), verdict.complaint.c_str());
        }
        return verdict;
    }

    void print(double seconds) const {
        auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
        std::printf("%llu worlds from seed %llu (%llu of them locked again some time later, %llu "
                    "environments): %llu solvable, %llu refused, %llu with forks, %llu not judged, "
                    "%llu disagree; %.1f s of processor\n",
                    number(worlds_), number(first_), number(later_), number(points_),
                    number(solvable_), number(refused_), number(forked_), number(unjudged_),
                    number(failures_), seconds);
    }

    uint64_t first_;
    std::atomic<uint64_t> next_;
    uint64_t end_, universal_;
    std::atomic<uint64_t> worlds_ = 0, later_ = 0, points_ = 0, solvable_ = 0, refused_ = 0,
                          unjudged_ = 0, forked_ = 0, failures_ = 0, solved_ = 0;
    std::mutex printing_;
};

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
    for (uint32_t count : {100u, 1000u, 5000u}) { // bench/worlds.py has whole locks, and a fit
        std::printf("%u projects in layers\n", count);
        resolve_and_show(layered_world(count), false);
    }
    for (uint32_t chain : {5u, 20u, 60u}) {
        std::printf("a chain of %u projects with 100 releases each\n", chain);
        resolve_and_show(backtracking_world(chain, 100), false);
    }
    return 0;
}

/// Worlds at the edge of being solvable; every answer is walked by the judge. Each ends soon or
/// says what it is doing.
int run_tangled(uint64_t seed, uint64_t count, const Tangle& tangle) {
    constexpr double patience_ms = 2000;
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
        double told_ms = patience_ms; // when it last said what it is doing
        double silent_ms = 0;
        problem->options.on_progress = [&](const resolve::Progress&) {
            double now_ms = milliseconds_used() - begin;
            silent_ms = std::max(silent_ms, now_ms - told_ms);
            told_ms = std::max(now_ms, patience_ms);
            return true;
        };
        auto solution = resolve::resolve(*problem, provider, space);
        double time_ms = milliseconds_used() - begin;
        silent_ms = std::max(silent_ms, time_ms - told_ms);
        if (silent_ms > patience_ms) {
            std::printf("seed %llu: %.0f ms without a word\n", static_cast<unsigned long long>(i),
                        silent_ms);
            return 1;
        }
        sum += time_ms;
        if (time_ms > worst) {
            worst = time_ms;
            worst_seed = i;
        }
        solved += solution ? uint64_t{1} : uint64_t{0};
        bool gave_up = !solution && solution.error().message.find("within") != std::string::npos;
        given_up += gave_up ? uint64_t{1} : uint64_t{0};
        std::string fault = solution ? Judge(world).fault(written(*solution, space)) : "";
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

/// The smallest world about which the resolver and the judge still disagree.
int run_shrink(uint64_t seed, bool is_later) {
    World world = random_world(seed);
    if (is_later) {
        world = try_world(world).later;
    }
    std::printf("%s%s\n", world.str().c_str(), try_world(world).complaint.c_str());
    world = shrunk(std::move(world));
    std::printf("--- the same in small\n%s%s\n", world.str().c_str(),
                try_world(world).complaint.c_str());
    return 0;
}

struct Arguments {
    uint64_t count = 1000, seed = 1, jobs = 1;
};

/// The option that says what to do, after those that say how; -1 for none of these.
int run_special(std::string_view option, const char* value, const Arguments& arguments) {
    uint64_t number = parse_unsigned(value).value_or(0);
    if (option == "--speed") {
        return run_speed();
    }
    if (option == "--file") {
        return run_file(value);
    }
    if (option == "--layers") {
        return resolve_and_show(layered_world(static_cast<uint32_t>(number)), false);
    }
    if (option == "--tangled") {
        return run_all_tangled(arguments.seed, number);
    }
    if (option == "--universal") {
        return Trials(arguments.seed, 0, number).run(static_cast<unsigned>(arguments.jobs));
    }
    if (option == "--shrink" || option == "--shrink-later") {
        return run_shrink(number, option == "--shrink-later");
    }
    if (option == "--show") {
        World world = random_world(number);
        std::printf("%s", world.str().c_str());
        return resolve_and_show(world, true);
    }
    return -1;
}

} // namespace

int main(int count, char** values) {
    Arguments arguments;
    for (int i = 1; i < count; i += 2) { // each option with its value
        std::string_view option = values[i];
        const char* value = i + 1 < count ? values[i + 1] : "";
        uint64_t number = parse_unsigned(value).value_or(0);
        if (option == "--count") {
            arguments.count = number;
        } else if (option == "--seed") {
            arguments.seed = number;
        } else if (option == "--jobs") {
            arguments.jobs = number;
        } else if (int status = run_special(option, value, arguments); status >= 0) {
            return status;
        } else {
            std::fprintf(stderr, "usage: pawl_resolve_worlds [--seed S] [--jobs J] [--count N | "
                                 "--universal N | --show SEED | --shrink SEED | "
                                 "--shrink-later SEED | --file FILE | --layers N | "
                                 "--tangled N | --speed]\n");
            return 2;
        }
    }
    return Trials(arguments.seed, arguments.count, 0).run(static_cast<unsigned>(arguments.jobs));
}
