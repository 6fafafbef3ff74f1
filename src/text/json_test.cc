#include "text/json.h"

#include <gtest/gtest.h>

namespace pawl::text {
namespace {

TEST(Json, reads_every_kind_and_keeps_order) {
    auto value = parse_json(
        R"( {"b": [1, -2.5, 1e3, true, null, "x"], "a": {}, "n": 123456789012345678901234567890})");
    ASSERT_TRUE(value) << value.error().message;
    EXPECT_EQ(value->as_object()[0].key, "b");
    EXPECT_EQ(value->find("b")->as_array()[0].as_integer(), 1);
    EXPECT_EQ(value->find("b")->as_array()[1].as_double(), -2.5);
    EXPECT_EQ(value->find("n")->digits(), "123456789012345678901234567890");
    EXPECT_EQ(to_json(*value), R"({"b":[1,-2.5,1000.0,true,null,"x"],"a":{},)"
                               R"("n":123456789012345678901234567890})");
}

TEST(Json, writes_what_it_reads) {
    for (std::string_view text :
         {R"("")", R"("\"\\\b\f\n\r\t\u0001\u007f")", "[]", "[[],{}]", R"({"":0})", "\"é😀\"",
          "-9223372036854775808", "9223372036854775807", "0", "0.5", "1e+300"}) {
        SCOPED_TRACE(text);
        auto value = parse_json(text);
        ASSERT_TRUE(value) << value.error().message;
        EXPECT_EQ(to_json(*value), text);
    }
}

TEST(Json, joins_surrogates_and_refuses_halves) {
    EXPECT_EQ(parse_json(R"("\ud83d\ude00\u00e9")")->as_string(), "😀é");
    for (std::string_view text :
         {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\ud83d\u0041")"}) {
        SCOPED_TRACE(text);
        EXPECT_FALSE(parse_json(text));
        EXPECT_TRUE(parse_json(text, {.allow_lone_surrogates = true}));
    }
}

TEST(Json, errors_name_line_and_column) {
    struct Case {
        std::string_view text;
        std::string_view message;
    };
    const Case cases[] = {
        {"", "line 1, column 1: the text ends where a value should be"},
        {"{\n \"a\" 1}", "line 2, column 6: a colon should be here"},
        {"[1 2]", "line 1, column 4: a comma or ] should be here"},
        {"{\"a\":1,}", "line 1, column 8: a member's name in quotes should be here"},
        {"[1,]", "line 1, column 4: this is no JSON value"},
        {"01", "line 1, column 1: a number does not begin with 0"},
        {"1.", "line 1, column 1: digits should follow the decimal point"},
        {"1e", "line 1, column 1: digits should follow the exponent sign"},
        {"+1", "line 1, column 1: this is no JSON value"},
        {"NaN", "line 1, column 1: this is no JSON value"},
        {"1e999", "line 1, column 1: this number is too large"},
        {"\"a", "line 1, column 1: this string has no end"},
        {"\"a\tb\"", "line 1, column 3: a control character in a string must be escaped"},
        {"\"\\x\"", "line 1, column 2: there is no such escape"},
        {"\"\\u12\"", "line 1, column 2: four hexadecimal digits should follow \\u"},
        {"\"\\u-123\"", "line 1, column 2: four hexadecimal digits should follow \\u"},
        {"\"\\", "line 1, column 2: there is no such escape"},
        {"1 1", "line 1, column 3: something follows the end of the JSON value"},
        {"\"\xff\"", "line 1, column 2: this byte is not UTF-8"},
        {"\"\xed\xa0\x80\"", "line 1, column 2: this byte is not UTF-8"},
        {"{\"a\":1,\"b\":2,\"a\":3}", "line 1, column 1: this object has the member \"a\" twice"},
    };
    for (const Case& example : cases) {
        SCOPED_TRACE(example.text);
        auto value = parse_json(example.text);
        ASSERT_FALSE(value);
        EXPECT_EQ(value.error().message, example.message);
        EXPECT_EQ(value.error().kind, Error::Kind::input);
    }
}

TEST(Json, depth_is_bounded) {
    EXPECT_TRUE(parse_json(std::string(128, '[') + std::string(128, ']')));
    EXPECT_FALSE(parse_json(std::string(129, '[') + std::string(129, ']')));
    EXPECT_FALSE(parse_json(std::string(10'000'000, '[')));
}

TEST(Json, the_last_duplicate_can_win) {
    auto value = parse_json(R"({"a":1,"b":2,"a":3,"a":4})",
                            {.duplicates = JsonOptions::Duplicates::last_wins});
    ASSERT_TRUE(value);
    EXPECT_EQ(to_json(*value), R"({"b":2,"a":4})");
}

TEST(Json, tiny_numbers_are_zero) {
    EXPECT_EQ(parse_json("1e-999")->as_double(), 0.0);
}

TEST(JsonWriter, indents_and_escapes) {
    JsonWriter writer({.indent = 2});
    writer.begin_object().key("a").begin_array().value(1).value("x").end_array();
    writer.key("b").begin_object().end_object().key("c").value(true).end_object();
    EXPECT_EQ(writer.take(),
              "{\n  \"a\": [\n    1,\n    \"x\"\n  ],\n  \"b\": {},\n  \"c\": true\n}");
}

TEST(JsonWriter, styles_match_python) {
    const Value value = Value::object({{"b", Value::array({1, "é😀"})}, {"a", nullptr}});
    EXPECT_EQ(to_json(value, {.blanks = true, .ascii = true, .sorted = true}),
              R"({"a": null, "b": [1, "\u00e9\ud83d\ude00"]})");
}

TEST(JsonWriter, bytes_that_are_no_text_are_replaced) {
    EXPECT_EQ(to_json(Value(std::string_view("a\xff\xc3", 3))), "\"a\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(Json, equality_ignores_the_order_of_members) {
    EXPECT_EQ(*parse_json(R"({"a":1,"b":[2]})"), *parse_json(R"({"b":[2],"a":1})"));
    EXPECT_NE(*parse_json(R"({"a":1})"), *parse_json(R"({"a":1.0})"));
}

} // namespace
} // namespace pawl::text
