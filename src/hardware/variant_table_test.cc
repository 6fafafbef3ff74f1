#include "hardware/variant_table.h"

#include <gtest/gtest.h>

#include <array>

namespace pawl::hardware {
namespace {

constexpr std::array<std::string_view, 2> keys = {"index-url", "overrides"};

/// "cpu: none; gpu: cuda>=12", or the first line of the error.
std::string read(std::string_view text) {
    Result<text::TomlDocument> document = text::TomlDocument::parse(std::string(text));
    EXPECT_TRUE(document) << text;
    Result<std::vector<VariantTable>> tables =
        read_variant_tables(*document->root().find("variants"), keys);
    if (!tables) {
        return tables.error().message.substr(0, tables.error().message.find('\n'));
    }
    std::string said;
    for (const VariantTable& one : *tables) {
        said += one.variant.name + ":" + std::to_string(one.variant.line) + " " +
                one.variant.condition() + "; ";
    }
    return said;
}

TEST(VariantTable, NamesConditionsAndLines) {
    EXPECT_EQ(read("[variants.cpu]\nwhen = \"none\"\n[variants.gpu]\nwhen = [\"cuda >= 12\", "
                   "\"rocm\"]\noverrides = []\n"),
              "cpu:1 none; gpu:3 cuda>=12 or rocm; ");
    EXPECT_EQ(read("variants = {a = {}, b = {when = 'rocm >= 6, < 7'}}"),
              "a:1 none; b:1 rocm<7,>=6; ");
    EXPECT_EQ(read("[variants.x.sub]\n[variants.y]\n").substr(0, 6), "line 1");
}

TEST(VariantTable, WhatIsWrongIsSaidWithItsLine) {
    EXPECT_EQ(read("variants = 1"), "line 1: key \"variants\" must be a table of tables, not an "
                                    "integer");
    EXPECT_EQ(read("[variants]\ncpu = 'none'"),
              "line 2: key \"cpu\" must be a table, not a string");
    EXPECT_EQ(read("[variants.cpu]\n[variants.\"cuda12.1\"]"),
              "line 2: a variant cannot be called \"cuda12.1\"");
    EXPECT_EQ(read("[variants.auto]"),
              "line 1: a variant cannot be called \"auto\": --variant auto picks one");
    EXPECT_EQ(read("[variants.gpu]\n\nwhen = 'gpu'"), "line 3: \"gpu\" is no condition");
    EXPECT_EQ(read("[variants.gpu]\nwhen = 12"),
              "line 2: key \"when\" must be a string, not an integer");
    EXPECT_EQ(read("[variants.gpu]\nwhen = ['cuda', 'none']"),
              "line 2: \"none\" needs nothing, so there can be no other condition beside it");
    EXPECT_EQ(read("[variants.gpu]\nwhen = 'cuda'\nindexes = 1"),
              "line 3: a variant has no key \"indexes\"");
    EXPECT_EQ(read("[variants.a]\n[variants.b]\nwhen = 'cuda'\n[variants.c]\nwhen = 'none'"),
              "line 4: the variants \"a\" and \"c\" are both the fallback");
    EXPECT_EQ(read("[variants.cpu]\n[variants.CPU]\nwhen = 'cuda'"),
              "line 2: the variants \"cpu\" and \"CPU\" would have one lock where file systems "
              "ignore case");
}

} // namespace
} // namespace pawl::hardware
