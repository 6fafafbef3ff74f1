#include "base/text.h"

#include <gtest/gtest.h>

namespace pawl {

TEST(Text, split_keeps_empty_parts) {
    EXPECT_EQ(split("a,,b", ',').size(), 3u);
    EXPECT_EQ(split("", ',').size(), 1u);
    EXPECT_EQ(split_lines("a\r\nb\n\n").size(), 3u);
    EXPECT_EQ(split_lines("").size(), 0u);
}

TEST(Text, numbers_are_digits_only) {
    EXPECT_EQ(parse_unsigned("042"), 42u);
    EXPECT_EQ(parse_unsigned("18446744073709551615"), UINT64_MAX);
    for (const char* bad : {"", "-1", "+1", " 1", "1 ", "18446744073709551616", "0x1"}) {
        EXPECT_FALSE(parse_unsigned(bad)) << bad;
    }
}

TEST(Text, hexadecimal_digits_both_ways) {
    EXPECT_EQ(to_hex(*from_hex("00ffA1")), "00ffa1");
    EXPECT_FALSE(from_hex("abc"));
    EXPECT_FALSE(from_hex("zz"));
}

TEST(Text, utf8_is_strict) {
    EXPECT_TRUE(is_utf8("h\xc3\xa9llo \xf0\x9f\x90\x8d"));
    for (const char* bad : {"\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
        EXPECT_FALSE(is_utf8(bad));
    }
}

TEST(Text, foreign_text_cannot_steer_a_terminal) {
    EXPECT_EQ(printable("a\x1b[31mb\n\x7f"), "a\\x1b[31mb\\x0a\\x7f");
    EXPECT_EQ(printable("\xe2\x80\xae"
                        "abc"),
              "\\u{202e}abc");
    EXPECT_EQ(printable("\xff\xfe"), "\\xff\\xfe");
    EXPECT_EQ(printable("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
}

TEST(Text, words_are_joined_as_people_do) {
    std::vector<std::string> words = {"a", "b", "c"};
    EXPECT_EQ(join_words(words), "a, b and c");
    EXPECT_EQ(join_words(std::span(words).first(2)), "a and b");
    EXPECT_EQ(join(words, "-"), "a-b-c");
    EXPECT_EQ(replace_all("a.b.c", ".", "::"), "a::b::c");
    EXPECT_EQ(format_bytes(1536), "1.5 KiB");
}

} // namespace pawl
