#include "wheel/lock_members.h"

#include <gtest/gtest.h>

namespace pawl::wheel {
namespace {

const Layout layout{.dist_info = "demo-1.0.dist-info", .data_directory = "demo-1.0.data"};

LockMembers found(std::vector<std::string> paths) {
    return find_lock_members(paths, layout);
}

TEST(LockMembers, are_found_in_dist_info_and_at_the_top_of_packages) {
    LockMembers members = found(
        {"demo/__init__.py", "demo/pylock.toml", "demo-1.0.data/purelib/other/pylock.ci.toml",
         "demo-1.0.data/data/share/pylock.toml", "demo/deep/pylock.toml", "pylock.toml",
         "demo-1.0.dist-info/pylock.toml", "demo-1.0.dist-info/pylock/pylock.toml",
         "demo-1.0.dist-info/pylock/pylock.lts.toml", "demo-1.0.dist-info/pylock/pylock.a.b.toml",
         "demo-1.0.dist-info/pylock/sub/pylock.toml", "demo-1.0.dist-info/pylock/README"});
    std::vector<LockMember> expected{
        {LockPlace::dist_info, "", "demo-1.0.dist-info/pylock/pylock.toml"},
        {LockPlace::dist_info, "lts", "demo-1.0.dist-info/pylock/pylock.lts.toml"},
        {LockPlace::package_data, "", "demo/pylock.toml"},
        {LockPlace::package_data, "ci", "demo-1.0.data/purelib/other/pylock.ci.toml"},
    };
    EXPECT_EQ(members.locks, expected);
    EXPECT_EQ(members.strays, (std::vector<std::string>{
                                  "demo-1.0.dist-info/pylock/README",
                                  "demo-1.0.dist-info/pylock/pylock.a.b.toml",
                                  "demo-1.0.dist-info/pylock/sub/pylock.toml",
                              }));
}

TEST(LockMembers, dist_info_counts_before_package_data) {
    std::string own = "demo-1.0.dist-info/pylock/pylock.toml";
    EXPECT_EQ((**choose_lock(found({"demo/pylock.toml", own}), "")).path, own);
    EXPECT_EQ((**choose_lock(found({"demo/pylock.toml"}), "")).path, "demo/pylock.toml");
    EXPECT_EQ((**choose_lock(found({"demo/pylock.toml", "other/pylock.toml", own}), "")).path, own);
    EXPECT_FALSE(choose_lock(found({own}), "lts")->has_value());
    Result<std::optional<LockMember>> two =
        choose_lock(found({"demo/pylock.toml", "other/pylock.toml"}), "");
    ASSERT_FALSE(two);
    EXPECT_EQ(two.error().kind, Error::Kind::input);
    EXPECT_NE(two.error().message.find("other/pylock.toml"), std::string::npos);
}

TEST(LockMembers, names_are_those_that_every_file_system_takes) {
    for (std::string_view good : {"lts", "a-b_C9"}) {
        EXPECT_TRUE(check_lock_name(good)) << good;
    }
    for (std::string_view bad : {"", "a.b", "../x", "a/b", "a b", "\xc3\xa9", "a\nb"}) {
        Result<> checked = check_lock_name(bad);
        ASSERT_FALSE(checked) << bad;
        EXPECT_EQ(checked.error().kind, Error::Kind::usage);
    }
    EXPECT_FALSE(check_lock_name(std::string(101, 'a')));
    EXPECT_EQ(lock_member_path(layout, "lts"), "demo-1.0.dist-info/pylock/pylock.lts.toml");
}

TEST(LockMembers, a_sidecar_lies_beside_the_wheel) {
    Url wheel = *Url::parse("https://host/files/demo-1.0-py3-none-any.whl#sha256=ab");
    EXPECT_EQ(sidecar_of(wheel).text(), "https://host/files/demo-1.0-py3-none-any.whl.lock");
}

} // namespace
} // namespace pawl::wheel
