#include "archive/member_names.h"

#include <gtest/gtest.h>

namespace pawl::archive {
namespace {

TEST(MemberNames, case_is_folded_as_unicode_says) {
    struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"README.md", "readme.MD", true},
        {"Ünï", "üNÏ", true},
        {"ΑΣ", "ας", true},
        {"Ж", "ж", true},
        {"Ā", "ā", true},
        {"ａ", "Ａ", true},
        {"a", "b", false},
        {"ü", "u", false},
        {"日本", "日本", true},
        {"𐐀", "𐐨", true},
        {"ß", "ss", false}, // simple folding: no file system's table expands it either
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.a);
        EXPECT_EQ(fold_case(c.a) == fold_case(c.b), c.equal);
    }
}

TEST(MemberNames, files_and_directories_never_share_a_name) {
    auto ok = [](std::vector<MemberName> names) { return check_member_names(names).has_value(); };
    EXPECT_TRUE(ok({{"a", true}, {"a/b", false}, {"a-b", false}, {"a.b", false}}));
    EXPECT_TRUE(ok({}));
    EXPECT_FALSE(ok({{"a", false}, {"a-b", false}, {"a.b", false}, {"a/b", false}}));
    EXPECT_FALSE(ok({{"A", false}, {"a/b/c", false}}));
    EXPECT_FALSE(ok({{"a/b", true}, {"a/b", true}}));
    EXPECT_FALSE(ok({{"a", true}, {"a", false}}));
    EXPECT_FALSE(ok({{"A", false}, {"a", true}}));
    EXPECT_FALSE(ok({{"A", false}, {"a", false}, {"A", false}}));
    EXPECT_FALSE(ok({{"A", false}, {"a", false}, {"A/b", false}}));
}

TEST(MemberNames, files_that_differ_by_case_only_are_told) {
    std::vector<MemberName> names{{"p/x.py", false}, {"p/ä.py", false}, {"p/Ä.py", false}};
    Result<std::vector<CaseClash>> clashes = check_member_names(names);
    ASSERT_TRUE(clashes) << clashes.error().message;
    ASSERT_EQ(clashes->size(), 1u);
    EXPECT_EQ(clashes->front().a, "p/Ä.py");
    EXPECT_EQ(clashes->front().b, "p/ä.py");
}

TEST(MemberNames, the_grammar_counts_bytes_and_depth) {
    EXPECT_TRUE(check_member_path(std::string(255, 'a')));
    EXPECT_FALSE(check_member_path(std::string(256, 'a')));
    std::string path(255, 'a');
    std::string four = path + "/" + path + "/" + path + "/" + path;
    EXPECT_TRUE(check_member_path(four));
    EXPECT_TRUE(check_member_path(four.substr(0, 1024)));
    EXPECT_FALSE(check_member_path(four + "/b"));
    EXPECT_TRUE(check_member_path("a/b", {.depth_max = 1}));
    EXPECT_FALSE(check_member_path("a/b/c", {.depth_max = 1}));
    EXPECT_FALSE(check_member_path("a/"));
    EXPECT_FALSE(check_member_path("a\x7f"));
}

TEST(MemberNames, messages_never_carry_raw_control_bytes) {
    Result<> result = check_member_path("a\x1b]0;x\x07");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message.find('\x1b'), std::string::npos);
}

} // namespace
} // namespace pawl::archive
