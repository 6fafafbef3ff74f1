#include "pep/name.h"

#include <gtest/gtest.h>

namespace pawl::pep {
namespace {

TEST(Name, spellings_of_one_project_have_one_normal_form) {
    for (std::string_view text : {"foo-bar", "Foo_Bar", "foo.bar", "FOO-_.-BAR", "foo--bar"}) {
        SCOPED_TRACE(text);
        Result<Name> name = Name::parse(text);
        ASSERT_TRUE(name);
        EXPECT_EQ(name->str(), "foo-bar");
        EXPECT_EQ(*name, Name::of("foo-bar"));
    }
}

TEST(Name, begins_and_ends_with_a_letter_or_digit) {
    for (std::string_view text :
         {"", "-a", "a-", "_a", "a_", ".a", "a.", "a b", "a\n", "é", "aé", "a/b", ".."}) {
        SCOPED_TRACE(text);
        EXPECT_FALSE(is_valid_name(text));
        EXPECT_FALSE(Name::parse(text));
    }
    EXPECT_FALSE(is_valid_name(std::string_view("a\0b", 3)));
    for (std::string_view text : {"a", "9", "a9", "A.b-c_d", "9lives"}) {
        SCOPED_TRACE(text);
        EXPECT_TRUE(Name::parse(text));
    }
}

TEST(Name, normal_is_what_normalizing_leaves_alone_among_valid_names) {
    constexpr std::string_view letters = "aB0-_.";
    std::vector<std::string> texts = {""};
    for (size_t i = 0; i < texts.size(); ++i) {
        if (texts[i].size() < 4) {
            for (char letter : letters) {
                texts.push_back(texts[i] + letter);
            }
        }
    }
    ASSERT_EQ(texts.size(), 1 + 6 + 36 + 216 + 1296);
    for (const std::string& text : texts) {
        SCOPED_TRACE(text);
        std::string normal = normalize_name(text);
        EXPECT_EQ(normalize_name(normal), normal);
        EXPECT_EQ(is_normal_name(text), is_valid_name(text) && normal == text);
    }
}

TEST(Name, messages_show_foreign_text_safely) {
    Result<Name> name = Name::parse("evil\x1b[2J");
    ASSERT_FALSE(name);
    EXPECT_EQ(name.error().message.find('\x1b'), std::string::npos);
    EXPECT_EQ(name.error().kind, Error::Kind::input);
}

} // namespace
} // namespace pawl::pep
