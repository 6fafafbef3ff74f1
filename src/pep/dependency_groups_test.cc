#include "pep/dependency_groups.h"

#include <gtest/gtest.h>

namespace pawl::pep {
namespace {

using Kind = DependencyGroupItem::Kind;
using Texts = std::vector<std::string>;

DependencyGroup group(std::string name, std::vector<DependencyGroupItem> items) {
    return {.name = std::move(name), .items = std::move(items)};
}

Result<Texts> resolve(std::vector<DependencyGroup> groups, std::string_view name) {
    auto table = TRY(DependencyGroups::create(std::move(groups)));
    Texts texts;
    for (const Requirement& requirement : TRY(table.resolve(name))) {
        texts.push_back(requirement.str());
    }
    return texts;
}

TEST(DependencyGroups, includes_stand_in_their_place_and_names_are_normalised) {
    std::vector<DependencyGroup> groups = {
        group("Test_All", {{Kind::requirement, "pytest >= 7"},
                           {Kind::include, "base.x"},
                           {Kind::requirement, "b"},
                           {Kind::include, "BASE-X"}}),
        group("base_x", {{Kind::requirement, "a ; os_name == 'nt'"}}),
        group("broken", {{Kind::requirement, "not valid!"}}),
    };
    EXPECT_EQ(*resolve(groups, "test-all"),
              (Texts{"pytest>=7", "a; os_name == \"nt\"", "b", "a; os_name == \"nt\""}));
    EXPECT_TRUE(DependencyGroups::create(groups)->contains("TEST.all"));
    EXPECT_EQ(DependencyGroups::create(groups)->names(), (Texts{"base-x", "broken", "test-all"}));
}

TEST(DependencyGroups, errors_name_the_group) {
    struct {
        std::vector<DependencyGroup> groups;
        const char *name, *part;
    } cases[] = {
        {{group("a", {})}, "b", "no dependency group \"b\""},
        {{group("a", {{Kind::include, "a"}})}, "a", "a → a"},
        {{group("a", {{Kind::include, "b"}}), group("b", {{Kind::include, "A"}})},
         "b",
         "b → a → b"},
        {{group("a", {{Kind::requirement, "x y"}})}, "a", "dependency group \"a\""},
        {{group("a", {{Kind::invalid, "{}"}})}, "a", "holds {}"},
        {{group("a", {{Kind::include, "nope"}})}, "a", "no dependency group \"nope\""},
        {{group("a.b", {}), group("A_b", {})}, "a-b", "same name"},
        {{{.name = "a", .items = {}, .problem = "a string"}}, "a", "no list but a string"},
    };
    for (const auto& test : cases) {
        auto resolved = resolve(test.groups, test.name);
        ASSERT_FALSE(resolved.has_value()) << test.part;
        EXPECT_NE(resolved.error().message.find(test.part), std::string::npos)
            << resolved.error().message;
    }
}

TEST(DependencyGroups, includes_that_multiply_are_bounded) {
    std::vector<DependencyGroup> groups;
    for (int i = 0; i < 60; ++i) {
        std::string next = "g" + std::to_string(i + 1);
        groups.push_back(
            group("g" + std::to_string(i), {{Kind::include, next}, {Kind::include, next}}));
    }
    groups.push_back(group("g60", {{Kind::requirement, "a"}}));
    EXPECT_FALSE(resolve(groups, "g0").has_value());
    EXPECT_EQ(resolve(groups, "g55")->size(), 32u);
    std::vector<DependencyGroup> chain;
    for (int i = 0; i < 10'000; ++i) {
        chain.push_back(
            group("g" + std::to_string(i), {{Kind::include, "g" + std::to_string(i + 1)}}));
    }
    EXPECT_FALSE(resolve(chain, "g0").has_value());
}

} // namespace
} // namespace pawl::pep
