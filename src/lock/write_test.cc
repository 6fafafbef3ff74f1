#include "lock/write.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "lock/test_support.h"

namespace pawl::lock {
namespace {

Wheel wheel(std::string name) {
    return {.name = name,
            .source = {.url = "https://x.org/" + name, .path = "", .hashes = {{"sha256", hash64}}}};
}

constexpr std::string_view golden = R"(lock-version = "1.0"
environments = [
    "sys_platform == \"linux\"",
]
requires-python = "<4,>=3.9"
extras = []
dependency-groups = ["a", "b"]
default-groups = ["default"]
created-by = "pawl"

[[packages]]
name = "six"
version = "1.0"
marker = "\"default\" in dependency_groups"
dependencies = [
    {name = "tree"},
]
index = "https://pypi.org/simple"
sdist = {name = "six-1.0.tar.gz", upload-time = 2026-01-01T10:00:00.500Z, REST
wheels = [
    {url = "https://x.org/six-1.0-cp39-abi3-win32.whl", hashes = {sha256 = "HASH"}},
    {url = "https://x.org/six-1.0-12-py3-none-any.whl", hashes = {sha256 = "HASH"}},
    {url = "https://x.org/six-1.0-1-py3-none-any.whl", hashes = {sha256 = "HASH"}},
    {url = "https://x.org/six-1.0-py3-none-any.whl", hashes = {sha256 = "HASH"}},
]

[packages.tool.pawl]
why = "x"

[[packages.tool.pawl.a.b]]
c = 1

[[packages]]
name = "tree"
vcs = {type = "git", url = "https://x.org/t.git", requested-revision = "main", COMMIT

[tool.pawl]
digest = "x"

[tool.pawl.regions]
all = []
)";

TEST(Write, golden) {
    Lock lock;
    lock.environments = {*pep::Marker::parse("sys_platform=='linux'")};
    lock.requires_python = *pep::Specifiers::parse(">=3.9,<4");
    lock.extras = std::vector<pep::Name>{};
    lock.dependency_groups = std::vector<std::string>{"b", "a"};
    lock.default_groups = {"default"};
    lock.created_by = "pawl";
    Package tree{.name = pep::Name::of("tree"), .version = *pep::Version::parse("1.0")};
    tree.vcs = Vcs{.type = "git",
                   .url = "https://x.org/t.git",
                   .path = "",
                   .requested_revision = "main",
                   .commit_id = std::string(40, 'a'),
                   .subdirectory = ""};
    Package six{.name = pep::Name::of("six"), .version = *pep::Version::parse("1.0")};
    six.marker = *pep::Marker::parse("'default' in dependency_groups");
    six.dependencies = {{.name = pep::Name::of("tree")}};
    six.index = "https://pypi.org/simple";
    six.sdist = Sdist{.name = "six-1.0.tar.gz",
                      .source = {.url = "https://x.org/files/ab",
                                 .path = "",
                                 .size_bytes = 5,
                                 .upload_time = Timestamp{1767261600500000},
                                 .hashes = {{"sha512", "cd"}, {"sha256", "ab"}}}};
    six.wheels = {wheel("six-1.0-py3-none-any.whl"), wheel("six-1.0-1-py3-none-any.whl"),
                  wheel("six-1.0-12-py3-none-any.whl"), wheel("six-1.0-cp39-abi3-win32.whl")};
    six.tool.set(
        {.name = "pawl", .lines = "why = \"x\"\n", .sections = {{"a.b", true, "c = 1\n"}}});
    lock.packages = {tree, six};
    lock.tool.set(*ToolTable::from_document("pawl", "digest = \"x\"\n[regions]\nall = []\n"));
    std::string expected = replace_all(golden, "HASH", hash64);
    expected = replace_all(expected, "REST",
                           "url = \"https://x.org/files/ab\", size = 5, "
                           "hashes = {sha256 = \"ab\", sha512 = \"cd\"}}");
    expected = replace_all(expected, "COMMIT", "commit-id = \"" + std::string(40, 'a') + "\"}");
    EXPECT_EQ(write(lock), expected);
}

TEST(Write, order_does_not_depend_on_the_order_given) {
    Lock lock;
    lock.created_by = "pawl";
    for (std::string_view name : {"a", "b", "c"}) {
        for (std::string_view version : {"1.0", "2.0", "10.0"}) {
            Package package{.name = pep::Name::of(name), .version = *pep::Version::parse(version)};
            for (std::string_view tag : {"py3-none-any", "cp39-abi3-win32", "1-py3-none-any"}) {
                package.wheels.push_back(wheel(std::string(name) + "-" + std::string(version) +
                                               "-" + std::string(tag) + ".whl"));
            }
            lock.packages.push_back(std::move(package));
        }
    }
    const std::string expected = write(lock);
    std::ranges::reverse(lock.packages);
    for (Package& package : lock.packages) {
        std::ranges::reverse(package.wheels);
    }
    EXPECT_EQ(write(lock), expected);
    EXPECT_LT(expected.find("a-2.0"), expected.find("a-10.0"));
}

TEST(Write, an_empty_lock_is_valid) {
    Lock lock;
    lock.created_by = "pawl";
    EXPECT_EQ(write(lock), "lock-version = \"1.0\"\ncreated-by = \"pawl\"\npackages = []\n");
    read_good(write(lock));
}

TEST(Write, other_tools_tables_survive_byte_for_byte) {
    const std::string tables = R"(
[tool.uv]
# why
a = 1   # odd  spacing
b.c = [ 1,
  2 ]

[tool.uv.sub]
x = { y = 1 }

[[tool.uv.list]]
z = 1

[[tool.uv.list]]
z = 2

[tool.zed]
q = "x"
)";
    const std::string text = lock_with("directory = {path = \".\"}\n") + tables;
    Lock lock = read_good(text);
    const std::string written = write(lock);
    EXPECT_TRUE(written.ends_with(tables)) << written;
    EXPECT_EQ(read_good(written), lock);
}

TEST(Write, inline_tool_tables_become_sections) {
    const std::string written =
        write(read_good("lock-version = \"1.0\"\ncreated-by = \"x\"\npackages = []\n"
                        "tool = {uv = {a = 1, b.c = 2, d = {e = 3}}, n = 5}\n"));
    EXPECT_TRUE(written.ends_with("\n[tool]\nn = 5\n\n[tool.uv]\na = 1\nb.c = 2\nd = {e = 3}\n"))
        << written;
    EXPECT_EQ(write(read_good(written)), written);
}

} // namespace
} // namespace pawl::lock
