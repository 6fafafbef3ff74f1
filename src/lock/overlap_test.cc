#include "lock/overlap.h"

#include <gtest/gtest.h>

#include "lock/test_support.h"

namespace pawl::lock {
namespace {

/// A lock with entries of "six" that have these markers; "" for none.
Lock lock_of(std::string_view head, std::initializer_list<std::string_view> markers) {
    std::string text = "lock-version = \"1.0\"\ncreated-by = \"test\"\n" + std::string(head);
    int version = 0;
    for (std::string_view marker : markers) {
        const std::string number = std::to_string(++version);
        text += "\n[[packages]]\nname = \"six\"\nversion = \"" + number + "\"\n";
        text += marker.empty() ? "" : "marker = \"" + std::string(marker) + "\"\n";
        text += "wheels = [" + wheel_text("six-" + number + "-py3-none-any.whl") + "]\n";
    }
    return read_good(text, Rules::standard);
}

/// "1+2 where MARKER", one a line.
std::string found(const Lock& lock, std::span<const pep::Marker> left_out = {}) {
    auto result = overlaps(lock, left_out);
    EXPECT_TRUE(result);
    std::string text;
    for (const Overlap& one : *result) {
        text += lock.packages[one.first].version->str() + "+" +
                lock.packages[one.second].version->str() + " " +
                (one.where.empty() ? "always" : one.where) + "\n";
    }
    EXPECT_EQ(prove_disjoint(lock, left_out).has_value(), text.empty());
    return text;
}

TEST(Overlap, entries_that_exclude_each_other_do_not_overlap) {
    EXPECT_EQ(found(lock_of("", {""})), "");
    EXPECT_EQ(found(lock_of("", {"os_name == 'nt'", "os_name != 'nt'"})), "");
    EXPECT_EQ(found(lock_of("", {"python_version < '3.11'", "python_full_version >= '3.11'"})), "");
    EXPECT_EQ(found(lock_of("", {"'a' in extras", "'a' not in extras and 'b' in extras"})), "");
    // What no machine is: the algebra knows.
    EXPECT_EQ(found(lock_of("", {"os_name == 'nt'", "sys_platform == 'darwin'"})), "");
}

TEST(Overlap, where_both_apply_is_said) {
    EXPECT_EQ(found(lock_of("", {"", ""})), "1+2 always\n");
    EXPECT_EQ(found(lock_of("", {"sys_platform == 'linux'", "python_version < '3.11'"})),
              "1+2 python_version < \"3.11\" and sys_platform == \"linux\"\n");
    EXPECT_EQ(found(lock_of("", {"os_name == 'nt'", "os_name != 'nt'", "'x' in extras"})),
              "1+3 os_name == \"nt\" and \"x\" in extras\n"
              "2+3 os_name != \"nt\" and \"x\" in extras\n");
}

TEST(Overlap, only_where_the_lock_holds) {
    constexpr std::string_view markers[] = {"python_version < '3.11'", "python_version < '3.10'"};
    EXPECT_EQ(found(lock_of("requires-python = '>=3.10'\n", {markers[0], markers[1]})), "");
    EXPECT_EQ(found(lock_of("requires-python = '>=3.9'\n", {markers[0], markers[1]})),
              "1+2 python_version < \"3.10\"\n");
    EXPECT_EQ(found(lock_of("environments = [\"sys_platform == 'linux'\"]\n",
                            {"sys_platform == 'linux'", "sys_platform != 'linux'"})),
              "");
    EXPECT_EQ(found(lock_of("environments = [\"sys_platform == 'linux'\"]\n",
                            {"sys_platform != 'linux'", "os_name == 'nt'"})),
              "");
}

TEST(Overlap, conflicting_extras_are_never_asked_for_together) {
    const Lock lock = lock_of("extras = ['a', 'b']\n", {"'a' in extras", "'b' in extras"});
    EXPECT_EQ(found(lock), "1+2 \"a\" in extras and \"b\" in extras\n");
    const std::vector<pep::Marker> left_out = {
        *pep::Marker::parse("'a' in extras and 'b' in extras")};
    EXPECT_EQ(found(lock, left_out), "");
}

TEST(Overlap, a_mistake_of_the_resolver_is_no_lock) {
    auto proof = prove_disjoint(lock_of("", {"os_name == 'nt'", "python_version > '3.11'"}), {});
    ASSERT_FALSE(proof);
    EXPECT_NE(proof.error().message.find("six 1 and six 2 would both apply where"),
              std::string::npos)
        << proof.error().message;
}

} // namespace
} // namespace pawl::lock
