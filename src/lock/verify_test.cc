#include "lock/verify.h"

#include <gtest/gtest.h>

#include "lock/grid.h"
#include "lock/test_support.h"

namespace pawl::lock {
namespace {

/// An entry and what its metadata says.
struct Given {
    std::string name, version, marker;
    std::vector<std::string> needs = {};
    std::string more = {}; ///< further keys
    std::string wheel = "py3-none-any";
    std::string requires_python = {}; ///< of the metadata
};

struct Trial {
    std::string head = "requires-python = \">=3.10\"\n";
    std::vector<Given> entries;
    std::vector<std::string> roots = {};
    std::vector<std::string> required = {};

    /// What is found, one a line, without places.
    std::string found() const {
        std::string text = "lock-version = \"1.0\"\ncreated-by = \"test\"\n" + head;
        for (const Given& one : entries) {
            text += "\n[[packages]]\nname = \"" + one.name + "\"\nversion = \"" + one.version +
                    "\"\n" + one.more;
            text += one.marker.empty() ? "" : "marker = \"" + one.marker + "\"\n";
            text += "wheels = [" +
                    wheel_text(one.name + "-" + one.version + "-" + one.wheel + ".whl") + "]\n";
        }
        const Lock lock = read_good(text, Rules::standard);
        VerifyInput input{.lock = &lock};
        for (const Given& one : entries) {
            EntryMetadata& metadata = input.metadata.emplace_back();
            for (const std::string& need : one.needs) {
                metadata.needs.push_back(*pep::Requirement::parse(need));
            }
            if (!one.requires_python.empty()) {
                metadata.requires_python = *pep::Specifiers::parse(one.requires_python);
            }
            input.sources.emplace_back();
        }
        for (const std::string& root : roots) {
            input.question.roots.push_back(*pep::Requirement::parse(root));
        }
        for (const std::string& marker : required) {
            input.required_environments.push_back(*pep::Marker::parse(marker));
        }
        input.knows_roots = !roots.empty();
        const Verification result = verify(input);
        EXPECT_GT(result.points, 10U);
        std::string out;
        for (const Problem& problem : result.problems) {
            out += problem.severity == Problem::Severity::warning ? "warning: " : "";
            out += problem.message.substr(problem.message.find("): ") + 3) + "\n";
        }
        return out;
    }
};

TEST(Verify, a_lock_that_is_right_says_nothing) {
    EXPECT_EQ(Trial({.entries = {{"a", "1", "", {"b>=1; sys_platform == 'win32'", "c[x]"}},
                                 {"b", "1", "sys_platform == 'win32'"},
                                 {"c", "2", "", {"d; extra == 'x'", "e; extra == 'y'"}},
                                 {"d", "1", "", {"a"}}},
                     .roots = {"a"}})
                  .found(),
              "");
}

TEST(Verify, each_mistake_shows) {
    const std::vector<Given> good = {
        {"a", "1", "", {"b>=1; python_full_version < '3.11.4'"}},
        {"b", "1", "python_full_version < '3.11.4'", {}},
    };
    EXPECT_EQ(Trial({.entries = good, .roots = {"a"}}).found(), "");
    // One patch release too few, and one too many.
    std::vector<Given> bad = good;
    bad[1].marker = "python_full_version < '3.11.3'";
    EXPECT_NE(Trial({.entries = bad, .roots = {"a"}}).found().find("and it is not there"),
              std::string::npos);
    bad[1].marker = "python_full_version < '3.11.5'";
    EXPECT_NE(Trial({.entries = bad, .roots = {"a"}})
                  .found()
                  .find("b 1 is there, and nobody needs it (Linux x86_64, CPython 3.11.4"),
              std::string::npos);
    bad = good;
    bad[0].needs = {"b>=2; python_full_version < '3.11.4'"};
    EXPECT_NE(Trial({.entries = bad, .roots = {"a"}}).found().find("and there is b 1"),
              std::string::npos);
    bad = good;
    bad.push_back({"b", "2", "python_version >= '3.11'"});
    const std::string both = Trial({.entries = bad, .roots = {"a"}}).found();
    EXPECT_NE(both.find("both apply (Linux x86_64, CPython 3.11.3"), std::string::npos) << both;
}

TEST(Verify, pythons) {
    EXPECT_EQ(Trial({.entries = {{"a", "1", "", {}, "requires-python = \">=3.9,<3.15\"\n"}},
                     .roots = {"a"}})
                  .found(),
              "its requires-python \"<3.15,>=3.9\" does not hold, and installers stop there "
              "(Linux x86_64, CPython 3.15.4; Linux aarch64, CPython 3.15.4; Linux x86_64 (musl), "
              "CPython 3.15.4; and 5 more)\n");
    const std::string old =
        Trial({.entries = {{"a", "1", "", {}, "", "py3-none-any", ">=3.11,<3.13"}}, .roots = {"a"}})
            .found();
    EXPECT_NE(old.find("its metadata asks for Python <3.13,>=3.11 (Linux x86_64, CPython 3.10.0"),
              std::string::npos)
        << old;
    EXPECT_EQ(old.find("3.14"), std::string::npos) << "only the lower bound counts";
}

TEST(Verify, files_that_fit) {
    const Trial windows{.entries = {{"a", "1", "", {}, "", "cp310-abi3-win_amd64"}},
                        .roots = {"a"}};
    EXPECT_TRUE(windows.found().starts_with(
        "warning: no wheel fits, and there is no sdist (Linux x86_64, CPython"));
    EXPECT_EQ(Trial({.head = "environments = [\"platform_machine == 'AMD64'\"]\n"
                             "requires-python = \">=3.10\"\n",
                     .entries = {{"a", "1", "", {}, "", "cp310-abi3-win_amd64"}},
                     .roots = {"a"}})
                  .found(),
              "warning: no wheel fits, and there is no sdist (Windows AMD64, PyPy 3.10; "
              "Windows AMD64, PyPy 3.11; Windows AMD64, PyPy 3.12)\n");
    Trial required = windows;
    required.required = {"sys_platform == 'darwin' and platform_machine == 'arm64'"};
    EXPECT_TRUE(
        required.found().starts_with("no wheel fits, and there is no sdist (macOS arm64, CPython"));
}

TEST(Verify, extras_and_groups) {
    Trial trial{
        .head = "extras = [\"x\"]\ndependency-groups = [\"dev\"]\n",
        .entries = {{"a", "1", "'x' in extras or 'dev' in dependency_groups"},
                    {"b", "1", "'x' in extras", {}}},
        .roots = {"a; 'x' in extras", "a; 'dev' in dependency_groups", "b>=1; 'x' in extras"}};
    EXPECT_EQ(trial.found(), "");
    trial.entries[0].marker = "'x' in extras";
    EXPECT_NE(trial.found().find(", group dev"), std::string::npos) << trial.found();
}

TEST(Verify, without_roots_everything_counts_as_asked_for) {
    EXPECT_EQ(Trial({.entries = {{"a", "1", "", {"b"}}, {"b", "1", ""}, {"c", "1", ""}}}).found(),
              "");
    EXPECT_NE(Trial({.entries = {{"a", "1", "", {"b"}}, {"c", "1", ""}}}).found(), "");
}

TEST(Grid, holds_the_values_that_markers_name) {
    const pep::Marker marker =
        *pep::Marker::parse("python_full_version < '3.11.7' and platform_machine == 'riscv64' or "
                            "sys_platform == 'emscripten' or python_version == '3.17'");
    const std::vector<const pep::Marker*> markers = {&marker};
    const Grid grid = grid_of(*pep::Specifiers::parse(">=3.11"), markers);
    std::set<std::string> names;
    for (const Machine& machine : grid.machines) {
        names.insert(machine.name);
        ASSERT_LT(machine.tags, grid.tags.size());
    }
    for (std::string_view name : {"Linux riscv64, CPython 3.11.6", "Emscripten, CPython 3.11.7",
                                  "Linux x86_64, PyPy 3.11.8", "Windows ARM64, CPython 3.17.4",
                                  "macOS arm64, CPython 3.15.4"}) {
        EXPECT_TRUE(names.contains(std::string(name))) << name;
    }
    EXPECT_FALSE(names.contains("Linux x86_64, CPython 3.10.4"));
}

TEST(Grid, conflicting_extras_are_not_asked_for_together) {
    const Lock lock = read_good("lock-version = \"1.0\"\ncreated-by = \"x\"\npackages = []\n"
                                "extras = [\"a\", \"b\", \"c\", \"d\", \"e\"]\n");
    const std::vector<pep::Marker> left_out = {
        *pep::Marker::parse("'a' in extras and 'b' in extras")};
    size_t largest = 0;
    for (const pep::MarkerContext& context : contexts_of(lock, left_out)) {
        EXPECT_FALSE(context.extras->contains("a") && context.extras->contains("b"));
        largest = std::max(largest, context.extras->size());
    }
    EXPECT_EQ(largest, 4U);
}

} // namespace
} // namespace pawl::lock
