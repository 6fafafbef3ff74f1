#include "pep/version.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "pep/version_key.h"
#include "pep/version_worlds_test.h"

namespace pawl::pep {
namespace {

TEST(Version, every_spelling_has_one_normal_form) {
    struct Case {
        std::string_view text, normal;
    };
    constexpr Case cases[] = {
        {"1", "1"},
        {"v1.0", "1.0"},
        {" V1.0\t\n", "1.0"},
        {"01.002", "1.2"},
        {"0!1", "1"},
        {"1!2.0", "1!2.0"},
        {"1.0a", "1.0a0"},
        {"1.0-ALPHA_1", "1.0a1"},
        {"1.0beta2", "1.0b2"},
        {"1.0c3", "1.0rc3"},
        {"1.0.pre4", "1.0rc4"},
        {"1.0_preview.5", "1.0rc5"},
        {"1.0RC6", "1.0rc6"},
        {"1.0a-", "1.0a0"},
        {"1.0a--1", "1.0a0.post1"},
        {"1.0a1-1", "1.0a1.post1"},
        {"1.0ar1", "1.0a0.post1"},
        {"1.0-1", "1.0.post1"},
        {"1.0post", "1.0.post0"},
        {"1.0-r4", "1.0.post4"},
        {"1.0.rev.5", "1.0.post5"},
        {"1.0dev", "1.0.dev0"},
        {"1.0-DEV_6", "1.0.dev6"},
        {"1.0.post.dev1", "1.0.post0.dev1"},
        {"1.0-1.dev", "1.0.post1.dev0"},
        {"1.0+Ubuntu-1_02", "1.0+ubuntu.1.2"},
        {"1.0+000", "1.0+0"},
        {"1.0+00a", "1.0+00a"},
        {"1.0+123456789012345678901234567890", "1.0+123456789012345678901234567890"},
        {"1!2.3.4.5.6.7rc1.post2.dev3+x.4", "1!2.3.4.5.6.7rc1.post2.dev3+x.4"},
        {"9223372036854775807", "9223372036854775807"},
    };
    for (const Case& example : cases) {
        SCOPED_TRACE(example.text);
        Result<Version> version = Version::parse(example.text);
        ASSERT_TRUE(version) << version.error().message;
        EXPECT_EQ(version->str(), example.normal);
        EXPECT_EQ(version_of(example.normal).str(), example.normal);
    }
}

TEST(Version, what_is_no_version_is_refused_with_the_text_in_the_message) {
    for (std::string_view text : {"",
                                  " ",
                                  "a",
                                  "v",
                                  "1.",
                                  ".1",
                                  "1..0",
                                  "1.0.",
                                  "1.0-",
                                  "1.0_",
                                  "1!",
                                  "!1",
                                  "1!!1",
                                  "1.0alph1",
                                  "1.0previ",
                                  "1.0a1a1",
                                  "1.0a..1",
                                  "1.0-1-1",
                                  "1.0.post1.post2",
                                  "1.0dev1a1",
                                  "1.0+",
                                  "1.0+a..b",
                                  "1.0+a.",
                                  "1.0+é",
                                  "1.0+a+b",
                                  "1 .0",
                                  "1.0 a1",
                                  "1.*",
                                  "+1",
                                  "-1",
                                  "1.0.dev1.post1",
                                  "9223372036854775808",
                                  "1.0a99999999999999999999",
                                  "\xd9\xa1"}) {
        SCOPED_TRACE(text);
        Result<Version> version = Version::parse(text);
        ASSERT_FALSE(version) << version->str();
        EXPECT_EQ(version.error().kind, Error::Kind::input);
        EXPECT_TRUE(version.error().message.starts_with("\"")) << version.error().message;
    }
}

TEST(Version, parts_are_as_written) {
    Version version = version_of("1!2.0.0rc1.post2.dev3+local.1");
    EXPECT_EQ(version.epoch(), 1u);
    EXPECT_TRUE(std::ranges::equal(version.release(), std::vector<uint64_t>{2, 0, 0}));
    EXPECT_EQ(version.pre(), (Version::Pre{Version::PreKind::candidate, 1}));
    EXPECT_EQ(version.post(), 2u);
    EXPECT_EQ(version.dev(), 3u);
    EXPECT_EQ(version.local(), "local.1");
    EXPECT_TRUE(version.is_prerelease());
    EXPECT_TRUE(version.is_postrelease());
    EXPECT_EQ(version.base().str(), "1!2.0.0");
    EXPECT_EQ(version.without_local().str(), "1!2.0.0rc1.post2.dev3");
    EXPECT_EQ(version.trimmed(), "1!2rc1.post2.dev3+local.1");
    EXPECT_EQ(version_of("1.0.post1+x").with_dev(0).str(), "1.0.post1.dev0");
    EXPECT_EQ(Version::of({3, 11}).str(), "3.11");
}

TEST(Version, copies_and_moves_keep_the_local_part) {
    std::vector<Version> versions;
    for (std::string_view text : {"1+a", "1.2.3.4.5.6.7.8.9+a.long.local.part"}) {
        Version first = version_of(text);
        versions.push_back(first);
        versions.push_back(std::move(first));
    }
    EXPECT_EQ(versions[1].local(), "a");
    EXPECT_EQ(versions[3].local(), "a.long.local.part");
    EXPECT_EQ(versions[3].release().size(), 9u);
}

TEST(Version, trimming_keeps_inner_and_last_zeros) {
    EXPECT_EQ(version_of("0.0.0").trimmed(), "0");
    EXPECT_EQ(version_of("1.0.1.0").trimmed(), "1.0.1");
    EXPECT_EQ(version_of("10.0.0+a.0.0").trimmed(), "10+a.0.0");
    EXPECT_EQ(version_of("1!0.0a0").trimmed(), "1!0a0");
    EXPECT_EQ(version_of("10.20.30").trimmed(), "10.20.30");
}

/// Each row's versions are equal; each row is less than the next.
const std::vector<std::vector<std::string_view>>& ordered_rows() {
    static const std::vector<std::vector<std::string_view>> rows = {
        {"0.dev0", "0.0.dev0"},
        {"0"},
        {"0.0.0.0.0.0.1"},
        {"0.0.1"},
        {"0.255"},
        {"0.256"},
        {"1.dev0", "1.0.0.dev0"},
        {"1.dev1"},
        {"1.0.dev524286"},
        {"1.0.dev524287"},
        {"1.0.dev20240101"},
        {"1.0a0.dev0"},
        {"1.0a0.dev1"},
        {"1a0", "1.0.0.0.0a0"},
        {"1.0a0+x"},
        {"1.0a0.post0.dev0"},
        {"1.0a0.post0"},
        {"1.0a1"},
        {"1.0a20240101"},
        {"1.0b1"},
        {"1.0rc1.dev5"},
        {"1.0rc1", "1.0c1"},
        {"1.0rc1.post1"},
        {"1.0rc2"},
        {"1", "1.0", "1.0.0.0.0.0"},
        {"1.0+0a"},
        {"1.0+a"},
        {"1.0+a.b"},
        {"1.0+a.1"},
        {"1.0+b"},
        {"1.0+0"},
        {"1.0+0.1"},
        {"1.0+9"},
        {"1.0+10"},
        {"1.0+123456789012345678901234567890"},
        {"1.0.post0.dev0"},
        {"1.0.post0.dev1"},
        {"1.0.post0", "1.post"},
        {"1.0.post0+x"},
        {"1.0.post1.dev0"},
        {"1.0.post1"},
        {"1.0.post20240101"},
        {"1.0.0.0.1"},
        {"1.0.1.dev0"},
        {"1.0.1"},
        {"1.1"},
        {"2"},
        {"65535"},
        {"65536"},
        {"20240101"},
        {"1!0.dev0"},
        {"1!0"},
        {"2!0"},
    };
    return rows;
}

TEST(Version, all_pairs_of_the_ordered_rows_compare_as_they_stand) {
    struct Placed {
        Version version;
        size_t row;
    };
    std::vector<Placed> placed;
    for (size_t row = 0; row < ordered_rows().size(); ++row) {
        for (std::string_view text : ordered_rows()[row]) {
            placed.push_back({version_of(text), row});
        }
    }
    for (const Placed& a : placed) {
        for (const Placed& b : placed) {
            SCOPED_TRACE(a.version.str() + " and " + b.version.str());
            EXPECT_EQ(a.version <=> b.version, a.row <=> b.row);
            EXPECT_EQ(a.version == b.version, a.row == b.row);
            if (a.row == b.row) {
                EXPECT_EQ(a.version.trimmed(), b.version.trimmed());
                EXPECT_EQ(std::hash<Version>()(a.version), std::hash<Version>()(b.version));
            }
        }
    }
}

TEST(Version, keys_and_parts_give_the_same_order) {
    std::vector<Version> versions = all_versions(all_releases(3, 3), {""});
    for (std::string_view text : {"1.2.255.255", "65535", "0.0.0.255", "1.dev524285",
                                  "1.post524286", "1a524286", "1rc524286", "1.0.0.0.0"}) {
        versions.push_back(version_of(text));
    }
    size_t compared = 0;
    for (const Version& a : versions) {
        for (const Version& b : versions) {
            if (a.order_key() == 0 || b.order_key() == 0) {
                continue;
            }
            ++compared;
            ASSERT_EQ(a.order_key() <=> b.order_key(),
                      compare_places(VersionPlace::of(a), VersionPlace::of(b)))
                << a.str() << " and " << b.str();
        }
    }
    EXPECT_GT(compared, 100000u);
}

TEST(Version, only_simple_versions_have_a_key) {
    for (std::string_view text : {"0", "1.2.3.4", "1.0rc1", "1.0.post3", "1.0.dev3", "65535.255",
                                  "1.0.0.0.0.0", "1.dev524286"}) {
        EXPECT_NE(version_of(text).order_key(), 0u) << text;
    }
    for (std::string_view text : {"1!0", "1.2.3.4.5", "1.0a1.dev1", "1.0+a", "65536", "1.256",
                                  "1.dev524287", "1.0.post1.dev1"}) {
        EXPECT_EQ(version_of(text).order_key(), 0u) << text;
    }
}

} // namespace
} // namespace pawl::pep
