#include "pep/wheel_name.h"

#include <gtest/gtest.h>

namespace pawl::pep {
namespace {

TEST(WheelName, is_taken_apart) {
    Result<WheelName> wheel = WheelName::parse("Foo_Bar-1.0RC1-2abc-py2.py3-none-any.whl");
    ASSERT_TRUE(wheel) << wheel.error().message;
    EXPECT_EQ(wheel->name, Name::of("foo-bar"));
    EXPECT_EQ(wheel->version.str(), "1.0rc1");
    EXPECT_EQ(wheel->build, (BuildTag{2, "abc"}));
    EXPECT_EQ(wheel->tags, (std::vector<Tag>{{"py2", "none", "any"}, {"py3", "none", "any"}}));
}

TEST(WheelName, builds_order_by_number_then_text_and_none_is_first) {
    const std::vector<std::optional<BuildTag>> ordered = {
        std::nullopt, BuildTag{0, ""}, BuildTag{2, ""}, BuildTag{2, "a"}, BuildTag{10, ""}};
    for (size_t i = 0; i < ordered.size(); ++i) {
        for (size_t j = 0; j < ordered.size(); ++j) {
            EXPECT_EQ(ordered[i] < ordered[j], i < j);
        }
    }
}

TEST(WheelName, what_is_no_wheel_is_refused) {
    for (std::string_view text :
         {"", ".whl", "a-1.0-py3-none-any", "a-1.0-py3-none-any.WHL", "a-1.0-py3-none.whl",
          "a-1.0-1-x-py3-none-any.whl", "a__b-1.0-py3-none-any.whl", "-1.0-py3-none-any.whl",
          "a b-1.0-py3-none-any.whl", "a-x-py3-none-any.whl", "a--py3-none-any.whl",
          "a-1.0-b1-py3-none-any.whl", "a-1.0--py3-none-any.whl", "a-1.0-py3-none-.whl",
          "a-1.0-py3.-none-any.whl", "_-1.0-py3-none-any.whl", "é-1.0-py3-none-any.whl",
          "a_-1.0-py3-none-any.whl", "../a-1.0-py3-none-any.whl"}) {
        SCOPED_TRACE(text);
        EXPECT_FALSE(WheelName::parse(text));
    }
}

TEST(SdistName, ends_in_tar_gz_or_zip_and_splits_at_the_last_dash) {
    Result<SdistName> sdist = SdistName::parse("Foo.Bar-baz-1.0.tar.gz");
    ASSERT_TRUE(sdist);
    EXPECT_EQ(sdist->name, Name::of("foo-bar-baz"));
    EXPECT_EQ(sdist->version.str(), "1.0");
    EXPECT_TRUE(SdistName::parse("a-1.zip"));
    for (std::string_view text : {"a-1.0", "a-1.0.tgz", "a-1.0.tar.bz2", "a-1.0.TAR.GZ", "a.tar.gz",
                                  "-1.0.tar.gz", "a-.zip", "a-x.zip", "a_1.0.zip", "_-1.zip"}) {
        SCOPED_TRACE(text);
        EXPECT_FALSE(SdistName::parse(text));
    }
}

TEST(SdistName, of_a_known_project_may_have_dashes_anywhere) {
    struct Case {
        std::string_view file_name, project, version;
    };
    constexpr Case cases[] = {
        {"a-b-1.0.tar.gz", "a-b", "1.0"},
        {"a-b-1.0-1.zip", "a-b", "1.0.post1"},
        {"A.-_b-1.0-beta-2.tar.gz", "a-b", "1.0b2"},
        {"a-1.0.tar.gz", "a", "1.0"},
        {"a-2-1.0.zip", "a-2", "1.0"},
    };
    for (const Case& example : cases) {
        SCOPED_TRACE(example.file_name);
        Result<SdistName> sdist =
            SdistName::parse_for(example.file_name, Name::of(example.project));
        ASSERT_TRUE(sdist) << sdist.error().message;
        EXPECT_EQ(sdist->version.str(), example.version);
    }
    EXPECT_FALSE(SdistName::parse_for("a-b-1.0.tar.gz", Name::of("a")));
    EXPECT_FALSE(SdistName::parse_for("a-b.tar.gz", Name::of("a-b")));
    EXPECT_FALSE(SdistName::parse_for("ab-1.0.tar.gz", Name::of("a-b")));
    EXPECT_FALSE(SdistName::parse_for("a-b1.0.tar.gz", Name::of("a-b")));
    EXPECT_FALSE(SdistName::parse_for("a-b-1.0.rar", Name::of("a-b")));
}

} // namespace
} // namespace pawl::pep
