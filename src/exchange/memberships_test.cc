#include "exchange/memberships.h"

#include <gtest/gtest.h>

#include "pep/marker_space.h"

namespace pawl::exchange {
namespace {

/// "main; group dev where sys_platform == "win32"".
std::string text_of(const Facts& facts) {
    std::string text;
    for (const Membership& one : facts.memberships) {
        text += (text.empty() ? "" : "; ") + one.selector.str();
        if (one.marker) {
            text += " where " + one.marker->str();
        }
    }
    return text;
}

std::string marker_of(const Document& document, size_t entry) {
    const auto& marker = document.lock.packages[entry].marker;
    return marker ? marker->str() : "";
}

Document flat(std::initializer_list<const char*> markers) {
    Document document;
    char name = 'a';
    for (const char* text : markers) {
        lock::Package package{.name = pep::Name::of(std::string(1, name++))};
        if (*text != '\0') {
            package.marker = *pep::Marker::parse(text);
        }
        document.add(std::move(package), {});
    }
    return document;
}

struct SplitCase {
    const char* marker;
    const char* memberships;
};

constexpr SplitCase split_cases[] = {
    {"", "main"},
    {"sys_platform == 'win32'", "main where sys_platform == \"win32\""},
    {"'a' in extras", "extra \"a\""},
    {"'g' in dependency_groups and os_name == 'nt'", "group \"g\" where os_name == \"nt\""},
    {"'g' in dependency_groups or 'a' in extras", "extra \"a\"; group \"g\""},
    {"sys_platform == 'win32' or 'g' in dependency_groups",
     "main where sys_platform == \"win32\"; group \"g\""},
    {"'a' not in extras", "main where \"a\" not in extras"},
    {"'g' in dependency_groups and 'a' not in extras", "group \"g\" where \"a\" not in extras"},
};

TEST(Memberships, a_marker_is_split_and_joined_again) {
    for (const SplitCase& one : split_cases) {
        SCOPED_TRACE(one.marker);
        Document document = flat({one.marker});
        ASSERT_TRUE(split_markers(document));
        EXPECT_EQ(text_of(document.facts[0]), one.memberships);
        const std::string before = marker_of(document, 0);
        ASSERT_TRUE(join_memberships(document));
        pep::MarkerSpace space;
        auto id = [&space](const std::string& text) {
            return text.empty() ? pep::MarkerId::always : space.from(*pep::Marker::parse(text));
        };
        EXPECT_EQ(id(marker_of(document, 0)), id(before));
    }
}

TEST(Memberships, a_default_group_that_nobody_knows_stands_for_main) {
    Document document = flat({"'default' in dependency_groups",
                              "'default' in dependency_groups and sys_platform == 'win32' or "
                              "'dev' in dependency_groups",
                              "'dev' in dependency_groups"});
    document.lock.default_groups = {"default"};
    ASSERT_TRUE(split_markers(document));
    EXPECT_EQ(text_of(document.facts[0]), "main");
    EXPECT_EQ(text_of(document.facts[1]), "main where sys_platform == \"win32\"; group \"dev\"");
    EXPECT_EQ(text_of(document.facts[2]), "group \"dev\"");

    // A group of the project that is installed by default is a group.
    Project project;
    project.groups = {"default", "dev"};
    document.projects = {project};
    ASSERT_TRUE(split_markers(document));
    EXPECT_EQ(text_of(document.facts[0]), "group \"default\"");
}

Edge edge(std::string_view requirement) {
    return Edge::from(*pep::Requirement::parse(requirement))[0];
}

TEST(Memberships, reaching_follows_edges_extras_and_cycles) {
    // a -> b[x] on Windows, b -x-> c, c -> a; d for dev; e for nobody.
    Document document = flat({"", "", "", "", ""});
    document.facts[0].edges = {edge("b[x]; sys_platform == 'win32'")};
    document.facts[1].edges = {edge("c; extra == 'x'")};
    document.facts[2].edges = {edge("a"), edge("missing")};
    std::vector<RootEdge> roots = {{{}, edge("a")},
                                   {{Selector::Kind::group, "dev"}, edge("d")},
                                   {{Selector::Kind::extra, "z"}, edge("c; os_name == 'posix'")}};
    ASSERT_TRUE(reach(document, roots));
    ASSERT_EQ(document.facts.size(), 4u);
    EXPECT_EQ(text_of(document.facts[0]), "main; extra \"z\" where os_name == \"posix\"");
    EXPECT_EQ(text_of(document.facts[1]), "main where sys_platform == \"win32\"");
    EXPECT_EQ(document.facts[1].extras, std::vector<pep::Name>{pep::Name::of("x")});
    EXPECT_EQ(text_of(document.facts[2]),
              "main where sys_platform == \"win32\"; extra \"z\" where os_name == \"posix\"");
    EXPECT_EQ(marker_of(document, 2),
              "os_name == \"posix\" and \"z\" in extras or sys_platform == \"win32\"");
    EXPECT_EQ(text_of(document.facts[3]), "group \"dev\"");
    EXPECT_EQ(marker_of(document, 3), "\"dev\" in dependency_groups");
    EXPECT_EQ(document.warnings,
              std::vector<std::string>{"e is left out: nothing in the lock needs it"});
    EXPECT_EQ(document.lock.extras, std::vector<pep::Name>{pep::Name::of("z")});
    EXPECT_EQ(document.lock.dependency_groups, std::vector<std::string>{"dev"});
}

TEST(Memberships, entries_of_one_project_are_bound_by_their_own_markers) {
    Document document = flat({"python_version < '3.10'", "python_version >= '3.10'"});
    document.lock.packages[1].name = pep::Name::of("a");
    std::vector<RootEdge> roots = {{{}, edge("a; sys_platform == 'win32'")}};
    ASSERT_TRUE(reach(document, roots));
    EXPECT_EQ(marker_of(document, 0), "python_version < \"3.10\" and sys_platform == \"win32\"");
    EXPECT_EQ(marker_of(document, 1), "python_version >= \"3.10\" and sys_platform == \"win32\"");
}

TEST(Memberships, what_requires_python_says_is_not_repeated) {
    Document document = flat({""});
    document.lock.requires_python = *pep::Specifiers::parse(">=3.9");
    std::vector<RootEdge> roots = {{{}, edge("a; python_version >= '3.8'")}};
    ASSERT_TRUE(reach(document, roots));
    EXPECT_EQ(marker_of(document, 0), "");
    EXPECT_EQ(text_of(document.facts[0]), "main");
}

} // namespace
} // namespace pawl::exchange
