#include "pep/tag.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace pawl::pep {
namespace {

std::vector<std::string> texts(const std::vector<Tag>& tags) {
    std::vector<std::string> out;
    for (const Tag& tag : tags) {
        out.push_back(tag.str());
    }
    return out;
}

using Texts = std::vector<std::string>;

TEST(Tag, compressed_sets_are_all_combinations) {
    EXPECT_EQ(texts(*parse_tag("py2.py3-none-any")), (Texts{"py2-none-any", "py3-none-any"}));
    EXPECT_EQ(texts(*parse_tag("CP312-Abi3-Win_AMD64")), (Texts{"cp312-abi3-win_amd64"}));
    EXPECT_EQ(texts(*parse_tag("py3.py3-none-any")), (Texts{"py3-none-any"}));
    EXPECT_EQ(parse_tag("a.b-c.d-e.f")->size(), 8u);
}

TEST(Tag, malformed_tags_are_errors) {
    for (const char* text : {"", "py3", "py3-none", "py3-none-any-1", "py3-none-", "-none-any",
                             "py2..py3-none-any", "3py-none-any", "py 3-none-any"}) {
        EXPECT_FALSE(parse_tag(text).has_value()) << text;
    }
    std::string huge = "a";
    for (int i = 0; i < 200; ++i) {
        huge += ".a";
    }
    EXPECT_FALSE(parse_tag(huge + "-" + huge + "-" + huge).has_value());
}

TEST(Tag, plain_linux_stands_before_manylinux_which_goes_down_to_the_oldest_glibc) {
    Platform platform{.system = Platform::System::linux_glibc, .machine = "x86_64"};
    platform.major = 2;
    platform.minor = 18;
    auto tags = platform_tags(platform);
    EXPECT_EQ(Texts(tags.begin(), tags.begin() + 5),
              (Texts{"linux_x86_64", "manylinux_2_18_x86_64", "manylinux_2_17_x86_64",
                     "manylinux2014_x86_64", "manylinux_2_16_x86_64"}));
    EXPECT_EQ(tags.back(), "manylinux1_x86_64");
    platform.machine = "aarch64";
    EXPECT_EQ(platform_tags(platform), (Texts{"linux_aarch64", "manylinux_2_18_aarch64",
                                              "manylinux_2_17_aarch64", "manylinux2014_aarch64"}));
    platform.machine = "mips64"; // no manylinux is defined for it
    EXPECT_EQ(platform_tags(platform), (Texts{"linux_mips64"}));
    platform.machine = "x86_64";
    platform.minor = 4; // older than all
    EXPECT_EQ(platform_tags(platform), (Texts{"linux_x86_64"}));
}

TEST(Tag, other_platforms) {
    using System = Platform::System;
    struct {
        Platform platform;
        size_t count;
        const char *first, *last;
    } cases[] = {
        {{System::linux_musl, "x86_64", 1, 2, ""}, 4, "linux_x86_64", "musllinux_1_0_x86_64"},
        {{System::linux_musl, "armv8l", 1, 1, ""}, 6, "linux_armv8l", "musllinux_1_0_armv7l"},
        {{System::macos, "x86_64", 10, 9, ""}, 36, "macosx_10_9_x86_64", "macosx_10_4_universal"},
        {{System::macos, "x86_64", 26, 0, ""}, 174, "macosx_26_0_x86_64", "macosx_10_4_universal"},
        {{System::macos, "arm64", 12, 3, ""}, 17, "macosx_12_0_arm64", "macosx_10_4_universal2"},
        {{System::ios, "arm64-iphoneos", 13, 0, ""},
         11,
         "ios_13_0_arm64_iphoneos",
         "ios_12_0_arm64_iphoneos"},
        {{System::android, "arm64-v8a", 21, 0, ""},
         6,
         "android_21_arm64_v8a",
         "android_16_arm64_v8a"},
        {{System::windows, "AMD64", 0, 0, ""}, 1, "win_amd64", "win_amd64"},
        {{System::windows, "ARM64", 0, 0, ""}, 1, "win_arm64", "win_arm64"},
        {{System::windows, "x86", 0, 0, ""}, 1, "win32", "win32"},
        {{System::other, "", 0, 0, "freebsd-14.2-RELEASE-amd64"},
         1,
         "freebsd_14_2_release_amd64",
         "freebsd_14_2_release_amd64"},
    };
    for (const auto& test : cases) {
        auto tags = platform_tags(test.platform);
        SCOPED_TRACE(test.first);
        ASSERT_EQ(tags.size(), test.count);
        EXPECT_EQ(tags.front(), test.first);
        EXPECT_EQ(tags.back(), test.last);
    }
}

TagTarget target(const char* implementation, uint32_t minor, Texts abis) {
    TagTarget result;
    result.implementation = implementation;
    result.minor = minor;
    result.abis = std::move(abis);
    result.platforms = {"p"};
    return result;
}

TEST(Tag, cpython_takes_its_own_abi_then_the_stable_one_then_older_ones) {
    EXPECT_EQ(texts(compatible_tags(target("cpython", 4, {}))),
              (Texts{"cp34-cp34-p", "cp34-abi3-p", "cp34-none-p", "cp33-abi3-p", "cp32-abi3-p",
                     "py34-none-p", "py3-none-p", "py33-none-p", "py32-none-p", "py31-none-p",
                     "py30-none-p", "cp34-none-any", "py34-none-any", "py3-none-any",
                     "py33-none-any", "py32-none-any", "py31-none-any", "py30-none-any"}));
}

TEST(Tag, free_threaded_builds_take_abi3t_only) {
    auto tags = texts(compatible_tags(target("cpython", 15, {"cp315t"})));
    EXPECT_NE(std::ranges::find(tags, "cp315-abi3t-p"), tags.end());
    EXPECT_NE(std::ranges::find(tags, "cp314-abi3t-p"), tags.end());
    EXPECT_EQ(std::ranges::find(tags, "cp315-abi3-p"), tags.end());
    EXPECT_EQ(tags[0], "cp315-cp315t-p");
}

TEST(Tag, other_implementations) {
    auto pypy = texts(compatible_tags(target("pypy", 11, {"pypy311_pp73"})));
    EXPECT_EQ(Texts(pypy.begin(), pypy.begin() + 3),
              (Texts{"pp311-pypy311_pp73-p", "pp311-none-p", "py311-none-p"}));
    EXPECT_NE(std::ranges::find(pypy, "pp3-none-any"), pypy.end());
    auto graal = texts(compatible_tags(target("graalpy", 12, {"graalpy250_312_native"})));
    EXPECT_EQ(graal[0], "graalpy312-graalpy250_312_native-p");
    EXPECT_EQ(graal.back(), "py30-none-any");
}

TEST(Tag, rank_is_the_best_of_a_wheels_tags) {
    TagSet set(compatible_tags(target("cpython", 12, {"cp312"})));
    auto rank = [&](const char* text) { return set.rank(*parse_tag(text)); };
    EXPECT_EQ(rank("cp312-cp312-p"), 0u);
    EXPECT_EQ(rank("py3.cp312-none.cp312-any.p"), 0u);
    EXPECT_LT(*rank("cp312-abi3-p"), *rank("py3-none-any"));
    EXPECT_FALSE(rank("cp313-cp313-p").has_value());
    EXPECT_EQ(set.tags().size(), *rank("py30-none-any") + 1u);
}

TEST(Tag, what_may_not_fit_has_no_rank) {
    TagSet set(compatible_tags(target("cpython", 12, {"cp312"})));
    const std::string_view pythons[] = {"cp312", "py3", "py2.py3", "cp311.cp312", "cp313", "PY3"};
    const std::string_view abis[] = {"cp312", "abi3", "none", "cp313"};
    const std::string_view platforms[] = {"p", "any", "q", "q.p", "P", "q.r"};
    for (std::string_view python : pythons) {
        for (std::string_view abi : abis) {
            for (std::string_view platform : platforms) {
                std::string tag;
                tag.append(python).append("-").append(abi).append("-").append(platform);
                bool fits = set.rank(*parse_tag(tag)).has_value();
                EXPECT_TRUE(!fits || set.may_fit("A_b-1.0-" + tag + ".whl")) << tag;
            }
        }
    }
    EXPECT_FALSE(set.may_fit("A_b-1.0-cp313-cp313-p.whl"));
    EXPECT_FALSE(set.may_fit("A_b-1.0-1-py3-none-q.r.whl"));
    for (std::string_view name : {"", "-", "a", "a-b-c", "any.whl", "a-any.whl", "-----"}) {
        static_cast<void>(set.may_fit(name)); // whatever it says, by asan
    }
}

} // namespace
} // namespace pawl::pep
