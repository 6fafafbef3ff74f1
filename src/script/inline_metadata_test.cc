#include "script/inline_metadata.h"

#include <gtest/gtest.h>

namespace pawl::script {
namespace {

/// A script whose metadata begins in line 3.
std::string script(std::string_view toml) {
    std::string text = "#!/usr/bin/env python\n\n# /// script\n";
    size_t begin = 0;
    while (begin < toml.size()) {
        const size_t end = std::min(toml.find('\n', begin), toml.size());
        text += end == begin ? "#\n" : "# " + std::string(toml.substr(begin, end - begin)) + "\n";
        begin = end + 1;
    }
    return text + "# ///\nimport x\n";
}

TEST(InlineMetadata, reads_what_the_specification_names) {
    const auto result = read_inline_metadata(script("requires-python = \">=3.11\"\n"
                                                    "dependencies = [\n"
                                                    "    \"requests<3\",\n"
                                                    "    'rich ; python_version > \"3.8\"',\n"
                                                    "]\n\n"
                                                    "[tool.pawl]\nlocked = true\n[tool.black]\n"),
                                             "s.py");
    ASSERT_TRUE(result) << result.error().message;
    ASSERT_TRUE(*result);
    const InlineMetadata& metadata = **result;
    EXPECT_EQ(metadata.requires_python, ">=3.11");
    EXPECT_EQ(metadata.requires_python_at, (Position{4, 20}));
    ASSERT_EQ(metadata.dependencies.size(), 2U);
    EXPECT_EQ(metadata.dependencies[0].text, "requests<3");
    EXPECT_EQ(metadata.dependencies[0].at, (Position{6, 6}));
    EXPECT_EQ(metadata.dependencies[1].requirement.name.str(), "rich");
    EXPECT_TRUE(metadata.dependencies[1].requirement.marker);
    EXPECT_EQ(metadata.pawl.locked, true);
    EXPECT_EQ(metadata.tools, (std::vector<std::string>{"pawl", "black"}));
}

TEST(InlineMetadata, a_script_without_a_block_has_none) {
    for (const std::string_view text : {"import x\n", "", "# /// other\n# a\n# ///\n",
                                        "x = '''\n# /// script\n# not closed\n'''\n"}) {
        SCOPED_TRACE(text);
        const auto result = read_inline_metadata(text, "s.py");
        ASSERT_TRUE(result);
        EXPECT_FALSE(*result);
    }
}

TEST(InlineMetadata, reads_the_table_of_pawl) {
    const auto result = read_inline_metadata(
        script("[tool.pawl]\n"
               "index-url = \"https://i/simple\"\nextra-index-url = \"https://e/simple\"\n"
               "find-links = [\"a\", \"b\"]\nexclude-newer = 2026-01-02\nprerelease = \"allow\"\n"
               "constraints = [\"a<2\"]\noverrides = [\"b==1\"]\nno-build = true\nodd = 1\n"
               "[[tool.pawl.index]]\nname = \"corp\"\nurl = \"https://c\"\nexplicit = true\n"),
        "s.py");
    ASSERT_TRUE(result) << result.error().message;
    const PawlTable& pawl = (*result)->pawl;
    EXPECT_EQ(pawl.index_url, "https://i/simple");
    EXPECT_EQ(pawl.extra_index_urls, std::vector<std::string>{"https://e/simple"});
    EXPECT_EQ(pawl.find_links, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(pawl.exclude_newer, "2026-01-02");
    EXPECT_EQ(pawl.prerelease, "allow");
    ASSERT_EQ(pawl.constraints.size(), 1U);
    EXPECT_EQ(pawl.overrides[0].requirement.name.str(), "b");
    EXPECT_EQ(pawl.no_build, true);
    EXPECT_EQ(pawl.no_guess, std::nullopt);
    ASSERT_EQ(pawl.indexes.size(), 1U);
    EXPECT_EQ(pawl.indexes[0].name, "corp");
    EXPECT_TRUE(pawl.indexes[0].is_explicit);
    ASSERT_EQ(pawl.unknown_keys.size(), 1U);
    EXPECT_EQ(pawl.unknown_keys[0], (std::pair<std::string, uint32_t>{"odd", 13}));
}

TEST(InlineMetadata, errors_give_the_lines_of_the_script) {
    const struct {
        std::string text, begins, contains;
    } cases[] = {
        {script("dependencies = [\n"), "s.py:", "s.py:"},
        {script("a = 1\nb = = 2\n"), "s.py:5:7: ", ""},
        {script("dependencies = \"x\"\n"), "s.py:4", "array"},
        {script("dependencies = [1]\n"), "s.py:4", "string"},
        {script("x = 1\ndependencies = [\n  \"a\",\n  \"not valid!\",\n]\n"), "s.py:7:5: ", ""},
        {script("requires-python = \"three\"\n"), "s.py:4:21: requires-python", ""},
        {script("requires-python = 3\n"), "s.py:4", "string"},
        {script("tool = 1\n"), "s.py:4", "table"},
        {script("[tool.pawl]\nlocked = \"yes\"\n"), "s.py:5", "true or false"},
        {script("[tool.pawl]\nconstraints = [\"a b\"]\n"), "s.py:5:18: ", ""},
        {script("a = 1") + "\n" + script("a = 1"), "s.py:10:1: a second block", "line 3"},
        {"x = 1\n# /// script\n# a = 1\n", "s.py:2:1: this metadata block is never closed", "hint"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        const auto result = read_inline_metadata(c.text, "s.py");
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().kind, Error::Kind::input);
        EXPECT_EQ(result.error().message.substr(0, c.begins.size()), c.begins);
        EXPECT_NE(result.error().message.find(c.contains), std::string::npos)
            << result.error().message;
    }
}

TEST(InlineMetadata, respects_the_declared_encoding) {
    const auto result = read_inline_metadata("# coding: latin-1\n# /// script\n"
                                             "# dependencies = [\"a\"] # \xe9\n# ///\n",
                                             "s.py");
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ((*result)->dependencies.size(), 1U);
}

std::string added(std::string_view text, const std::vector<std::string>& requirements) {
    auto result = add_dependencies(text, "s.py", requirements);
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? *result : "";
}

TEST(MetadataEdit, adds_a_block_where_there_is_none) {
    const struct {
        std::string_view before, after;
    } cases[] = {
        {"import a\n", "# /// script\n# dependencies = [\n#     \"a\",\n# ]\n# ///\n\nimport a\n"},
        {"#!/bin/x\n# coding: utf-8\nimport a",
         "#!/bin/x\n# coding: utf-8\n# /// script\n# dependencies = [\n#     \"a\",\n# ]\n# ///\n\n"
         "import a"},
        {"\xef\xbb\xbfimport a\r\n", "\xef\xbb\xbf# /// script\r\n# dependencies = [\r\n"
                                     "#     \"a\",\r\n# ]\r\n# ///\r\n\r\nimport a\r\n"},
        {"", "# /// script\n# dependencies = [\n#     \"a\",\n# ]\n# ///\n"},
        {"#!/bin/x", "#!/bin/x\n# /// script\n# dependencies = [\n#     \"a\",\n# ]\n# ///\n"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.before);
        EXPECT_EQ(added(c.before, {"a"}), c.after);
    }
}

TEST(MetadataEdit, keeps_every_other_byte) {
    const std::string before = "#!/x\r\n# /// script\r\n# # odd   comment\r\n#\r\n# \r\n"
                               "# dependencies = [\r\n#   \"b>=1\",  # why b\r\n# ]\r\n"
                               "# requires-python=\">=3.9\"\r\n# ///\r\n\f\r\nx = 1";
    const std::string after =
        "#!/x\r\n# /// script\r\n# # odd   comment\r\n#\r\n# \r\n"
        "# dependencies = [\r\n#   \"b>=1\",  # why b\r\n#   \"c\",\r\n# ]\r\n"
        "# requires-python=\">=3.9\"\r\n# ///\r\n\f\r\nx = 1";
    EXPECT_EQ(added(before, {"c"}), after);
    const auto removed = remove_dependencies(after, "s.py", {"C"});
    ASSERT_TRUE(removed) << removed.error().message;
    EXPECT_EQ(*removed, before);
}

TEST(MetadataEdit, replaces_a_requirement_of_the_same_name_and_marker) {
    const std::string before = "# /// script\n# dependencies = [\"a<2\", \"b\"]\n# ///\n";
    EXPECT_EQ(added(before, {"A>=3"}), "# /// script\n# dependencies = [\"A>=3\", \"b\"]\n# ///\n");
    const std::string both = added(before, {"a>=3 ; sys_platform == \"win32\""});
    EXPECT_NE(both.find("\"a<2\""), std::string::npos);
    EXPECT_NE(both.find("'a>=3 ; sys_platform == \"win32\"'"), std::string::npos);
}

TEST(InlineMetadata, variants_are_the_table_with_theirs_laid_over) {
    const auto read = read_inline_metadata("# /// script\n"
                                           "# [tool.pawl]\n"
                                           "# locked = true\n"
                                           "# overrides = [\"t==1\"]\n"
                                           "# index = {t = \"https://base.example\"}\n"
                                           "# [tool.pawl.variants.cpu]\n"
                                           "# [tool.pawl.variants.gpu]\n"
                                           "# when = \"cuda\"\n"
                                           "# index = {t = \"https://gpu.example\"}\n"
                                           "# overrides = [\"t==2\"]\n"
                                           "# ///\n",
                                           "s.py");
    ASSERT_TRUE(read && *read) << read.error().message;
    const std::vector<ScriptVariant>& variants = (*read)->variants;
    ASSERT_EQ(variants.size(), 2U);
    for (const ScriptVariant& one : variants) {
        const bool is_cpu = one.variant.name == "cpu";
        EXPECT_EQ(one.variant.is_fallback(), is_cpu);
        EXPECT_EQ(one.pawl.locked, true);
        ASSERT_EQ(one.pawl.indexes.size(), 1U);
        EXPECT_EQ(one.pawl.indexes[0].url, is_cpu ? "https://base.example" : "https://gpu.example");
        EXPECT_TRUE(one.pawl.indexes[0].is_explicit);
        EXPECT_EQ(one.pawl.index_of.at(pep::Name::of("t")), one.pawl.indexes[0].name);
        ASSERT_EQ(one.pawl.overrides.size(), 1U);
        EXPECT_EQ(one.pawl.overrides[0].text, is_cpu ? "t==1" : "t==2");
    }
}

TEST(InlineMetadata, wrong_variants_and_sources_are_told_with_their_lines) {
    const auto error_of = [](const std::string& lines) {
        const auto read = read_inline_metadata("# /// script\n" + lines + "# ///\n", "s.py");
        return read ? "no error" : read.error().message.substr(0, read.error().message.find('\n'));
    };
    EXPECT_EQ(error_of("# [tool.pawl.variants.\"a.b\"]\n"),
              "s.py:2: a variant cannot be called \"a.b\"");
    EXPECT_EQ(error_of("# [tool.pawl.variants.a]\n# environments = []\n"),
              "s.py:3: a variant has no key \"environments\"");
    EXPECT_EQ(error_of("# [tool.pawl]\n# sources = {t = {path = \".\"}}\n"),
              "s.py:3:18: a source of a script is {index = \"…\"}");
    EXPECT_EQ(error_of("# [tool.pawl]\n# sources = {t = {index = \"x\"}}\n"),
              "s.py: [tool.pawl] t comes from the index \"x\", and there is none of that name");
}

TEST(MetadataEdit, sorted_lists_stay_sorted) {
    const std::string before =
        "# /// script\n# dependencies = [\n#     \"a\",\n#     \"c\",\n# ]\n# ///\n";
    EXPECT_EQ(
        added(before, {"b"}),
        "# /// script\n# dependencies = [\n#     \"a\",\n#     \"b\",\n#     \"c\",\n# ]\n# ///\n");
}

TEST(MetadataEdit, what_cannot_be_done_is_an_error_and_changes_nothing) {
    EXPECT_FALSE(add_dependencies("import a\n", "s.py", {"not valid!"}));
    const auto removed = remove_dependencies(
        "# /// script\n# dependencies = [\"a\", \"b\"]\n# ///\n", "s.py", {"c"});
    ASSERT_FALSE(removed);
    EXPECT_EQ(removed.error().kind, Error::Kind::usage);
    EXPECT_NE(removed.error().message.find("it declares a and b"), std::string::npos);
    EXPECT_FALSE(add_dependencies("# /// script\n# x = = 1\n# ///\n", "s.py", {"a"}));
}

TEST(MetadataEdit, sets_requires_python) {
    const auto result =
        set_requires_python("# /// script\n# dependencies = []\n# ///\n", "s.py", ">=3.10");
    ASSERT_TRUE(result);
    EXPECT_NE(result->find("# requires-python = \">=3.10\"\n"), std::string::npos);
    EXPECT_FALSE(set_requires_python("", "s.py", "nonsense"));
}

} // namespace
} // namespace pawl::script
