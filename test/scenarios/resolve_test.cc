// The contract around an answer: prefetching, bounds, errors of the provider, edges.

#include <gtest/gtest.h>

#include "test/scenarios/random_world.h"
#include "test/scenarios/world.h"

namespace pawl::scenarios {

namespace {

Result<resolve::Solution> solve(std::string_view text, pep::MarkerSpace& space) {
    auto world = TRY(World::parse(text));
    auto problem = TRY(problem_of(world, space));
    WorldProvider provider(world, space);
    return resolve::resolve(problem, provider, space);
}

/// Fails from the nth question on.
class BrokenProvider : public WorldProvider {
  public:
    BrokenProvider(const World& world, pep::MarkerSpace& space, int questions)
        : WorldProvider(world, space), left_(questions) {}
    Result<const resolve::Releases*> releases(const pep::Name& name,
                                              std::string_view source) override {
        TRY(count());
        return WorldProvider::releases(name, source);
    }
    Result<const resolve::ReleaseMetadata*> metadata(const pep::Name& name, std::string_view source,
                                                     size_t release) override {
        TRY(count());
        return WorldProvider::metadata(name, source, release);
    }

  private:
    Result<void> count() {
        if (left_-- <= 0) {
            return fail(Error::Kind::network, "the index hung up");
        }
        return {};
    }
    int left_;
};

constexpr std::string_view graph = R"(
universal >=3.9
require a[x]
require b ; sys_platform == 'win32'
package a 1.0
    extra x
    requires c>=1 ; python_version >= '3.11'
    requires d ; extra == 'x'
package b 1.0
    requires a
package c 1.0
package d 1.0
    requires a[x]
)";

} // namespace

TEST(Resolve, the_graph_has_edges_with_markers_extras_and_cycles) {
    pep::MarkerSpace space;
    auto solution = solve(graph, space);
    ASSERT_TRUE(solution.has_value()) << solution.error().message;
    ASSERT_EQ(solution->packages.size(), 4u);
    const resolve::Package& a = solution->packages[0];
    EXPECT_EQ(a.name.str(), "a");
    ASSERT_EQ(a.extras.size(), 1u);
    EXPECT_EQ(a.extras[0].extra.str(), "x");
    EXPECT_EQ(a.extras[0].marker, pep::MarkerId::always);
    ASSERT_EQ(a.dependencies.size(), 2u);
    EXPECT_EQ(solution->packages[a.dependencies[0].target].name.str(), "c");
    EXPECT_EQ(space.text(a.dependencies[0].marker), "python_version >= \"3.11\"");
    EXPECT_EQ(solution->packages[a.dependencies[1].target].name.str(), "d");
    EXPECT_EQ(a.dependencies[1].marker, pep::MarkerId::always);
    const resolve::Package& d = solution->packages[3];
    ASSERT_EQ(d.dependencies.size(), 1u);
    EXPECT_EQ(d.dependencies[0].target, 0u);
    ASSERT_EQ(d.dependencies[0].extras.size(), 1u);
    ASSERT_EQ(solution->root.size(), 2u);
    EXPECT_EQ(space.text(solution->root[1].marker), "sys_platform == \"win32\"");
    // Within what b is for, its requirement has no condition.
    EXPECT_EQ(solution->packages[1].dependencies[0].marker, pep::MarkerId::always);
}

TEST(Resolve, errors_of_the_provider_come_out_unchanged) {
    auto world = World::parse(graph);
    ASSERT_TRUE(world.has_value());
    for (int questions = 0; questions < 7; ++questions) {
        SCOPED_TRACE(questions);
        pep::MarkerSpace space;
        auto problem = problem_of(*world, space);
        ASSERT_TRUE(problem.has_value());
        BrokenProvider provider(*world, space, questions);
        auto solution = resolve::resolve(*problem, provider, space);
        ASSERT_FALSE(solution.has_value());
        EXPECT_EQ(solution.error().kind, Error::Kind::network);
        EXPECT_EQ(solution.error().message, "the index hung up");
    }
}

TEST(Resolve, everything_asked_for_was_announced_before) {
    pep::MarkerSpace space;
    auto world = World::parse(graph);
    ASSERT_TRUE(world.has_value());
    auto problem = problem_of(*world, space);
    ASSERT_TRUE(problem.has_value());
    WorldProvider provider(*world, space);
    ASSERT_TRUE(resolve::resolve(*problem, provider, space).has_value());
    EXPECT_EQ(provider.unannounced(), 0u);
    EXPECT_EQ(provider.wanted(), 8u); // four lists, four metadata
}

TEST(Resolve, work_is_bounded_and_can_be_stopped) {
    World world = layered_world(300);
    pep::MarkerSpace space;
    auto problem = problem_of(world, space);
    ASSERT_TRUE(problem.has_value());
    WorldProvider provider(world, space);
    problem->options.steps_max = 100;
    auto bounded = resolve::resolve(*problem, provider, space);
    ASSERT_FALSE(bounded.has_value());
    EXPECT_EQ(bounded.error().kind, Error::Kind::no_solution);
    EXPECT_NE(bounded.error().message.find("no solution was found within 100 steps"),
              std::string::npos);

    problem->options.steps_max = 1'000'000;
    World large = layered_world(2000);
    auto large_problem = problem_of(large, space);
    ASSERT_TRUE(large_problem.has_value());
    WorldProvider large_provider(large, space);
    size_t reports = 0;
    large_problem->options.on_progress = [&reports](const resolve::Progress& progress) {
        ++reports;
        EXPECT_FALSE(progress.project.empty());
        return reports < 2;
    };
    auto stopped = resolve::resolve(*large_problem, large_provider, space);
    ASSERT_FALSE(stopped.has_value());
    EXPECT_EQ(reports, 2u);
    EXPECT_NE(stopped.error().message.find("stopped"), std::string::npos);
}

TEST(Resolve, an_empty_region_is_a_wrong_question) {
    pep::MarkerSpace space;
    auto solution =
        solve("universal >=3.9\nregion python_version < '3'\nrequire a\npackage a 1.0\n", space);
    ASSERT_FALSE(solution.has_value());
    EXPECT_EQ(solution.error().kind, Error::Kind::usage);
}

TEST(Resolve, ten_thousand_versions_of_one_project) {
    World world;
    world.requires_python = ">=3.9";
    for (int i = 0; i < 10'000; ++i) {
        WorldRelease release;
        release.version = "1." + std::to_string(i);
        release.needs = {i % 2 == 0 ? "b<1" : "b<1.5"};
        if (world.projects.empty()) {
            world.projects.emplace("a", WorldProject{});
        }
        world.projects.begin()->second.releases.push_back(release);
    }
    world.release("b", "2.0");
    world.require = {"a"};
    pep::MarkerSpace space;
    auto problem = problem_of(world, space);
    ASSERT_TRUE(problem.has_value());
    WorldProvider provider(world, space);
    auto solution = resolve::resolve(*problem, provider, space);
    ASSERT_FALSE(solution.has_value());
    EXPECT_LT(solution.error().message.size(), 2000u) << solution.error().message;
    world.release("b", "0.5");
    WorldProvider other(world, space);
    EXPECT_TRUE(resolve::resolve(*problem, other, space).has_value());
}

TEST(Resolve, requires_python_of_a_dependency_counts_from_below) {
    pep::MarkerSpace space;
    struct Case {
        const char* text;
        const char* marker;
    };
    constexpr Case cases[] = {
        {">=3.8", "python_version >= '3.8'"},
        {">=3.8,<4", "python_version >= '3.8'"},
        {">=3.8,<3.12", "python_version >= '3.8'"},
        {">=2.7,!=3.0.*,!=3.1.*", "python_version >= '2.7'"},
        {"~=3.7", "python_version >= '3.7'"},
        {"==3.9.*", "python_version >= '3.9'"},
        {"", ""},
        {"<4", ""},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.text);
        auto specifiers = pep::Specifiers::parse(one.text);
        ASSERT_TRUE(specifiers.has_value());
        auto marker = pep::Marker::parse(one.marker);
        EXPECT_EQ(resolve::python_support(space, *specifiers),
                  *one.marker == '\0' ? pep::MarkerId::always : space.from(*marker));
    }
}

} // namespace pawl::scenarios
