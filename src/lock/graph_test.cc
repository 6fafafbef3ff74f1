#include "lock/graph.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "lock/test_support.h"

namespace pawl::lock {
namespace {

struct Entry {
    std::string name;
    std::vector<std::string> needs;
    std::string marker;
    std::string version = "1";
};

Lock lock_of(const std::string& head, const std::vector<Entry>& entries) {
    std::string text = "lock-version = \"1.0\"\ncreated-by = \"test\"\n" + head;
    for (const Entry& entry : entries) {
        text +=
            "\n[[packages]]\nname = \"" + entry.name + "\"\nversion = \"" + entry.version + "\"\n";
        text += entry.marker.empty() ? "" : "marker = \"" + entry.marker + "\"\n";
        text += "dependencies = [";
        for (const std::string& need : entry.needs) {
            text += "{name = \"" + need + "\"}, ";
        }
        text += "]\nwheels = [" +
                wheel_text(entry.name + "-" + entry.version + "-py3-none-any.whl") + "]\n";
    }
    return read_good(text, Rules::standard);
}

/// "main: a b" for each root, one a line.
std::string roots(const Lock& lock, std::initializer_list<std::string_view> asked = {}) {
    std::vector<pep::Requirement> requirements;
    for (std::string_view text : asked) {
        requirements.push_back(*pep::Requirement::parse(text));
    }
    auto graph = Graph::of(lock, requirements);
    EXPECT_TRUE(graph);
    std::string out;
    for (const Root& root : graph->roots()) {
        out += root.kind == Root::Kind::main ? "main" : root.name;
        out += root.requirement.empty() ? "" : " (" + root.requirement + ")";
        for (uint32_t entry : root.entries) {
            out += " " + lock.packages[entry].name.str() + lock.packages[entry].version->str();
        }
        out += "\n";
    }
    return out;
}

TEST(Graph, arrows_lead_to_entries_that_can_stand_beside) {
    const Lock lock = lock_of("", {{"a", {"b", "c"}, "os_name == 'nt'"},
                                   {"b", {}, "os_name == 'nt'"},
                                   {"b", {"a"}, "os_name != 'nt'", "2"},
                                   {"c", {}, ""}});
    auto graph = Graph::of(lock, {});
    ASSERT_TRUE(graph);
    EXPECT_EQ(graph->needs(0), (std::vector<uint32_t>{1, 3}));
    EXPECT_TRUE(graph->needs(2).empty()) << "a is not there where b 2 is";
    EXPECT_EQ(graph->needed_by(3), std::vector<uint32_t>{0});
    EXPECT_TRUE(graph->has_dependencies());
    EXPECT_FALSE(graph->knows_roots());
    const uint32_t parent = 0;
    EXPECT_EQ(graph->marker_below(1, nullptr), "os_name == \"nt\"");
    EXPECT_EQ(graph->marker_below(1, &parent), "");
}

TEST(Graph, roots_are_what_was_asked_for) {
    const Lock lock = lock_of("extras = ['x', 'y']\ndependency-groups = ['dev']\n",
                              {{"a", {"b"}, ""},
                               {"b", {}, ""},
                               {"c", {}, "'x' in extras or 'y' in extras"},
                               {"d", {}, "'dev' in dependency_groups"}});
    EXPECT_EQ(roots(lock, {"a>=1", "b", "c<2 ; 'x' in extras", "c; 'y' in extras",
                           "d; 'dev' in dependency_groups and os_name == 'nt'"}),
              "main (a>=1) a1\nmain (b) b1\nx (c<2) c1\ny (c) c1\ndev (d; os_name == \"nt\") d1\n");
}

TEST(Graph, without_that_roots_are_what_nobody_needs) {
    EXPECT_EQ(roots(lock_of("extras = ['x']\n",
                            {{"a", {"b"}, ""}, {"b", {}, ""}, {"c", {}, "'x' in extras"}})),
              "main a1\nx c1\n");
    // Each of a cycle is needed by another: the first stands for it.
    EXPECT_EQ(roots(lock_of("", {{"a", {"b"}, ""}, {"b", {"a"}, ""}, {"c", {"b"}, ""}})),
              "main c1\n");
    EXPECT_EQ(roots(lock_of("", {{"a", {"b"}, ""}, {"b", {"a"}, ""}})), "main a1\n");
    EXPECT_EQ(roots(lock_of("default-groups = ['default']\n",
                            {{"a", {}, "'default' in dependency_groups"}})),
              "default a1\n");
}

TEST(Graph, titles_say_where_source_trees_are_from) {
    const Lock lock =
        read_good(lock_with("vcs = { type = \"git\", url = \"https://example.org/six.git\", "
                            "commit-id = \"" +
                            std::string(40, 'a') + "\" }"));
    EXPECT_EQ(entry_title(lock.packages[0]),
              "six (git https://example.org/six.git at aaaaaaaaaaaa)");
}

} // namespace
} // namespace pawl::lock
