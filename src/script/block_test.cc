#include "script/block.h"

#include <gtest/gtest.h>

namespace pawl::script {
namespace {

std::string shown(std::string_view text) {
    std::vector<UnclosedBlock> unclosed;
    std::string result;
    for (const Block& block : find_blocks(text, &unclosed)) {
        result += block.type + "@" + std::to_string(block.line) + "[" + block.content + "]";
    }
    for (const UnclosedBlock& open : unclosed) {
        result += "open:" + open.type + "@" + std::to_string(open.line);
    }
    return result;
}

TEST(Block, is_found_as_the_specification_says) {
    const struct {
        std::string_view text, expected;
    } cases[] = {
        {"# /// script\n# a = 1\n# ///\n", "script@1[a = 1\n]"},
        {"# /// script\n# a = 1\n# ///", "script@1[a = 1\n]"},
        {"\n\n# /// some-Type9\n#\n# x\n#  y\n# ///\nz\n", "some-Type9@3[\nx\n y\n]"},
        // The last "# ///" of the run closes; those before it are content.
        {"# /// script\n# a\n# ///\n#\n# b\n# ///\n# c\n", "script@1[a\n///\n\nb\n]"},
        {"# /// a\n# x\n# ///\n\n# /// b\n# y\n# ///\n", "a@1[x\n]b@5[y\n]"},
        // An opening line within a run is content, too.
        {"# /// a\n# x\n# /// b\n# y\n# ///\n", "a@1[x\n/// b\ny\n]"},
        {"# /// script\n# a\n", "open:script@1"},
        {"# /// script\n# ///\n", "open:script@1"}, // content is one line at least
        {"# /// script\n# ///\n# ///\n", "script@1[///\n]"},
        {"# /// script\n#a\n# ///\n", "open:script@1"}, // no blank behind "#"
        {"# /// script\n# a\nx\n# ///\n", "open:script@1"},
        {"# /// script \n# a\n# ///\n", ""},
        {"# ///script\n# a\n# ///\n", ""},
        {" # /// script\n# a\n# ///\n", ""},
        {"# /// scr_ipt\n# a\n# ///\n", ""},
        {"x # /// script\n# a\n# ///\n", ""},
        {"# /// script\n# a\n# /// \n", "open:script@1"},
        {"# /// script\r\n# a\r\n# ///\r\nx", "script@1[a\n]"},
        {"x\r# /// script\r# a\r# ///\rx", "script@2[a\n]"},
        {"\xef\xbb\xbf# /// script\n# a\n# ///\n", "script@1[a\n]"},
        {"", ""},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(shown(c.text), c.expected);
    }
}

TEST(Block, offsets_cut_the_block_out) {
    const std::string text = "x\r\n# /// a\r\n# y\r\n# ///\r\nz";
    const std::vector<Block> blocks = find_blocks(text);
    ASSERT_EQ(blocks.size(), 1U);
    EXPECT_EQ(text.substr(blocks[0].begin, blocks[0].end - blocks[0].begin),
              "# /// a\r\n# y\r\n# ///\r\n");
    EXPECT_EQ(text.substr(blocks[0].content_begin, blocks[0].content_end - blocks[0].content_begin),
              "# y\r\n");
}

} // namespace
} // namespace pawl::script
