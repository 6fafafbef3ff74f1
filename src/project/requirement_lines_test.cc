#include "project/requirement_lines.h"

#include <map>

#include <gtest/gtest.h>

namespace pawl::project {
namespace {

/// "LINE|text" of every logical line, or "error: …".
std::string shown(std::string_view bytes) {
    Result<std::vector<LogicalLine>> lines = split_requirement_lines(bytes);
    if (!lines) {
        return "error: " + lines.error().message.substr(0, lines.error().message.find('\n'));
    }
    std::string text;
    for (const LogicalLine& line : *lines) {
        text += (text.empty() ? "" : "\n") + std::to_string(line.line) + "|" + line.text;
    }
    return text;
}

struct LineCase {
    std::string_view bytes, lines;
};

TEST(RequirementLines, are_joined_and_lose_their_comments) {
    using namespace std::string_view_literals;
    const LineCase cases[] = {
        {"", ""},
        {"a", "1|a"},
        {"a\nb\n", "1|a\n2|b"},
        {"a\r\nb\r\n", "1|a\n2|b"},
        {"\n  \n\ta \n", "3|a"},
        {"# all\na # one\nb#not\n", "2|a\n3|b#not"},
        {"git+https://h/x#egg=a # c", "1|git+https://h/x#egg=a"},
        {"a\t#b", "1|a"},
        {"#", ""},
        {"a \\\n  --hash=x \\\n  --hash=y\nb", "1|a   --hash=x   --hash=y\n4|b"},
        {"a=\\\n=1", "1|a==1"},
        {"a \\\r\n b\r\n", "1|a  b"},
        {"a \\", "1|a"},
        {"\\\na", "1|a"},
        {"\\\n\\\n\nb", "4|b"},
        // A comment alone ends a continued line, whatever it ends in.
        {"a \\\n  # why\n--pre", "1|a\n3|--pre"},
        {"a \\\n# why \\\nb", "1|a\n3|b"},
        {"# one \\\nb", "2|b"},
        {"a \\\n b # why\nc", "1|a  b\n3|c"},
        {"\xEF\xBB\xBF"
         "a\n",
         "1|a"},
        {"\xFF\xFE"
         "a\0\r\0\n\0=\xD8\0\xDE"sv,
         "1|a\n2|\xF0\x9F\x98\x80"},
        {"\xFE\xFF\0a\0\n\0b"sv, "1|a\n2|b"},
    };
    for (const LineCase& one : cases) {
        SCOPED_TRACE(one.bytes);
        EXPECT_EQ(shown(one.bytes), one.lines);
    }
}

TEST(RequirementLines, refuse_what_readers_disagree_about) {
    using namespace std::string_view_literals;
    const LineCase cases[] = {
        {"a\n# x\xE2\x80\xA8--index-url https://evil\n", "error: 2: the line holds a line sep"},
        {"# x\xE2\x80\xA9--pre", "error: 1: the line holds a line separator"},
        {"# x\xC2\x85--pre", "error: 1: the line holds a line separator"},
        {"# x\v--pre", "error: 1: the line holds a control character"},
        {"# x\f--pre", "error: 1: the line holds a control character"},
        {"# x\x1C--pre", "error: 1: the line holds a control character"},
        {"# x\r--pre\n", "error: 1: the line holds a carriage return"},
        {"a\0b"sv, "error: 1: the line holds a control character"},
        {"a\x1B[2K", "error: 1: the line holds a control character"},
        {"a\nb # why \\\nc", "error: 2: a comment ends in a backslash"},
        {"a\n\xFF", "error: 2: the file is not UTF-8"},
        {"caf\xE9", "error: 1: the file is not UTF-8"},
        {"\xFF\xFE"
         "a"sv,
         "error: is UTF-16 with half a character at its end"},
        {"\xFF\xFE\x3D\xD8"sv, "error: is UTF-16 with half of a pair"},
        {"\xFF\xFE\x00\xDE"sv, "error: is UTF-16 with half of a pair"},
    };
    for (const LineCase& one : cases) {
        SCOPED_TRACE(one.bytes);
        EXPECT_EQ(shown(one.bytes).substr(0, one.lines.size()), one.lines);
    }
}

TEST(RequirementLines, have_a_bound) {
    std::string endless;
    for (int i = 0; i < 3000; ++i) {
        endless += std::string(1000, 'a') + "\\\n";
    }
    EXPECT_EQ(shown(endless), "error: 1: the line is too long");
}

TEST(RequirementLines, come_apart_at_the_first_word_with_a_dash) {
    struct Case {
        std::string_view text, requirement, options;
    };
    const Case cases[] = {
        {"a", "a", ""},
        {"a --hash=b", "a", "--hash=b"},
        {"-e .", "", "-e ."},
        {"a-b == 1-2", "a-b == 1-2", ""},
        {"a ; python_version > '3' --hash=x -C y", "a ; python_version > '3'", "--hash=x -C y"},
        {"a\t--hash=b", "a", "--hash=b"},
        {"", "", ""},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.text);
        LineParts parts = split_line(one.text);
        EXPECT_EQ(parts.requirement, one.requirement);
        EXPECT_EQ(parts.options, one.options);
    }
}

TEST(RequirementLines, words_are_a_shells) {
    struct Case {
        std::string_view text;
        std::vector<std::string> words; ///< empty and `fails`: an error
        bool fails = false;
    };
    const Case cases[] = {
        {"", {}},
        {"  a\t b ", {"a", "b"}},
        {"'a b' \"c d\"", {"a b", "c d"}},
        {"a'b'c\"d\"", {"abcd"}},
        {"\"a\\\"b\" 'a\\b'", {"a\"b", "a\\b"}},
        {"\"a\\b\"", {"a\\b"}},
        {"a\\ b", {"a b"}},
        {"''", {""}},
        {"--x='$(rm)' `b` $c", {"--x=$(rm)", "`b`", "$c"}},
        {"'a", {}, true},
        {"\"a", {}, true},
        {"a\\", {}, true},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.text);
        Result<std::vector<std::string>> words = split_words(one.text);
        EXPECT_EQ(words.has_value(), !one.fails);
        if (words) {
            EXPECT_EQ(*words, one.words);
        }
    }
}

std::optional<std::string> some_variables(std::string_view name) {
    static const std::map<std::string, std::string, std::less<>> values = {
        {"A", "one"},           {"B_2", "two words"}, {"EMPTY", ""},      {"AGAIN", "${A}"},
        {"LINES", "a\n--pre"},  {"RETURN", "a\rb"},   {"ESCAPE", "\x1B"}, {"LATIN", "\xE9"},
        {"OPTION", "-r x.txt"}, {"HASH", "a # b"},
    };
    auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
}

TEST(Variables, are_put_in_once_and_never_read_again) {
    struct Case {
        std::string_view text, expanded;
        size_t unset = 0;
    };
    const Case cases[] = {
        {"", ""},
        {"x", "x"},
        {"${A}", "one"},
        {"${A}${A}-${B_2}", "oneone-two words"},
        {"${AGAIN}", "${A}"},
        {"${a} $A {A} ${A", "${a} $A {A} ${A"},
        {"${}", "${}"},
        {"${A-x}", "${A-x}"},
        {"$${A}", "$one"},
        {"${${A}}", "${one}"},
        {"${NONE}/${EMPTY}", "${NONE}/${EMPTY}", 2},
        {"${OPTION}", "-r x.txt"},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.text);
        Result<Expanded> expanded = expand_variables(one.text, some_variables);
        ASSERT_TRUE(expanded) << expanded.error().message;
        EXPECT_EQ(expanded->text, one.expanded);
        EXPECT_EQ(expanded->unset.size(), one.unset);
        EXPECT_EQ(expanded->has_values, one.text != one.expanded);
    }
}

TEST(Variables, cannot_hold_line_ends) {
    for (std::string_view text : {"${LINES}", "x ${RETURN}", "${ESCAPE}", "${LATIN}"}) {
        SCOPED_TRACE(text);
        Result<Expanded> expanded = expand_variables(text, some_variables);
        ASSERT_FALSE(expanded);
        EXPECT_EQ(expanded.error().message.find("--pre"), std::string::npos);
    }
}

TEST(Credentials, are_hidden_wherever_they_stand) {
    struct Case {
        std::string_view text, shown;
    };
    const Case cases[] = {
        {"six>=1", "six>=1"},
        {"https://h/x@1", "https://h/x@1"},
        {"https://user:secret@h/x", "https://****@h/x"},
        {"https://secret@h/x", "https://****@h/x"},
        {"https://us@er:sec@ret@h/x", "https://****@h/x"},
        {"https://user:sec/ret@h/x", "https://****@h/x"},
        {"https://user:sec#ret@h/x", "https://****@h/x"},
        {"https://h:8080/x@1", "https://h:8080/x@1"},
        {"git+ssh://git@h/x@1", "git+ssh://git@h/x@1"},
        {"git+ssh://git:secret@h/x", "git+ssh://****@h/x"},
        {"a @ https://u:p@h/x ; m https://u:p@k", "a @ https://****@h/x ; m https://****@k"},
        {"https://${USER}:${PASS}@h/", "https://****@h/"},
        {"://@", "://@"},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.text);
        EXPECT_EQ(without_credentials(one.text), one.shown);
    }
}

} // namespace
} // namespace pawl::project
