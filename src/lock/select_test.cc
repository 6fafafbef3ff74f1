#include "lock/select.h"

#include <gtest/gtest.h>

#include "lock/test_support.h"

namespace pawl::lock {
namespace {

pep::TagSet linux_tags() {
    return pep::TagSet(pep::compatible_tags(
        {.implementation = "cpython",
         .major = 3,
         .minor = 12,
         .abis = {"cp312"},
         .platforms = pep::platform_tags({.system = pep::Platform::System::linux_glibc,
                                          .machine = "x86_64",
                                          .major = 2,
                                          .minor = 36,
                                          .other = ""})}));
}

/// The file names (or kinds) that are chosen, or the error.
std::string chosen(const std::string& text, const Request& request = {},
                   const std::string& python = "3.12.4") {
    const Lock lock = read_good(text, Rules::standard);
    const pep::TagSet tags = linux_tags();
    auto selections =
        select(lock, {.environment = linux_environment(python), .tags = &tags}, request);
    if (!selections) {
        return "error: " + selections.error().message;
    }
    static constexpr std::string_view kinds[] = {"vcs", "directory", "archive", "wheel", "sdist"};
    std::string out;
    for (const Selection& selection : *selections) {
        const Package& package = lock.packages[selection.package];
        out += (out.empty() ? "" : " ") + package.name.str() + ":";
        out += selection.kind == Selection::Kind::wheel
                   ? package.wheels[selection.wheel].name
                   : kinds[static_cast<size_t>(selection.kind)];
    }
    return out;
}

std::string wheels(std::initializer_list<std::string_view> files) {
    std::string out = "wheels = [";
    for (std::string_view file : files) {
        out += wheel_text(file) + ", ";
    }
    return out + "]\n";
}

TEST(Select, the_best_tag_wins_then_the_highest_build) {
    EXPECT_EQ(chosen(lock_with(
                  wheels({"six-1-py3-none-any.whl", "six-1-cp312-cp312-manylinux_2_17_x86_64.whl",
                          "six-1-cp312-abi3-manylinux_2_17_x86_64.whl"}))),
              "six:six-1-cp312-cp312-manylinux_2_17_x86_64.whl");
    const std::string builds = lock_with(wheels(
        {"six-1-py3-none-any.whl", "six-1-2-py3-none-any.whl", "six-1-10-py3-none-any.whl"}));
    EXPECT_EQ(chosen(builds), "six:six-1-10-py3-none-any.whl");
    EXPECT_EQ(chosen(builds, {.extras = {},
                              .dependency_groups = {},
                              .refuse_undeclared = true,
                              .ignore_build_numbers = true}),
              "six:six-1-py3-none-any.whl");
}

TEST(Select, the_sdist_only_when_no_wheel_fits) {
    const std::string sdist = "sdist = " + wheel_text("six-1.tar.gz") + "\n";
    EXPECT_EQ(chosen(lock_with(sdist + wheels({"six-1-cp312-cp312-win_amd64.whl"}))), "six:sdist");
    EXPECT_EQ(chosen(lock_with(wheels({"six-1-cp312-cp312-win_amd64.whl"}))),
              "error: line 4: six: this platform is not supported by this lock\n"
              "  hint: it has wheels for win_amd64 (cp312-cp312) and no source distribution");
}

TEST(Select, markers_leave_entries_out) {
    const std::string text =
        lock_with("marker = \"sys_platform == 'win32'\"\n" + wheels({"six-1-py3-none-any.whl"})) +
        "[[packages]]\nname = \"six\"\nmarker = \"sys_platform == 'linux'\"\n" +
        wheels({"six-2-py3-none-any.whl"});
    EXPECT_EQ(chosen(text), "six:six-2-py3-none-any.whl");
}

TEST(Select, two_entries_that_apply_are_ambiguous) {
    const std::string text =
        lock_with("marker = \"os_name == 'posix'\"\n" + wheels({"six-1-py3-none-any.whl"})) +
        "[[packages]]\nname = \"six\"\nmarker = \"sys_platform == 'linux'\"\n" +
        wheels({"six-2-py3-none-any.whl"});
    EXPECT_EQ(chosen(text),
              "error: the lock is ambiguous: line 4: six and line 9: six both apply to this "
              "environment\n  hint: its markers must leave one entry of a name; lock again");
}

TEST(Select, python_is_an_error_and_no_skip) {
    const std::string one = wheels({"six-1-py3-none-any.whl"});
    EXPECT_EQ(chosen(lock_with("requires-python = \">=3.13\"\n" + one)),
              "error: line 4: six needs Python >=3.13, and this is 3.12.4");
    EXPECT_EQ(chosen("requires-python = \">=3.13\"\n" + lock_with(one)),
              "error: the lock needs Python >=3.13, and this is 3.12.4");
    // A prerelease of a Python is before it.
    EXPECT_EQ(chosen("requires-python = \">=3.15\"\n" + lock_with(one), {}, "3.15.0b1"),
              "error: the lock needs Python >=3.15, and this is 3.15.0b1");
    EXPECT_EQ(chosen("requires-python = \">=3.12\"\n" + lock_with(one), {}, "3.15.0b1+"),
              "six:six-1-py3-none-any.whl");
}

TEST(Select, environments_must_hold_one) {
    const std::string one = lock_with(wheels({"six-1-py3-none-any.whl"}));
    EXPECT_EQ(chosen("environments = [\"os_name == 'nt'\"]\n" + one),
              "error: this environment is not one of those that the lock is for\n"
              "  hint: it is for os_name == \"nt\"");
    EXPECT_EQ(chosen("environments = [\"os_name == 'nt'\", \"os_name == 'posix'\"]\n" + one),
              "six:six-1-py3-none-any.whl");
    EXPECT_EQ(chosen("environments = []\n" + one), "six:six-1-py3-none-any.whl");
    EXPECT_NE(chosen("environments = [\"'x' in extras\"]\n" + one).find("error: environments: "),
              std::string::npos);
}

TEST(Select, extras_and_groups) {
    const std::string head = "extras = [\"cli\"]\ndependency-groups = [\"Dev_Tools\"]\n"
                             "default-groups = [\"default\"]\n";
    auto entry = [](const std::string& name, const std::string& marker) {
        return "[[packages]]\nname = \"" + name + "\"\nmarker = \"" + marker +
               "\"\ndirectory = {path = \".\"}\n";
    };
    const std::string text =
        head + "lock-version = \"1.0\"\ncreated-by = \"x\"\n" +
        entry("a", "'default' in dependency_groups") + entry("b", "'cli' in extras") +
        entry("c", "'dev-tools' in dependency_groups") + entry("d", "'cli' not in extras");
    EXPECT_EQ(chosen(text), "a:directory d:directory");
    EXPECT_EQ(chosen(text, {.extras = {"CLI"}, .dependency_groups = {}}),
              "a:directory b:directory");
    EXPECT_EQ(chosen(text, {.extras = {}, .dependency_groups = std::set<std::string>{"dev.tools"}}),
              "c:directory d:directory");
    EXPECT_EQ(chosen(text, {.extras = {}, .dependency_groups = std::set<std::string>{}}),
              "d:directory");
    EXPECT_EQ(chosen(text, {.extras = {"web"}, .dependency_groups = {}}),
              "error: the lock has no extra \"web\"\n  hint: it has cli");
    EXPECT_EQ(chosen(text, {.extras = {}, .dependency_groups = std::set<std::string>{"docs"}}),
              "error: the lock has no dependency group \"docs\"\n"
              "  hint: it has default and dev-tools");
    EXPECT_EQ(
        chosen(text, {.extras = {"web"}, .dependency_groups = {}, .refuse_undeclared = false}),
        "a:directory d:directory");
}

TEST(Select, extra_has_no_value_in_a_lock) {
    const std::string result =
        chosen(lock_with("marker = \"extra == 'x'\"\n" + wheels({"six-1-py3-none-any.whl"})));
    EXPECT_TRUE(result.starts_with("error: line 4: six: ")) << result;
}

} // namespace
} // namespace pawl::lock
