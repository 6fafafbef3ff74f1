#include "script/directives.h"

#include <gtest/gtest.h>

namespace pawl::script {
namespace {

Result<Directives> read(std::string_view text) {
    const auto scan = scan_imports(text, "s.py");
    EXPECT_TRUE(scan) << (scan ? "" : scan.error().message);
    return read_directives(*scan, "s.py");
}

std::string texts(const std::vector<DeclaredRequirement>& requirements) {
    std::string all;
    for (const DeclaredRequirement& requirement : requirements) {
        all += "[" + requirement.text + "]";
    }
    return all;
}

TEST(Directives, pins_stand_behind_their_import) {
    const struct {
        std::string_view text, expected;
    } cases[] = {
        {"import a  # pin: a==1.0\n", "a:a==1.0"},
        {"import a, b  # pin: a >= 1, < 2\n", "a:a >= 1, < 2"},
        {"import a, b  # pin: b==1\n", "b:b==1"},
        {"import yaml, a  # pin: pyyaml==6\n", "yaml:pyyaml==6"},
        {"import a, b  # pin: other==1\n", "a:other==1"},
        {"import a.b.c  # repin: a[x] ; python_version > \"3.8\"\n",
         "a.b.c!a[x] ; python_version > \"3.8\""},
        {"from a.b import (\n    c,\n)  # pin: d @ https://e/f.whl\n", "a.b:d @ https://e/f.whl"},
        {"from a import (  # pin: a==1\n    c,\n)\n", "a:a==1"},
        {"import a  # pin: a==1  # a note\n", "a:a==1"},
        {"import a; import b  # pin: b==1\n", "b:b==1"},
        {"x = 1  # pin: 17 is the LED\n# pin: nothing\n", ""},
        {"'# pin: a'\nimport a  # see pin: a\n", ""},
        {"# \xc3\xa9\xc3\xa9\xc3\xa9\nx = '\xc3\xa9'; import a  # pin: a==1\nimport b\n", "a:a==1"},
        {"import a  # pin: a==1\nimport a  # pin: a>0\n", "a:a==1 a:a>0"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        const auto found = read(c.text);
        ASSERT_TRUE(found) << found.error().message;
        std::string shown;
        for (const Pin& pin : found->pins) {
            shown += shown.empty() ? "" : " ";
            shown += pin.module + (pin.is_repin ? "!" : ":") + pin.requirement.text;
        }
        EXPECT_EQ(shown, c.expected);
    }
}

TEST(Directives, blocks_hold_full_requirements) {
    const struct {
        std::string_view text, listed, extra;
    } cases[] = {
        {"# requirements:\n# a\n# b >= 1.0 ; python_version > \"3.8\"\n#\n# c\n",
         "[a][b >= 1.0 ; python_version > \"3.8\"]", ""},
        {"#requirements:\n#a==1\n#  b[x,y]  # why\n\n# c\nimport z\n", "[a==1][b[x,y]]", ""},
        {"x = 1\n# extra_requirements:\n# a\nx = 2\n# b\n", "", "[a]"},
        {"# extra-requirements:\n# a\n# requirements:\n# b\n", "[b]", "[a]"},
        {"# requirements:\n", "", ""},
        {"  # requirements:\n  # a\nx = 1\n# Requirements: none\n", "", ""},
        {"x = '''\n# requirements:\n# a\n'''\n", "", ""},
        {"# requirements:\n# a\n# /// script\n# b\n", "[a]", ""},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        const auto found = read(c.text);
        ASSERT_TRUE(found) << found.error().message;
        EXPECT_EQ(found->requirements.empty() ? "" : texts(found->requirements[0].requirements),
                  c.listed);
        EXPECT_EQ(found->extra_requirements.empty()
                      ? ""
                      : texts(found->extra_requirements[0].requirements),
                  c.extra);
    }
    const auto named = read("# requirements: default, data,\n# a\n");
    ASSERT_TRUE(named) << named.error().message;
    EXPECT_EQ(named->requirements[0].files, (std::vector<std::string>{"default", "data"}));
    EXPECT_EQ(named->requirements[0].requirements[0].at, (Position{2, 2}));
}

TEST(Directives, py_stands_in_the_comments_at_the_top) {
    const struct {
        std::string_view text, expected;
    } cases[] = {
        {"# py: >=3.12,<3.13\n", ">=3.12,<3.13"},
        {"#py:3.12\n", "==3.12.*"},
        {"#!/x\n\n# a comment\n# py: 3.11.4\nimport x\n", "==3.11.4"},
        {"# py312\n", "==3.12.*"},
        {"# py: >=3.9\n# py: <3.12\n", ">=3.9 <3.12"},
        {"import x\n# py: nonsense\n", ""},
        {"# py3 only\n# python: 3.12\n", ""},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        const auto found = read(c.text);
        ASSERT_TRUE(found) << found.error().message;
        std::string shown;
        for (const PythonDirective& python : found->python) {
            shown += (shown.empty() ? "" : " ") + python.text;
        }
        EXPECT_EQ(shown, c.expected);
    }
}

TEST(Directives, what_cannot_be_read_is_an_error_with_its_line) {
    const struct {
        std::string_view text, error;
    } cases[] = {
        {"import a\nimport b  # pin: b=1\n", "s.py:2:18: \"# pin: b=1\""},
        {"import a  # pin:\n", "s.py:1:17: \"# pin:\" without a requirement"},
        {"import a  # repin: a==\n", "s.py:1:20: \"# repin: a==\""},
        {"from .a import b  # pin: c\n", "s.py:1:25: \"# pin:\" behind a relative import"},
        {"\n# requirements:\n# a\n# - b\n", "s.py:4:3: \"# requirements: - b\""},
        {"# requirements: pip install a\n", "s.py:1:17: \"pip install a\" is no name"},
        {"# requirements:\n# a\n\n# requirements:\n# b\n", "s.py:4:16: a second block"},
        {"# py: three\n", "s.py:1:7: \"# py: three\""},
        {"# py:\n", "s.py:1:6: \"# py:\" without a version"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        const auto found = read(c.text);
        ASSERT_FALSE(found);
        EXPECT_EQ(found.error().kind, Error::Kind::input);
        EXPECT_EQ(found.error().message.substr(0, c.error.size()), c.error);
    }
}

} // namespace
} // namespace pawl::script
