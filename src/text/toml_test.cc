#include "text/toml.h"

#include <gtest/gtest.h>

#include "text/toml_write.h"

namespace pawl::text {
namespace {

std::string message_of(std::string_view text) {
    auto document = TomlDocument::parse(std::string(text));
    return document ? "" : document.error().message;
}

TEST(Toml, tree_of_a_lock) {
    auto document = TomlDocument::parse(R"(lock-version = "1.0" # comment
[[packages]]
name = "six"
wheels = [
  {name = "a.whl", size = 12, hashes = {sha256 = "ab"}}, # why
  {name = 'b.whl', size = 0x10},
]
[packages.tool.x]
a.b = 1
a.c = 2.5
[[packages]]
name = "\u00e9\"x"
[tool]
when = 2026-11-20T10:00:00.25+01:00
)");
    ASSERT_TRUE(document) << document.error().message;
    const TomlNode root = document->root();
    EXPECT_EQ(root.find("lock-version")->string(), "1.0");
    const TomlNode packages = *root.find("packages");
    ASSERT_EQ(packages.size(), 2u);
    EXPECT_FALSE(packages.is_inline());
    std::vector<std::string> names;
    for (const TomlNode package : packages) {
        names.emplace_back(package.find("name")->string());
    }
    EXPECT_EQ(names, (std::vector<std::string>{"six", "é\"x"}));
    const TomlNode first = *packages.begin();
    const TomlNode wheel = *++first.find("wheels")->begin();
    EXPECT_EQ(wheel.find("size")->integer(), 16);
    EXPECT_EQ(wheel.find("size")->path(), "packages[0].wheels[1].size");
    EXPECT_EQ(wheel.place(), (Place{6, 3}));
    EXPECT_EQ(wheel.source(), "{name = 'b.whl', size = 0x10}");
    EXPECT_EQ(first.find("tool")->find("x")->find("a")->find("c")->floating(), 2.5);
    const TomlDatetime when = root.find("tool")->find("when")->datetime();
    EXPECT_EQ(when.timestamp().microseconds, 1795165200250000);
    EXPECT_EQ(when.offset_minutes, 60);
}

TEST(Toml, typed_getters_name_line_and_key) {
    auto document = TomlDocument::parse("a = 1\nb = ['x', 2]\n[c]\n");
    ASSERT_TRUE(document);
    const TomlNode root = document->root();
    EXPECT_EQ(root.get_string("a").error().message,
              "line 1: key \"a\" must be a string, not an integer");
    EXPECT_EQ(root.get_strings("b").error().message,
              "line 2: each element of \"b\" must be a string, not an integer");
    EXPECT_EQ(root.get_array("c").error().message,
              "line 3: key \"c\" must be an array, not a table");
    EXPECT_FALSE(root.get_string("d")->has_value());
    EXPECT_EQ(root.find("c")->require_string("x").error().message,
              "line 3: the key \"x\" is missing");
}

TEST(Toml, valid_documents) {
    const std::string_view cases[] = {
        "",
        "# only a comment",
        "\xef\xbb\xbf"
        "a = 1",
        "a = 1\r\nb = 2\r\n",
        "\"\" = 1",
        "'' = 1",
        "1.2 = 3",
        "a . b = 1",
        "a.\"b.c\".'d' = 1",
        "true = 1\ninf = 2\n1979-05-27 = 3",
        "a = {}",
        "a = { }",
        "a = {b = 1, c.d = 2, c.e = 3}",
        "a = [\n]",
        "a = [ # x\n 1, # y\n 2 # z\n , ]",
        "a = [[1], ['x'], {b = []}]",
        "a = ''''x''''",
        "a = ''''''",
        "a = \"\"\"\"\"\"",
        "a = \"\"\"x\"\"\"\"\"",
        "a = \"\"\"\nx\"\"\"",
        "a = \"\"\"x\\\n   \n  y\"\"\"",
        "a = \"\"\"x\\  \r\n y\"\"\"",
        "a = \"\\b\\t\\n\\f\\r\\\"\\\\\\u0041\\U0001F600\"",
        "a = 'C:\\x'",
        "a = \"\tx\"",
        "a = 0\nb = +0\nc = -0\nd = 1_000\ne = 0xdead_BEEF\nf = 0o17\ng = 0b1_0",
        "a = 9223372036854775807\nb = -9223372036854775808",
        "a = 0.0\nb = -0.0\nc = 1e5\nd = 1.5E-07\ne = 1_0.0_1e1_0\nf = 0e0",
        "a = inf\nb = +inf\nc = -inf\nd = nan\ne = -nan",
        "a = 1979-05-27T07:32:00Z\nb = 1979-05-27t07:32:00.999999z\nc = 1979-05-27 07:32:00-08:00",
        "a = 1979-05-27T07:32:00\nb = 1979-05-27\nc = 07:32:00.5\nd = 1979-05-27 # x",
        "a = 2000-02-29\nb = 2024-02-29",
        "[a]\n[a.b]\n[a.c]",
        "[a.b.c]\n[a.b]\n[a]",
        "[a.b.c]\nx = 1\n[a]\nb.y = 1",
        "[a]\nb.c = 1\n[a.b.d]\nx = 1",
        "[[a]]\n[a.b]\n[[a]]\n[a.b]",
        "[[a]]\n[[a.b]]\n[[a.b]]\n[[a]]\n[[a.b]]",
        "[[a.b]]\n[a]\nx = 1",
        "a.b = 1\na.c = 2",
        "a.b.c = 1\na.d = 2\na.b.e = 3",
        "[ a . \"b\" ]\n[[ c ]]",
        "[a] # x",
        "a = 1e999",
    };
    for (std::string_view text : cases) {
        SCOPED_TRACE(text);
        EXPECT_EQ(message_of(text), "");
    }
}

struct InvalidCase {
    std::string_view text;
    std::string_view message; // a part of it
};

constexpr InvalidCase invalid_cases[] = {
    {"a", "line 1, column 2: = should be here"},
    {"a =", "line 1, column 4: the document ends where a value should be"},
    {"a = # x", "a value should be here, on the same line"},
    {"a =\n1", "a value should be here, on the same line"},
    {"= 1", "column 1: a key should be here"},
    {"a = 1\n<<<<<<< HEAD\n", "line 2, column 1: a conflict marker of git"},
    {"=======\nb = 2", "line 1, column 1: a conflict marker of git"},
    {"a b = 1", "column 3: = should be here"},
    {"a. = 1", "column 4: a key should be here"},
    {".a = 1", "column 1: a key should be here"},
    {"é = 1", "column 1: a key should be here"},
    {"\"\"\"a\"\"\" = 1", "a key must not be a multi-line string"},
    {"\"a\nb\" = 1", "this string has no end"},
    {"a = 1 b = 2", "column 7: the line should end here"},
    {"a = 1\ra = 2", "a carriage return must be followed by a line feed"},
    {"# a\rb", "a comment must not hold control characters"},
    {"# a\r", "a comment must not hold control characters"},
    {"# \x01", "a comment must not hold control characters"},
    {"# \x7f", "a comment must not hold control characters"},
    {"a = \"\x01\"", "a control character in a string must be escaped"},
    {"a = \"\x7f\"", "a control character in a string must be escaped"},
    {"a = '\x1f'", "a control character in a string must be escaped"},
    {"a = '''\x0b'''", "a control character in a string must be escaped"},
    {"a = \"\"\"x\ry\"\"\"", "a control character in a string must be escaped"},
    {"a = \"x", "line 1, column 5: this string has no end"},
    {"a = 'x\n'", "this string has no end"},
    {"a = \"\"\"x\"\"", "this string has no end"},
    {"a = '''x''''''", "the line should end here"},
    {"a = \"\\q\"", "column 6: there is no such escape"},
    {"a = \"\\\nb\"", "there is no such escape"},
    {"a = \"\"\"\\ x\"\"\"", "there is no such escape"},
    {"a = \"\\e\"", "TOML 1.1"},
    {"a = \"\\x41\"", "TOML 1.1"},
    {"a = \"\\u123\"", "four hexadecimal digits should follow \\u"},
    {"a = \"\\U0001F60\"", "eight hexadecimal digits should follow \\U"},
    {"a = \"\\ud800\"", "this number is no Unicode character"},
    {"a = \"\\U00110000\"", "this number is no Unicode character"},
    {"a = \"\\UFFFFFFFF\"", "this number is no Unicode character"},
    {"a = \"\xff\"", "column 6: this byte is not UTF-8"},
    {"a = \"\xc0\x80\"", "this byte is not UTF-8"},
    {"a = \"\xed\xa0\x80\"", "this byte is not UTF-8"},
    {"a = \"\xf4\x90\x80\x80\"", "this byte is not UTF-8"},
    {"a = \"\xe2\x82", "this byte is not UTF-8"},
    {"a = 01", "a number does not begin with 0"},
    {"a = -01", "a number does not begin with 0"},
    {"a = 00", "a number does not begin with 0"},
    {"a = 0_1", "a number does not begin with 0"},
    {"a = 01.5", "a number does not begin with 0"},
    {"a = 03-14", "a number does not begin with 0"},
    {"a = 1__0", "an underscore must stand between two digits"},
    {"a = _1", "this is no TOML value"},
    {"a = 1_", "an underscore must stand between two digits"},
    {"a = 1_.5", "an underscore must stand between two digits"},
    {"a = 1._5", "an underscore must stand between two digits"},
    {"a = 1_e5", "an underscore must stand between two digits"},
    {"a = 1e_5", "an underscore must stand between two digits"},
    {"a = 0x_1", "an underscore must stand between two digits"},
    {"a = 0x", "this is no TOML value"},
    {"a = 0X1", "a number does not begin with 0"},
    {"a = 0b2", "this is no TOML value"},
    {"a = 0o8", "this is no TOML value"},
    {"a = +0x1", "a number does not begin with 0"},
    {"a = -0b1", "a number does not begin with 0"},
    {"a = 0x-1", "this is no TOML value"},
    {"a = ++1", "this is no TOML value"},
    {"a = +", "this is no TOML value"},
    {"a = 9223372036854775808", "this integer does not fit 64 bits"},
    {"a = -9223372036854775809", "this integer does not fit 64 bits"},
    {"a = 0x8000000000000000", "this integer does not fit 64 bits"},
    {"a = 1.", "digits should follow the point"},
    {"a = .5", "this is no TOML value"},
    {"a = 1.e5", "digits should follow the point"},
    {"a = 1e", "digits should follow the exponent sign"},
    {"a = 1e1.5", "this is no TOML value"},
    {"a = 1.2.3", "this is no TOML value"},
    {"a = Inf", "this is no TOML value"},
    {"a = True", "this is no TOML value"},
    {"a = truex", "this is no TOML value"},
    {"a = null", "this is no TOML value"},
    {"a = 1979-13-01", "this is no date"},
    {"a = 1979-00-01", "this is no date"},
    {"a = 1979-02-30", "this month has no such day"},
    {"a = 1900-02-29", "this month has no such day"},
    {"a = 1979-5-27", "this is no date"},
    {"a = 1979-05-27T", "this is no time"},
    {"a = 1979-05-27T25:00:00", "this is no time"},
    {"a = 1979-05-27T07:60:00", "this is no time"},
    {"a = 1979-05-27T07:32:60", "this is no time"},
    {"a = 1979-05-27T07:32", "TOML 1.1"},
    {"a = 07:32", "TOML 1.1"},
    {"a = 7:32:00", "this is no TOML value"},
    {"a = 07:32:00.", "digits should follow the point"},
    {"a = 07:32:00Z", "a time ends here"},
    {"a = 1979-05-27T07:32:00+1:00", "this is no offset"},
    {"a = 1979-05-27T07:32:00+24:00", "this is no offset"},
    {"a = 1979-05-27T07:32:00+01:60", "this is no offset"},
    {"a = 1979-05-27Z", "this is no date"},
    {"a = 1979-05-27  07:32:00", "the line should end here"},
    {"a = [1 2]", "a comma or ] should be here"},
    {"a = [1,,2]", "this is no TOML value"},
    {"a = [,]", "this is no TOML value"},
    {"a = [1,", "line 1, column 5: this array has no end"},
    {"a = [1", "this array has no end"},
    {"a = {b = 1", "this inline table has no end"},
    {"a = {b = 1,}", "TOML 1.1"},
    {"a = {\nb = 1}", "TOML 1.1"},
    {"a = {b = 1 # x\n}", "TOML 1.1"},
    {"a = {b = 1,\n c = 2}", "TOML 1.1"},
    {"a = {,}", "a key should be here"},
    {"a = {b = 1 c = 2}", "a comma or } should be here"},
    {"a = {b = 1, b = 2}", "the key \"b\" is defined already (in line 1)"},
    {"a = {b = {c = 1}, b.d = 2}", "the key \"b\" is defined already"},
    {"a = {b.c = 1, b = 2}", "the key \"b\" is defined already"},
    {"a = 1\na = 2", "line 2, column 1: the key \"a\" is defined already (in line 1)"},
    {"a = 1\n\"a\" = 2", "is defined already"},
    {"a = 1\n\"\\u0061\" = 2", "is defined already"},
    {"a = 1\na.b = 2", "is defined already"},
    {"a.b = 1\na = 2", "is defined already"},
    {"a = {}\na.b = 1", "is defined already"},
    {"a = {}\n[a]", "is defined already"},
    {"a = {}\n[a.b]", "is defined already"},
    {"a = {b = {}}\n[a.b.c]", "is defined already"},
    {"a = []\n[[a]]", "is defined already"},
    {"a = [{}]\n[a.b]", "is defined already"},
    {"[a]\n[a]", "is defined already"},
    {"[a]\nb = 1\n[a.b]", "is defined already"},
    {"[a.b]\n[a]\nb = 1", "is defined already"},
    {"[a.b.c]\n[a]\nb.c.d = 1", "is defined already"},
    {"[a.b.c]\n[a]\nb.x = 1\n[a.b]", "is defined already"},
    {"[a]\nb.c = 1\n[a.b]", "is defined already"},
    {"a.b = 1\n[a]", "is defined already"},
    {"[a]\nb.c.d = 1\n[a.b.c]", "is defined already"},
    {"[[a]]\n[a]", "is defined already"},
    {"[a]\n[[a]]", "is defined already"},
    {"[a.b]\n[[a]]", "is defined already"},
    {"[[a.b]]\n[a]\nb.c = 1", "is defined already"},
    {"a = 1\n[[a]]", "is defined already"},
    {"a = 1\n[a.b]", "is defined already"},
    {"[a", "] should be here"},
    {"[a]]", "the line should end here"},
    {"[[a]", "]] should be here"},
    {"[ [a]]", "a key should be here"},
    {"[]", "a key should be here"},
    {"[a.]", "a key should be here"},
    {"[a] b = 1", "the line should end here"},
    {"[a\n]", "] should be here"},
    {"a = 1 \x0c", "the line should end here"},
    {std::string_view("a = 1\0", 6), "the line should end here"},
    {std::string_view("\0", 1), "a key should be here"},
};

TEST(Toml, invalid_documents) {
    for (const InvalidCase& example : invalid_cases) {
        SCOPED_TRACE(example.text);
        const std::string message = message_of(example.text);
        EXPECT_NE(message, "");
        EXPECT_NE(message.find(example.message), std::string::npos) << message;
    }
}

TEST(Toml, strings_are_decoded) {
    struct Case {
        std::string_view source, value;
    };
    const Case cases[] = {
        {R"("a\tb\\\"")", "a\tb\\\""},
        {R"('a\tb')", "a\\tb"},
        {"\"\"\"\na\r\nb\"\"\"", "a\nb"},
        {"\"\"\"a \\\n\n  b\"\"\"", "a b"},
        {"'''\r\na\\\n'''", "a\\\n"},
        {"\"\"\"\"a\"\"\"\"\"", "\"a\"\""},
        {"'''''a'''''", "''a''"},
        {"\"\\u00e9\\U0001F600\"", "é😀"},
        {"\"\"", ""},
    };
    for (const Case& example : cases) {
        SCOPED_TRACE(example.source);
        auto document = TomlDocument::parse("a = " + std::string(example.source));
        ASSERT_TRUE(document) << document.error().message;
        EXPECT_EQ(document->root().find("a")->string(), example.value);
        auto again = TomlDocument::parse("a = " + toml_string(example.value));
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(again->root().find("a")->string(), example.value);
    }
}

TEST(Toml, nesting_is_bounded) {
    const std::string nested = "a = " + std::string(100'000, '[');
    EXPECT_NE(message_of(nested).find("nested too deeply"), std::string::npos);
    EXPECT_EQ(message_of("a = " + std::string(100, '[') + std::string(100, ']')), "");
    std::string inline_tables = "a = ";
    for (int i = 0; i < 100'000; ++i) {
        inline_tables += "{a=";
    }
    EXPECT_NE(message_of(inline_tables).find("nested too deeply"), std::string::npos);
    std::string dotted = "a";
    for (int i = 0; i < 100'000; ++i) {
        dotted += ".a";
    }
    EXPECT_NE(message_of(dotted + " = 1").find("too many parts"), std::string::npos);
    EXPECT_NE(message_of("[" + dotted + "]").find("too many parts"), std::string::npos);
}

TEST(Toml, wide_tables_find_their_keys_and_duplicates) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) {
        text += "key" + std::to_string(i) + " = " + std::to_string(i) + "\n";
    }
    auto document = TomlDocument::parse(text);
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_EQ(document->root().find("key0")->integer(), 0);
    EXPECT_EQ(document->root().find("key19999")->integer(), 19'999);
    EXPECT_FALSE(document->root().find("key20000"));
    EXPECT_NE(message_of(text + "key7 = 1"), "");
    EXPECT_NE(message_of(text + "\"key19999\" = 1"), "");
}

TEST(Toml, moving_a_short_document_keeps_its_nodes) {
    auto document = TomlDocument::parse("a='b'");
    ASSERT_TRUE(document);
    const TomlNode node = *document->root().find("a");
    const TomlDocument moved = std::move(*document);
    EXPECT_EQ(node.string(), "b");
    EXPECT_EQ(moved.text(), "a='b'");
}

} // namespace
} // namespace pawl::text
