#include "text/csv.h"

#include <gtest/gtest.h>

namespace pawl::text {
namespace {

TEST(Csv, reads_what_record_files_hold) {
    struct Case {
        std::string_view text;
        std::vector<CsvRow> rows;
    };
    const Case cases[] = {
        {"", {}},
        {"a,b,c\n", {{"a", "b", "c"}}},
        {"a,b\r\nc,d\re,f", {{"a", "b"}, {"c", "d"}, {"e", "f"}}},
        {"a,,\n", {{"a", "", ""}}},
        {"a,", {{"a", ""}}},
        {",", {{"", ""}}},
        {"\n\na\n\n", {{"a"}}},
        {"\"a,b\",\"c\"\"d\"\n", {{"a,b", "c\"d"}}},
        {"\"a\nb\",c", {{"a\nb", "c"}}},
        {"\"\"\n", {{""}}},
        {"a\"b,c\n", {{"a\"b", "c"}}},
        {"six.py,sha256=abc,12\n", {{"six.py", "sha256=abc", "12"}}},
    };
    for (const Case& example : cases) {
        SCOPED_TRACE(example.text);
        auto rows = parse_csv(example.text);
        ASSERT_TRUE(rows) << rows.error().message;
        EXPECT_EQ(*rows, example.rows);
    }
}

TEST(Csv, errors_name_their_place) {
    EXPECT_EQ(parse_csv("a\nb,\"c\nd").error().message,
              "line 2, column 3: this quoted field has no end");
    EXPECT_EQ(parse_csv("\"a\"b").error().message,
              "line 1, column 4: a comma or the line's end should follow the closing quote");
}

TEST(Csv, writes_what_it_reads) {
    const std::vector<CsvRow> rows = {
        {"a", "b c", ""}, {""}, {"x,y", "q\"q", "l\nl", "r\rr"}, {"é", "=1"}};
    std::string text;
    for (const CsvRow& row : rows) {
        append_csv_row(text, row);
    }
    EXPECT_EQ(text, "a,b c,\n\"\"\n\"x,y\",\"q\"\"q\",\"l\nl\",\"r\rr\"\né,=1\n");
    EXPECT_EQ(*parse_csv(text), rows);
}

} // namespace
} // namespace pawl::text
