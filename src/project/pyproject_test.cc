#include "project/pyproject.h"

#include <gtest/gtest.h>

#include "base/fs.h"
#include "base/text.h"

namespace pawl::project {
namespace {

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

/// "name marker…@line" of each, one a line's worth.
std::string shown(const std::vector<ProjectRequirement>& requirements) {
    std::string text;
    for (const ProjectRequirement& one : requirements) {
        text +=
            (text.empty() ? "" : " | ") + one.requirement.str() + " @" + std::to_string(one.line);
    }
    return text;
}

std::string error_of(std::string_view text) {
    Result<Pyproject> read = parse_pyproject(std::string(text), "p.toml");
    return read ? "no error" : first_line(read.error().message);
}

constexpr std::string_view whole = R"([build-system]
requires = ["hatchling>=1"]
build-backend = "hatchling.build"
backend-path = ["."]

[project]
name = "My.Spam"
version = "1.0"
requires-python = ">=3.9"
dynamic = ["readme"]
dependencies = [
    "a>=1",
    "b; os_name == 'nt'",
]
[project.optional-dependencies]
Fast_IO = ["c"]
all = ["my-spam[fast-io]", "d"]

[dependency-groups]
Test = [
    "pytest",
    {include-group = "lint"},
]
lint = ["ruff"]

[tool.other]
x = 1

[tool.pawl]
index-url = "https://h/simple"
exclude-newer = 2026-01-01
prerelease = "allow"
constraints = ["e<2"]
overrides = ["f==1"]
excludes = ["G_h"]
environments = "sys_platform == 'linux'"
required-environments = ["os_name == 'nt'"]
conflicts = [[{extra = "fast.io"}, {group = "lint"}]]
default-groups = ["TEST"]
frob = 1
[tool.pawl.workspace]
members = ["libs/*"]
[tool.pawl.sources]
A = {index = "corp"}
b = {path = "../b", editable = true}
[tool.pawl.exclude-newer-package]
a = "7 days"
b = false
[tool.pawl.prerelease-package]
a = "disallow"
[[tool.pawl.index]]
name = "corp"
url = "https://me:secret@corp/simple"
explicit = true
)";

TEST(Pyproject, all_its_tables_are_read) {
    Result<Pyproject> read = parse_pyproject(std::string(whole), "p.toml");
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_TRUE(read->project);
    EXPECT_EQ(read->project->name.str(), "my-spam");
    EXPECT_EQ(read->project->name_as_written, "My.Spam");
    EXPECT_EQ(read->project->version->str(), "1.0");
    EXPECT_EQ(read->project->requires_python->str(), ">=3.9");
    EXPECT_EQ(shown(read->project->dependencies), "a>=1 @12 | b; os_name == \"nt\" @13");
    ASSERT_EQ(read->project->optional_dependencies.size(), 2u);
    EXPECT_EQ(read->project->optional_dependencies[0].first.str(), "fast-io");
    EXPECT_TRUE(read->project->is_dynamic("readme"));
    ASSERT_EQ(read->groups.size(), 2u);
    EXPECT_EQ(read->groups[0].name, "lint");
    EXPECT_EQ(read->groups[1].name, "test");
    EXPECT_EQ(shown(read->groups[1].requirements), "pytest @21 | ruff @24");
    ASSERT_TRUE(read->build_system);
    EXPECT_EQ(read->build_system->backend, "hatchling.build");
    EXPECT_EQ(shown(read->build_system->requirements), "hatchling>=1 @2");

    const ProjectSettings& settings = read->settings;
    EXPECT_EQ(settings.index_url, "https://h/simple");
    EXPECT_EQ(settings.exclude_newer, "2026-01-01");
    EXPECT_EQ(settings.prerelease, "allow");
    EXPECT_EQ(shown(settings.constraints), "e<2 @33");
    EXPECT_EQ(shown(settings.overrides), "f==1 @34");
    ASSERT_EQ(settings.excludes.size(), 1u);
    EXPECT_EQ(settings.excludes[0].str(), "g-h");
    ASSERT_EQ(settings.environments.size(), 1u);
    EXPECT_EQ(settings.environments[0].str(), "sys_platform == \"linux\"");
    EXPECT_EQ(settings.required_environments.size(), 1u);
    ASSERT_EQ(settings.conflicts.size(), 1u);
    EXPECT_EQ(settings.conflicts[0].items[0], (ConflictItem{ConflictItem::Kind::extra, "fast-io"}));
    EXPECT_EQ(settings.conflicts[0].items[1], (ConflictItem{ConflictItem::Kind::group, "lint"}));
    EXPECT_EQ(settings.default_groups, std::vector<std::string>({"test"}));
    EXPECT_EQ(settings.workspace_members, std::vector<std::string>({"libs/*"}));
    EXPECT_EQ(settings.sources.at(pep::Name::of("a")).index, "corp");
    EXPECT_TRUE(settings.sources.at(pep::Name::of("b")).editable);
    EXPECT_EQ(settings.exclude_newer_of.at(pep::Name::of("a")), "7 days");
    EXPECT_EQ(settings.exclude_newer_of.at(pep::Name::of("b")), "");
    EXPECT_EQ(settings.prerelease_of.at(pep::Name::of("a")), "disallow");
    ASSERT_EQ(settings.indexes.size(), 1u);
    EXPECT_TRUE(settings.indexes[0].is_explicit);
    ASSERT_EQ(settings.unknown_keys.size(), 1u);
    EXPECT_EQ(settings.unknown_keys[0].first, "frob");
    EXPECT_EQ(settings.unknown_keys[0].second, 40u);
}

TEST(Pyproject, may_be_nearly_empty) {
    for (std::string_view text :
         {"", "[tool.x]\na = 1\n", "[dependency-groups]\n", "[project]\nname='a'\nversion='1'\n",
          "[project]\nname='a'\ndynamic=['version', 'dependencies']\n",
          "[build-system]\nrequires=[]\n", "[tool]\npawl = {}\n"}) {
        EXPECT_EQ(error_of(text), "no error") << text;
    }
}

struct BadCase {
    std::string_view text, error;
};

TEST(Pyproject, names_the_line_of_every_mistake) {
    const BadCase cases[] = {
        {"[project", "p.toml:1:9: "},
        {"project = 1", "p.toml:1: key \"project\" must be a table, not an integer"},
        {"[project]\nversion='1'", "p.toml:1: the key \"name\" is missing"},
        {"[project]\nname='a'", "p.toml:2: [project] needs a version"},
        {"[project]\nname='a b'\nversion='1'", "p.toml:2: "},
        {"[project]\nname=1\nversion='1'", "p.toml:2: key \"name\" must be a string"},
        {"[project]\nname='a'\nversion='x'", "p.toml:3: "},
        {"[project]\nname='a'\nversion='1'\nrequires-python='3'", "p.toml:4: requires-python: "},
        {"[project]\nname='a'\nversion='1'\ndependencies='b'",
         "p.toml:4: key \"dependencies\" must be an array of strings, not a string"},
        {"[project]\nname='a'\nversion='1'\ndependencies=[\n'b',\n'c=='\n]", "p.toml:6: "},
        {"[project]\nname='a'\nversion='1'\ndependencies=[\n'b',\n1\n]",
         "p.toml:6: this must be a string, not an integer"},
        {"[project]\nname='a'\nversion='1'\ndynamic=['version']",
         "p.toml:3: \"version\" is given, and also listed as dynamic"},
        {"[project]\nname='a'\nversion='1'\ndynamic=['name']",
         "p.toml:4: the name cannot be dynamic"},
        {"[project]\nname='a'\nversion='1'\n[project.optional-dependencies]\nx=[]\nX=[]",
         "p.toml:6: there are two extras with the name \"x\""},
        {"[project]\nname='a'\nversion='1'\n[project.optional-dependencies]\n'x y'=[]",
         "p.toml:5: "},
        {"[dependency-groups]\na=['b']\n\nA=[]", "p.toml:1: the dependency groups \"a\" and \"A\""},
        {"[dependency-groups]\na='b'", "p.toml:2: key \"a\" must be an array, not a string"},
        {"[dependency-groups]\na=[\n1]", "p.toml:3: an element of a dependency group is"},
        {"[dependency-groups]\na=[\n{include-group='b', x=1}]", "p.toml:3: an element of a"},
        {"[dependency-groups]\na=[\n'b',\n'==']", "p.toml:4: "},
        {"[dependency-groups]\nb=[]\na=[{include-group='c'}]",
         "p.toml:3: dependency group \"a\": there is no dependency group \"c\""},
        {"[dependency-groups]\na=[{include-group='b'}]\nb=[{include-group='A'}]", "p.toml:2: "},
        {"[build-system]\nbuild-backend='x'", "p.toml:1: [build-system] needs \"requires\""},
        {"[build-system]\nrequires=['=']", "p.toml:2: "},
        {"[tool.pawl]\nno-index=1", "p.toml:2: key \"no-index\" must be true or false"},
        {"[tool.pawl]\nprerelease='yes'", "p.toml:2: \"yes\" is not one of"},
        {"[tool.pawl]\nexclude-newer='soon'", "p.toml:2: \"soon\" is neither a date"},
        {"[tool.pawl]\nexclude-newer=[]", "p.toml:2: key \"exclude-newer\" must be a string or"},
        {"[tool.pawl]\nenvironments=['x']", "p.toml:2: "},
        {"[tool.pawl]\nexcludes=['a b']", "p.toml:2: "},
        {"[tool.pawl]\nconflicts=[[{extra='x'},{extra='y'}]]",
         "p.toml:2: there is no extra \"x\" that could conflict"},
        {"[tool.pawl]\nconflicts=[\n[{extra='x'}]]",
         "p.toml:3: a conflict needs two extras or groups at least"},
        {"[tool.pawl]\nconflicts=[\n[{extra='x'},{extra='X'}]]", "p.toml:3: \"x\" stands here"},
        {"[tool.pawl]\nconflicts=[\n[{extra='x',group='y'}]]", "p.toml:3: a side of a conflict"},
        {"[tool.pawl]\nconflicts=[{extra='x'}]", "p.toml:2: "},
        {"[tool.pawl]\ndefault-groups=['x']", "p.toml:2: there is no dependency group \"x\""},
        {"[tool.pawl]\nindex=['x']", "p.toml:2: an index is \"NAME=URL\" or a table"},
        {"[[tool.pawl.index]]\nname='x'", "p.toml:1: the key \"url\" is missing"},
        {"[[tool.pawl.index]]\nurl='x'\nexplicit=true", "p.toml:1: an explicit index needs a name"},
        {"[tool.pawl]\nindex=['a=b',\n'a=c']", "p.toml:3: there are two indexes with the name"},
        {"[tool.pawl.sources]\na={index='x'}", "p.toml:2: a comes from the index \"x\""},
        {"[tool.pawl.sources]\na={}", "p.toml:2: a source is"},
        {"[tool.pawl.sources]\na=1", "p.toml:2: key \"a\" must be a table"},
        {"[tool.pawl.workspace]\nmembers=['../x']", "p.toml:1: the workspace's member \"../x\""},
        {"[tool.pawl.prerelease-package]\na='x'", "p.toml:2: \"x\" is not one of"},
        {"[tool.pawl.exclude-newer-package]\na=true", "p.toml:2: key \"a\" must be a string"},
    };
    for (const BadCase& one : cases) {
        SCOPED_TRACE(one.text);
        EXPECT_EQ(error_of(one.text).substr(0, one.error.size()), one.error);
    }
}

/// The requirements of the extra "x" of project "p" 1.0, without the project's own name.
std::string expanded(std::string_view extras) {
    std::string text = "[project]\nname = 'p'\nversion = '1.0'\n"
                       "[project.optional-dependencies]\n" +
                       std::string(extras);
    Result<Pyproject> read = parse_pyproject(text, "p.toml");
    if (!read) {
        return read.error().message;
    }
    auto found = without_own_name(*read, read->project->optional_dependencies.front().second);
    if (!found) {
        return first_line(found.error().message);
    }
    std::string all;
    for (const ProjectRequirement& one : *found) {
        all += (all.empty() ? "" : " | ") + one.requirement.str();
    }
    return all;
}

TEST(OwnExtras, are_put_in_place) {
    const BadCase cases[] = {
        {"x = ['a']", "a"},
        {"x = ['p[y,z]', 'a']\ny = ['b']\nz = ['c']", "b | c | a"},
        {"x = ['P[y]']\ny = ['p[z]']\nz = ['c']", "c"},
        {"x = ['p']", ""},
        {"x = ['p>=1']", ""},
        {"x = ['p[x]', 'a']", "a | a"},
        {"x = ['p[y]']\ny = ['a', 'p[x]']", "a"},
        {"x = [\"p[y]; os_name == 'nt'\"]\ny = ['a', \"b; python_version < '3'\"]",
         "a; os_name == \"nt\" | b; os_name == \"nt\" and python_version < \"3\""},
        {"x = [\"p[y]; os_name == 'nt' or os_name == 'b'\"]\ny = [\"b; python_version < '3'\"]",
         "b; (os_name == \"nt\" or os_name == \"b\") and python_version < \"3\""},
        {"x = ['p[none]']", "p.toml:5: p has no extra \"none\""},
        {"x = ['a',\n'p>=2']", "p.toml:6: p 1.0 asks for itself as >=2"},
        {"x = ['p @ https://h/p-1.zip']", "p.toml:5: p asks for itself from an address"},
    };
    for (const BadCase& one : cases) {
        SCOPED_TRACE(one.text);
        EXPECT_EQ(expanded(one.text), one.error);
    }
}

TEST(OwnExtras, that_multiply_have_a_bound) {
    std::string text;
    for (int i = 0; i < 40; ++i) {
        std::string next = "'p[e" + std::to_string(i + 1) + "]'";
        text += "e" + std::to_string(i) + " = [" + next + ", " + next + "]\n";
    }
    text += "e40 = ['a']\n";
    EXPECT_NE(expanded(text).find("come to more than"), std::string::npos);
}

class Directories : public testing::Test {
  protected:
    void SetUp() override { directory_ = *fs::TemporaryDirectory::create("/tmp", "pawl-project-"); }
    std::string path(std::string_view name) const { return fs::join(directory_->path(), name); }
    void add(std::string_view name, std::string_view content = "") {
        ASSERT_TRUE(fs::make_directories(fs::parent(path(name))));
        ASSERT_TRUE(fs::write_new(path(name), content));
    }
    std::string members(std::vector<std::string> patterns, std::vector<std::string> exclude = {}) {
        ProjectSettings settings;
        settings.workspace_members = std::move(patterns);
        settings.workspace_exclude = std::move(exclude);
        Result<std::vector<std::string>> found = workspace_members(settings, directory_->path());
        return found ? replace_all(join(*found, " "), directory_->path() + "/", "")
                     : "error: " + first_line(found.error().message);
    }

  private:
    std::optional<fs::TemporaryDirectory> directory_;
};

TEST_F(Directories, workspace_members_are_found_by_path_and_star) {
    for (std::string_view name : {"libs/a", "libs/b", "libs/.c", "apps/one/x", "top"}) {
        add(std::string(name) + "/pyproject.toml");
    }
    add("libs/none/setup.py");
    add("libs/file");
    EXPECT_EQ(members({"libs/*"}), "libs/a libs/b");
    EXPECT_EQ(members({"top", "libs/*", "libs/a"}), "libs/a libs/b top");
    EXPECT_EQ(members({"./top/"}), "top");
    EXPECT_EQ(members({"apps/*/x"}), "apps/one/x");
    EXPECT_EQ(members({"l*s/[ab]"}), "") << "only stars are patterns";
    EXPECT_EQ(members({"libs/*"}, {"libs/b"}), "libs/a");
    EXPECT_EQ(members({"*/*"}, {"libs/*"}), "");
    EXPECT_EQ(members({"libs/none"}), "error: the workspace's member \"libs/none\" holds no "
                                      "pyproject.toml");
    EXPECT_EQ(members({"*****"}), "error: \"*****\" has too many stars");
}

TEST_F(Directories, say_what_their_project_is_called) {
    add("a/pyproject.toml", "[project]\nname = 'A_b'\n");
    add("b/pyproject.toml", "[build-system]\nrequires = []\n");
    add("b/setup.cfg", "# x\n[other]\nname = wrong\n[metadata]\nversion: 1\nName : C.d\n");
    add("c/setup.cfg", "[metadata]\nname = attr: x.y\n");
    add("d/pyproject.toml", "[project]\nversion = '1'\n");
    add("e/pyproject.toml", "[project");
    add("f/x");
    auto name = [this](std::string_view directory) {
        Result<pep::Name> found = name_of_directory(path(directory));
        return found ? found->str() : "error";
    };
    EXPECT_EQ(name("a"), "a-b");
    EXPECT_EQ(name("b"), "c-d");
    for (std::string_view broken : {"c", "d", "e", "f", "none"}) {
        EXPECT_EQ(name(broken), "error") << broken;
    }
}

} // namespace
} // namespace pawl::project
