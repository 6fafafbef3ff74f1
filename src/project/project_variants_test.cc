#include <gtest/gtest.h>

#include "base/text.h"
#include "project/pyproject.h"

namespace pawl::project {
namespace {

constexpr std::string_view text = R"([project]
name = "app"
version = "1"
[tool.pawl]
index-url = "https://base.example/simple"
prerelease = "allow"
constraints = ["a<2"]
overrides = ["t==1", "u==1"]
only-binary = ["t"]
[[tool.pawl.index]]
name = "corp"
url = "https://corp.example"
[tool.pawl.sources]
t = {index = "corp"}
s = {index = "corp"}

[tool.pawl.variants.cpu]
index = {t = "https://cpu.example"}
[tool.pawl.variants.gpu]
when = ["cuda >= 12", "rocm"]
index-url = "https://gpu.example/simple"
prerelease = "disallow"
constraints = ["a>1"]
overrides = ["t==2"]
only-binary = [":all:"]
sources = {t = {index = "nv"}}
[[tool.pawl.variants.gpu.index]]
name = "nv"
url = "https://nv.example"
explicit = true
[[tool.pawl.variants.gpu.index]]
name = "corp"
url = "https://mirror.example"
)";

std::string shown(const std::vector<ProjectRequirement>& requirements) {
    std::string list;
    for (const ProjectRequirement& one : requirements) {
        list += one.requirement.str() + " ";
    }
    return list;
}

std::string shown(const std::vector<ProjectIndex>& indexes) {
    std::string list;
    for (const ProjectIndex& index : indexes) {
        list += index.name + "=" + index.url + (index.is_explicit ? " explicit; " : "; ");
    }
    return list;
}

TEST(ProjectVariants, AreTheSettingsWithTheirTableLaidOver) {
    Result<Pyproject> read = parse_pyproject(std::string(text), "p.toml");
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->variants.size(), 2U);
    EXPECT_TRUE(read->settings.unknown_keys.empty());
    EXPECT_EQ(read->settings.index_url, "https://base.example/simple");

    const ProjectSettings& cpu = read->variants[0].settings;
    EXPECT_EQ(read->variants[0].variant.name, "cpu");
    EXPECT_TRUE(read->variants[0].variant.is_fallback());
    EXPECT_EQ(shown(cpu.indexes),
              "for t=https://cpu.example explicit; corp=https://corp.example; ");
    EXPECT_EQ(cpu.sources.at(pep::Name::of("t")).index, "for t");
    EXPECT_EQ(cpu.sources.at(pep::Name::of("s")).index, "corp");
    EXPECT_EQ(shown(cpu.overrides), "t==1 u==1 ");

    const ProjectSettings& gpu = read->variants[1].settings;
    EXPECT_EQ(read->variants[1].variant.condition(), "cuda>=12 or rocm");
    EXPECT_EQ(gpu.index_url, "https://gpu.example/simple");
    EXPECT_EQ(gpu.prerelease, "disallow");
    EXPECT_EQ(shown(gpu.constraints), "a<2 a>1 ");
    EXPECT_EQ(shown(gpu.overrides), "u==1 t==2 ");
    EXPECT_EQ(join(gpu.only_binary, " "), ":all:");
    EXPECT_EQ(shown(gpu.indexes), "nv=https://nv.example explicit; corp=https://mirror.example; ");
    EXPECT_EQ(gpu.sources.at(pep::Name::of("t")).index, "nv");
}

TEST(ProjectVariants, ErrorsNameFileAndLine) {
    auto error_of = [](std::string_view table) {
        Result<Pyproject> read = parse_pyproject(std::string(table), "p.toml");
        return read ? "no error" : read.error().message.substr(0, read.error().message.find('\n'));
    };
    EXPECT_EQ(error_of("[tool.pawl.variants.x]\nconflicts = []"),
              "p.toml:2: a variant has no key \"conflicts\"");
    EXPECT_EQ(error_of("[tool.pawl.variants.x]\nindex = {t = 1}"),
              "p.toml:2: key \"t\" must be the address of the project's index, not an integer");
    EXPECT_EQ(error_of("[tool.pawl.variants.x]\nsources = {t = {index = 'nv'}}"),
              "p.toml:2: t comes from the index \"nv\", and there is none of that name");
    EXPECT_EQ(error_of("[tool.pawl.variants.x]\noverrides = ['==']").substr(0, 9), "p.toml:2:");
}

} // namespace
} // namespace pawl::project
