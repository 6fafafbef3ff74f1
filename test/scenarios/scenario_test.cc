// Runs every test/scenarios/<theme>/*.txt: what is expected must come out, must be right at every
// point of a wide grid of machines, and must come out again when resolved from itself.

#include <dirent.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "test/scenarios/checker.h"
#include "test/scenarios/random_world.h"

namespace pawl::scenarios {

namespace {

std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    if (DIR* directory = ::opendir(folder.c_str())) {
        while (const dirent* entry = ::readdir(directory)) {
            if (entry->d_name[0] != '.') {
                names.emplace_back(entry->d_name);
            }
        }
        ::closedir(directory);
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string read_file(const std::string& path) {
    std::string text;
    if (FILE* file = std::fopen(path.c_str(), "rb")) {
        char buffer[4096];
        for (size_t got = 0; (got = std::fread(buffer, 1, sizeof buffer, file)) > 0;) {
            text.append(buffer, got);
        }
        std::fclose(file);
    }
    return text;
}

const std::string root = std::string(PAWL_SOURCE_DIR) + "/test/scenarios/";

std::vector<std::string> all_scenarios() {
    std::vector<std::string> paths;
    for (const std::string& theme : names_in(root)) {
        for (const std::string& name : names_in(root + theme)) {
            if (name.size() > 4 && name.substr(name.size() - 4) == ".txt") {
                paths.push_back(theme + "/" + name);
            }
        }
    }
    return paths;
}

/// "name version[ from SOURCE] ; marker" of an answer, the marker as an id within the region.
struct Line {
    std::string what;
    pep::MarkerId where;
    bool operator<(const Line& other) const { return what < other.what; }
};

std::vector<Line> expected_lines(const World& world, pep::MarkerSpace& space,
                                 pep::MarkerId region) {
    std::vector<Line> lines;
    for (const std::string& text : world.packages) {
        size_t split_at = text.find(" ; ");
        Line line{std::string(trim(text.substr(0, split_at))), region};
        if (split_at != std::string::npos) {
            auto marker = pep::Marker::parse(text.substr(split_at + 3));
            EXPECT_TRUE(marker.has_value()) << text;
            line.where = marker ? space.both(space.from(*marker), region) : pep::MarkerId::never;
        }
        lines.push_back(line);
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

std::vector<Line> lines_of(const resolve::Solution& solution) {
    std::vector<Line> lines;
    for (const resolve::Package& package : solution.packages) {
        std::string source = package.source.empty() ? "" : " from " + package.source;
        lines.push_back(
            Line{package.name.str() + " " + package.version.str() + source, package.where});
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

void compare_packages(const World& world, const resolve::Solution& solution,
                      pep::MarkerSpace& space) {
    pep::MarkerId rest = solution.region;
    for (pep::MarkerId part : solution.regions) {
        pep::MarkerId inside = space.both(part, solution.region);
        EXPECT_TRUE(space.implies(inside, rest)) << "the regions overlap";
        rest = space.minus(rest, inside);
    }
    EXPECT_EQ(rest, pep::MarkerId::never) << "the regions leave something out";
    std::vector<Line> expected = expected_lines(world, space, solution.region);
    std::vector<Line> found = lines_of(solution);
    bool same = expected.size() == found.size();
    for (size_t i = 0; same && i < expected.size(); ++i) {
        same = expected[i].what == found[i].what && expected[i].where == found[i].where;
    }
    EXPECT_TRUE(same) << "the answer is:\n" << str(solution, space);
}

void expect_texts(const World& world, const std::string& text) {
    for (const std::string& part : world.says) {
        EXPECT_NE(text.find(part), std::string::npos)
            << "should say: " << part << "\nsays: " << text;
    }
    for (const std::string& part : world.silent_on) {
        EXPECT_EQ(text.find(part), std::string::npos)
            << "should not say: " << part << "\nsays: " << text;
    }
}

} // namespace

class Scenario : public ::testing::TestWithParam<std::string> {};

TEST_P(Scenario, comes_out_as_it_says) {
    auto world = World::parse(read_file(root + GetParam()));
    ASSERT_TRUE(world.has_value()) << world.error().message;
    pep::MarkerSpace space;
    auto problem = problem_of(*world, space);
    ASSERT_TRUE(problem.has_value()) << problem.error().message;
    Judge judge(*world, true);
    Judge::Opinion opinion = judge.opinion();
    EXPECT_TRUE(!world->expects_solution || opinion.loosely.value_or(true))
        << "the scenario expects what cannot be at " << opinion.where;
    EXPECT_TRUE(world->expects_solution || !opinion.strictly.value_or(false))
        << "the scenario does not expect what can be";
    WorldProvider provider(*world, space);
    auto solution = resolve::resolve(*problem, provider, space);
    if (!solution) {
        EXPECT_FALSE(world->expects_solution) << solution.error().message;
        EXPECT_NE(solution.error().message.find("no solution"), std::string::npos);
        expect_texts(*world, solution.error().message);
        return;
    }
    ASSERT_TRUE(world->expects_solution) << "the answer is:\n" << str(*solution, space);
    if (world->expects_packages) {
        compare_packages(*world, *solution, space);
    }
    if (world->regions_expected) {
        EXPECT_EQ(solution->regions.size(), *world->regions_expected) << str(*solution, space);
    }
    expect_texts(*world, join(solution->warnings, "\n"));
    EXPECT_EQ(judge.fault(written(*solution, space)), "") << str(*solution, space);
    EXPECT_EQ(judge.second_opinion(written(*solution, space)), "");
    EXPECT_EQ(instability_of(*solution, space, *world, *problem), "");
}

INSTANTIATE_TEST_SUITE_P(All, Scenario, ::testing::ValuesIn(all_scenarios()),
                         [](const ::testing::TestParamInfo<std::string>& scenario) {
                             std::string name = scenario.param;
                             for (char& c : name) {
                                 c = is_alnum(c) ? c : '_';
                             }
                             return name;
                         });

TEST(RandomWorlds, agree_with_the_exhaustive_search) {
    constexpr uint64_t first_seed = 20261120;
    constexpr uint64_t count = 300;
    for (uint64_t seed = first_seed; seed < first_seed + count; ++seed) {
        World world = random_world(seed);
        Verdict verdict = try_world(world);
        ASSERT_EQ(verdict.complaint, "") << "seed " << seed << "\n" << world.str();
    }
}

TEST(RandomWorlds, read_back_from_their_text) {
    for (uint64_t seed = 1; seed < 200; ++seed) {
        World world = random_world(seed);
        auto again = World::parse(world.str());
        ASSERT_TRUE(again.has_value()) << again.error().message << "\n" << world.str();
        EXPECT_EQ(again->str(), world.str());
    }
}

} // namespace pawl::scenarios
