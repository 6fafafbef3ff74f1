#include "install/launcher.h"

#include <gtest/gtest.h>

namespace pawl::install {
namespace {

TEST(Launcher, a_short_path_stands_in_the_first_line) {
    EXPECT_EQ(*script_head("/v/bin/python"), "#!/v/bin/python\n");
    EXPECT_EQ(*script_head("/v/bin/python", "-u"), "#!/v/bin/python -u\n");
    std::string text = *launcher({"t", "a.b", "C.d", false}, "/v/bin/python");
    EXPECT_EQ(text, "#!/v/bin/python\nimport sys\nfrom a.b import C\n"
                    "if __name__ == \"__main__\":\n    sys.exit(C.d())\n");
}

TEST(Launcher, other_paths_go_through_sh_and_are_quoted) {
    for (std::string path : {std::string("/with blank/python"), "/" + std::string(200, 'a'),
                             std::string("/it's/$(x)/`y`/python"), std::string("/line\nend")}) {
        std::string head = *script_head(path);
        EXPECT_TRUE(head.starts_with("#!/bin/sh\n'''exec' '/")) << head;
        EXPECT_EQ(head.find("'''", 14), head.size() - 4) << head;
    }
    for (std::string_view path : {"/back\\slash", "/\xff"}) {
        Result<std::string> head = script_head(path);
        ASSERT_FALSE(head);
        EXPECT_EQ(head.error().kind, Error::Kind::usage);
    }
}

TEST(Launcher, rewrites_the_first_line_of_scripts) {
    EXPECT_EQ(**rewrite_script("#!python\nx\n", "/p"), "#!/p\nx\n");
    EXPECT_EQ(**rewrite_script("#!pythonw -E -s\r\nx\n", "/p"), "#!/p -E -s\nx\n");
    EXPECT_EQ(**rewrite_script("#!python", "/p"), "#!/p\n");
    EXPECT_EQ(*rewrite_script("#!/bin/sh\nx\n", "/p"), std::nullopt);
    EXPECT_EQ(*rewrite_script("", "/p"), std::nullopt);
    EXPECT_EQ(*rewrite_script("\x7f"
                              "ELF",
                              "/p"),
              std::nullopt);
    for (std::string text :
         {std::string("#!python3\n"), "#!python " + std::string(300, 'x') + "\n",
          std::string("#!python -c $(touch x)\n"), std::string("#!python;x\n")}) {
        EXPECT_FALSE(rewrite_script(text, "/p")) << text;
    }
}

} // namespace
} // namespace pawl::install
