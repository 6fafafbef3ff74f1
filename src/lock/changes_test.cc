#include "lock/changes.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "lock/test_support.h"

namespace pawl::lock {
namespace {

std::string lock_text(std::string_view packages, std::string_view head = "") {
    return "lock-version = \"1.0\"\ncreated-by = \"test\"\n" + std::string(head) +
           std::string(packages);
}

std::string entry(const std::string& name, const std::string& version, const std::string& more = "",
                  const std::string& wheel_more = "") {
    return "\n[[packages]]\nname = \"" + name + "\"\nversion = \"" + version + "\"\n" + more +
           "wheels = [" + wheel_text(name + "-" + version + "-py3-none-any.whl", wheel_more) +
           "]\n";
}

std::string shown(const std::string& before, const std::string& after) {
    static constexpr std::string_view kinds[] = {"+", "-", "^", "~"};
    auto result = changes(read_good(before, Rules::standard), read_good(after, Rules::standard));
    EXPECT_TRUE(result);
    std::string text;
    auto add = [&text](const Change& change) {
        text += "  " + change.key + ": " + change.before + " -> " + change.after + "\n";
    };
    for (const Change& change : result->lock) {
        add(change);
    }
    for (const PackageChange& package : result->packages) {
        text += std::string(kinds[static_cast<size_t>(package.kind)]) + package.name.str() + " " +
                package.before + " -> " + package.after + "\n";
        for (const Change& change : package.details) {
            add(change);
        }
    }
    return text;
}

TEST(Changes, packages_come_go_and_move) {
    const std::string before = lock_text(entry("a", "1") + entry("b", "1") + entry("c", "1"));
    const std::string after = lock_text(entry("b", "1") + entry("c", "2") + entry("d", "1"));
    EXPECT_EQ(shown(before, before), "");
    EXPECT_EQ(shown(before, after), "-a 1 -> \n^c 1 -> 2\n+d  -> 1\n");
}

TEST(Changes, several_entries_are_paired_by_version_and_marker) {
    const std::string old_half = "marker = \"python_version < '3.11'\"\n";
    const std::string new_half = "marker = \"python_version >= '3.11'\"\n";
    EXPECT_EQ(shown(lock_text(entry("a", "1")),
                    lock_text(entry("a", "1", old_half) + entry("a", "2", new_half))),
              "+a  -> 2\n~a 1 -> 1\n  marker: always -> python_version < \"3.11\"\n");
    EXPECT_EQ(shown(lock_text(entry("a", "1", old_half) + entry("a", "2", new_half)),
                    lock_text(entry("a", "1", old_half) + entry("a", "3", new_half))),
              "^a 2 -> 3\n");
}

TEST(Changes, markers_are_compared_by_meaning_where_both_locks_hold) {
    const std::string before =
        lock_text(entry("a", "1", "marker = \"os_name == 'nt' and python_version >= '3.10'\"\n"),
                  "requires-python = \">=3.10\"\n");
    const std::string after = lock_text(entry("a", "1", "marker = \"'nt' == os_name\"\n"),
                                        "requires-python = \">=3.11\"\n");
    EXPECT_EQ(shown(before, after), "  requires-python: >=3.10 -> >=3.11\n");
    // Two ways of saying it that differ in release candidates of Python only.
    EXPECT_EQ(shown(lock_text(entry("a", "1", "marker = \"python_version >= '3.11'\"\n")),
                    lock_text(entry("a", "1", "marker = \"python_full_version >= '3.11'\"\n"))),
              "");
}

TEST(Changes, files_hashes_and_addresses) {
    const std::string before = lock_text(entry("a", "1"));
    EXPECT_EQ(shown(before, lock_text(entry("a", "1", "", ", size = 7"))), "");
    EXPECT_EQ(shown(before, replace_all(before, hash64, std::string(64, '0'))),
              "~a 1 -> 1\n  hash of a-1-py3-none-any.whl: sha256:" + hash64 +
                  " -> sha256:" + std::string(64, '0') + "\n");
    EXPECT_EQ(shown(before, replace_all(before, "files.example.org", "other.example.org")),
              "~a 1 -> 1\n  address of a-1-py3-none-any.whl: "
              "https://files.example.org/a-1-py3-none-any.whl -> "
              "https://other.example.org/a-1-py3-none-any.whl\n");
    EXPECT_EQ(shown(before, replace_all(before, "a-1-py3-none", "a-1-py2.py3-none")),
              "~a 1 -> 1\n  file: a-1-py3-none-any.whl -> \n"
              "  file:  -> a-1-py2.py3-none-any.whl\n");
    // Another algorithm says nothing about the bytes.
    EXPECT_EQ(shown(before, replace_all(before, "sha256", "blake2s")), "");
}

TEST(Changes, one_directory_has_many_spellings) {
    auto tree = [](const std::string& path) {
        return lock_text("[[packages]]\nname = \"a\"\ndirectory = {path = \"" + path + "\"}\n");
    };
    EXPECT_EQ(shown(tree("lib"), tree("./lib")), "");
    EXPECT_EQ(shown(tree(".//lib"), tree("././lib")), "");
    EXPECT_NE(shown(tree("lib"), tree("../lib")), "");
    EXPECT_EQ(plain_path("."), ".");
    EXPECT_EQ(plain_path("./"), ".");
}

TEST(Changes, what_a_tool_never_writes_has_not_changed) {
    const std::string python = "requires-python = \">=3.9\"\n";
    const std::string without = lock_text(entry("a", "1") + entry("b", "1"));
    const std::string with = lock_text(entry("a", "1", python) + entry("b", "1", python));
    const std::string half = lock_text(entry("a", "1", python) + entry("b", "1"));
    EXPECT_EQ(shown(without, with), "");
    EXPECT_EQ(shown(half, with), "~b 1 -> 1\n  requires-python:  -> >=3.9\n");
}

TEST(Changes, the_lock_as_a_whole) {
    EXPECT_EQ(shown(lock_text("packages = []\n", "environments = [\"os_name == 'nt'\"]\n"),
                    lock_text("packages = []\n", "extras = [\"b\", \"a\"]\n")),
              "  environments: os_name == \"nt\" -> \n  extras:  -> a, b\n");
}

} // namespace
} // namespace pawl::lock
