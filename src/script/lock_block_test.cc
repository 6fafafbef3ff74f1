#include "script/lock_block.h"

#include <gtest/gtest.h>

#include <random>

#include "script/inline_metadata.h"

namespace pawl::script {
namespace {

const std::string lock = "lock-version = \"1.0\"\n\n[[packages]]\nname = \"a\"  \n\n";

TEST(LockBlock, goes_in_and_out_without_a_trace) {
    const std::string scripts[] = {
        "",
        "x = 1\n",
        "x = 1",
        "x = 1\n\n\n",
        "x = 1\n# a comment",
        "x = 1\n# a comment\n",
        "# /// script\n# dependencies = []\n# ///",
        "# /// script\n# dependencies = []\n# ///\n",
        "x\r\ny\r\n",
        "x\r\ny",
        "x\r\n# y",
        "x\ry\r",
        "x\n ",
        "x\n \n",
        "\n",
        "#",
        "\xef\xbb\xbf# coding: utf-8\nx\n\f\n",
        "#!/usr/bin/env -S pawl run\nx = '''\n# /// pylock\n'''\n",
    };
    for (const std::string& script : scripts) {
        SCOPED_TRACE(script);
        const auto with = set_lock_block(script, "s.py", lock);
        ASSERT_TRUE(with) << with.error().message;
        EXPECT_TRUE(with->starts_with(script));
        const auto block = find_lock_block(*with, "s.py");
        ASSERT_TRUE(block) << block.error().message;
        ASSERT_TRUE(*block);
        EXPECT_EQ(lock_block_content(*with, **block), lock);
        const auto again = set_lock_block(*with, "s.py", "other = 1\n");
        ASSERT_TRUE(again);
        EXPECT_EQ(again->substr(0, (*block)->begin), with->substr(0, (*block)->begin));
        const auto without = remove_lock_block(*again, "s.py");
        ASSERT_TRUE(without);
        EXPECT_EQ(*without, script);
    }
}

/// Scripts of random pieces, with all kinds of line ends, blocks, strings and bytes that are no
/// text.
std::string random_script(std::mt19937& random) {
    static const std::string pieces[] = {
        "x = 1",
        "# a comment",
        "#",
        "# ",
        "'''",
        "\"\"\"",
        "\f",
        " ",
        "\t",
        "\n",
        "\n",
        "\r\n",
        "\r",
        "\n \n",
        "\\",
        "# ///",
        "# /// script",
        "# dependencies = []",
        "#!/usr/bin/env python3",
        "# -*- coding: latin-1 -*-",
        "\xe4\xf6\xfc",
        "\xff\xfe",
        "\xc3\xa4",
    };
    std::string text = random() % 4 == 0 ? "\xef\xbb\xbf" : "";
    for (size_t left = random() % 24; left > 0; --left) {
        text += pieces[random() % std::size(pieces)];
        text += random() % 2 == 0 ? (random() % 3 == 0 ? "\r\n" : "\n") : "";
    }
    return text;
}

TEST(LockBlock, random_scripts_come_back_byte_for_byte) {
    const unsigned seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    size_t embedded = 0;
    for (int i = 0; i < 20'000; ++i) {
        const std::string script = random_script(random);
        const auto with = set_lock_block(script, "s.py", lock);
        ASSERT_TRUE(with) << script;
        EXPECT_TRUE(with->starts_with(script)) << script;
        const auto block = find_lock_block(*with, "s.py");
        ASSERT_TRUE(block) << script;
        if (*block) { // else the script's end is within a string
            ++embedded;
            const auto without = remove_lock_block(*with, "s.py");
            ASSERT_TRUE(without) << script;
            EXPECT_EQ(*without, script);
            EXPECT_EQ(lock_block_content(*with, **block), lock) << script;
        }
    }
    EXPECT_GT(embedded, 5'000U);
}

TEST(LockBlock, is_a_block_of_the_specification_and_swallows_no_other) {
    const std::string script = "# /// script\n# dependencies = [\"a\"]\n# ///";
    const auto with = set_lock_block(script, "s.py", lock);
    ASSERT_TRUE(with);
    const std::vector<Block> blocks = find_blocks(*with);
    ASSERT_EQ(blocks.size(), 2U);
    EXPECT_EQ(blocks[0].content, "dependencies = [\"a\"]\n");
    EXPECT_EQ(blocks[1].type, "pylock");
    EXPECT_EQ(blocks[1].content, lock);
}

TEST(LockBlock, a_script_without_one_has_none) {
    for (const std::string_view text :
         {"", "x = 1\n", "# /// script\n# a = 1\n# ///\n", "x = '''\n# /// pylock\n# a\n'''\n",
          "# // pylock\n# ///\n"}) {
        SCOPED_TRACE(text);
        const auto block = find_lock_block(text, "s.py");
        ASSERT_TRUE(block);
        EXPECT_FALSE(*block);
    }
}

TEST(LockBlock, blank_lines_may_follow_it) {
    const auto block = find_lock_block("x\n\n# /// pylock\n# a = 1\n# ///\n\n  \n", "s.py");
    ASSERT_TRUE(block) << block.error().message;
    ASSERT_TRUE(*block);
    EXPECT_EQ((*block)->begin, 3U);
}

TEST(LockBlock, a_damaged_one_is_an_error_with_its_line) {
    const struct {
        std::string_view text, error;
    } cases[] = {
        {"x\n# /// pylock\n# a = 1\n", "s.py:2:1: the embedded lock is damaged: it has no closing"},
        {"x\n# /// pylock\n# a = 1\nb = 2\n# ///\n",
         "s.py:4:1: the embedded lock is damaged: this"},
        {"x\n# /// pylock\n#a = 1\n# ///\n", "s.py:3:1: the embedded lock is damaged: this line"},
        {"x\n# /// pylock\n# a = 1\n# ///\ny\n",
         "s.py:5:1: the embedded lock is damaged: something"},
        {"x\n# /// pylock\n# a = 1\n# ///\n\n# /// pylock\n# a = 1\n# ///\n",
         "s.py:6:1: the embedded lock is damaged: there is a second one"},
        {"x\n# /// pylock\n# ///\n", "s.py:2:1: the embedded lock is damaged: it is empty"},
        {"# /// pylock", "s.py:1:1: the embedded lock is damaged: it has no closing"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        const auto block = find_lock_block(c.text, "s.py");
        ASSERT_FALSE(block);
        EXPECT_EQ(block.error().kind, Error::Kind::input);
        EXPECT_EQ(block.error().message.substr(0, c.error.size()), c.error);
        EXPECT_FALSE(set_lock_block(c.text, "s.py", lock));
    }
}

} // namespace
} // namespace pawl::script
