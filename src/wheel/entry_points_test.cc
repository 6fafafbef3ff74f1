#include "wheel/entry_points.h"

#include <gtest/gtest.h>

namespace pawl::wheel {
namespace {

TEST(EntryPoints, reads_the_two_groups_that_become_programs) {
    Result<std::vector<EntryPoint>> points =
        parse_entry_points("# a comment\n[console_scripts]\ntool = pkg.cli:main\n"
                           "t-2.x=pkg:Tool.run [extra1, extra2]\n; another\n\n"
                           "_receiver = pkg:receive\n" // ddtrace 4.16.0

                           "[other.group]\n x : anything at all\n  more\n[gui_scripts]\r\n"
                           "win = pkg.gui : start\r\n");
    ASSERT_TRUE(points) << points.error().message;
    std::vector<EntryPoint> expected{
        {"tool", "pkg.cli", "main", false},
        {"t-2.x", "pkg", "Tool.run", false},
        {"_receiver", "pkg", "receive", false},
        {"win", "pkg.gui", "start", true},
    };
    EXPECT_EQ(*points, expected);
    EXPECT_TRUE(parse_entry_points("")->empty());
}

TEST(EntryPoints, an_indentation_that_every_parser_reads_alike_means_nothing) {
    for (std::string_view text : {"\n    [console_scripts]\n    pybabel = babel.frontend:main\n\n"
                                  "    [distutils.commands]\n    x = babel:y\n", // Babel 2.1 to 2.9
                                  "[console_scripts]\n  pybabel = babel.frontend:main\n",
                                  "[other]\n  a = b\n   [gui_scripts]\n[console_scripts]\n"
                                  "  # none\n  pybabel = babel.frontend:main\n"}) {
        Result<std::vector<EntryPoint>> points = parse_entry_points(text);
        ASSERT_TRUE(points) << points.error().message;
        ASSERT_EQ(points->size(), 1u);
        EXPECT_EQ(points->front(), (EntryPoint{"pybabel", "babel.frontend", "main", false}));
    }
}

TEST(EntryPoints, refuses_what_could_be_a_path_or_code) {
    for (std::string_view line : {"../x = a:b",
                                  "/bin/x = a:b",
                                  "a/b = a:b",
                                  ". = a:b",
                                  "-x = a:b",
                                  "a b = a:b",
                                  "x\x1b[2J = a:b",
                                  "x = a",
                                  "x = a:",
                                  "x = :b",
                                  "x = a:b;c",
                                  "x = a:b()",
                                  "x = a b:c",
                                  "x = a:b\n  c",
                                  "x : a:b",
                                  "x",
                                  "x = a..b:c",
                                  "x = a:b c",
                                  "x = os:system\"",
                                  "x = a:b[",
                                  " x = a:b\n  y = a:b",
                                  "x = 1a:b",
                                  "x = a:b\nX = a:c",
                                  "x = a:b\nx = a:b",
                                  "= a:b",
                                  "x = import os; a:b",
                                  "x = a:b#c"}) {
        SCOPED_TRACE(line);
        Result<std::vector<EntryPoint>> points =
            parse_entry_points("[console_scripts]\n" + std::string(line) + "\n");
        ASSERT_FALSE(points);
        EXPECT_EQ(points.error().kind, Error::Kind::refused);
        EXPECT_EQ(points.error().message.find('\x1b'), std::string::npos);
    }
    for (std::string_view text : {"[console_scripts\nx = a:b", "x = a:b", "\xff\xfe"}) {
        Result<std::vector<EntryPoint>> points = parse_entry_points(text);
        ASSERT_FALSE(points);
        EXPECT_EQ(points.error().kind, Error::Kind::input);
    }
}

TEST(EntryPoints, the_environments_own_names_are_reserved) {
    for (std::string_view name :
         {"python", "python3", "python3.12", "python3.13t", "pythonw", "Python", "pypy3",
          "activate", "Activate.ps1", "pip", "pip3.12"}) {
        EXPECT_TRUE(is_reserved_script(name, "demo")) << name;
    }
    for (std::string_view name : {"python-argcomplete", "pythonize", "pipx", "pip-compile",
                                  "activate-global-python-argcomplete", "ipython3", "pipenv"}) {
        EXPECT_FALSE(is_reserved_script(name, "demo")) << name;
    }
    EXPECT_FALSE(is_reserved_script("pip3", "pip"));
    EXPECT_TRUE(is_reserved_script("python3", "pip"));
}

} // namespace
} // namespace pawl::wheel
