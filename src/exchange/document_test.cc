#include "exchange/document.h"

#include <gtest/gtest.h>

namespace pawl::exchange {
namespace {

std::vector<std::string> edges_of(std::string_view requirement) {
    std::vector<std::string> texts;
    for (const Edge& edge : Edge::from(*pep::Requirement::parse(requirement))) {
        texts.push_back((edge.extra.empty() ? "" : edge.extra + ": ") + edge.name.str() +
                        (edge.marker ? " where " + edge.marker->str() : ""));
    }
    return texts;
}

TEST(Edge, an_extra_in_the_marker_becomes_the_edges_own) {
    using Texts = std::vector<std::string>;
    EXPECT_EQ(edges_of("six>=1"), Texts{"six"});
    EXPECT_EQ(edges_of("six; sys_platform == 'win32'"),
              Texts{"six where sys_platform == \"win32\""});
    EXPECT_EQ(edges_of("six; extra == 'a'"), Texts{"a: six"});
    EXPECT_EQ(edges_of("six; extra == 'A_b' and os_name == 'nt'"),
              Texts{"a-b: six where os_name == \"nt\""});
    EXPECT_EQ(edges_of("six; extra == 'b' or extra == 'a'"), (Texts{"a: six", "b: six"}));
    EXPECT_EQ(edges_of("six; extra == 'a' or sys_platform == 'win32'"),
              (Texts{"six where sys_platform == \"win32\"", "a: six"}));
}

/// uv's pylock.toml has names in normal form; poetry looks for the one that the index has.
TEST(Document, a_file_is_called_as_the_index_calls_it) {
    lock::FileSource source{.url = "https://example.org/PySocks-1.7.1-py3-none-any.whl"};
    EXPECT_EQ(name_on_index("pysocks-1.7.1-py3-none-any.whl", source),
              "PySocks-1.7.1-py3-none-any.whl");
    source.url = "https://example.org/download?id=7";
    EXPECT_EQ(name_on_index("pysocks-1.7.1.tar.gz", source), "pysocks-1.7.1.tar.gz");
    EXPECT_EQ(name_on_index("pysocks-1.7.1.tar.gz", {}), "pysocks-1.7.1.tar.gz");
}

TEST(Edge, str_is_a_requirement_again) {
    for (std::string_view text :
         {"six<2,>=1", "requests[security,socks]", "six ; sys_platform == \"win32\"",
          "six ; extra == \"a\"", "six ; sys_platform == \"win32\" and extra == \"a\"",
          "six @ https://example.org/six-1.0.tar.gz"}) {
        std::vector<Edge> edges = Edge::from(*pep::Requirement::parse(text));
        ASSERT_EQ(edges.size(), 1u);
        EXPECT_EQ(edges[0].str(), pep::Requirement::parse(text)->str());
    }
}

Document document_with(std::initializer_list<std::pair<const char*, const char*>> entries) {
    Document document;
    for (const auto& [name, version] : entries) {
        document.add({.name = pep::Name::of(name), .version = *pep::Version::parse(version)}, {});
    }
    return document;
}

TEST(EntryIndex, targets_are_told_apart_by_version_then_by_specifiers) {
    Document document = document_with({{"a", "1"}, {"b", "1"}, {"a", "2"}});
    EntryIndex index(document);
    Edge edge{.name = pep::Name::of("a")};
    EXPECT_EQ(index.targets(edge), (std::vector<uint32_t>{0, 2}));
    edge.specifiers = *pep::Specifiers::parse(">1");
    EXPECT_EQ(index.targets(edge), std::vector<uint32_t>{2});
    edge.version = *pep::Version::parse("1.0");
    EXPECT_EQ(index.targets(edge), std::vector<uint32_t>{0});
    edge = {.name = pep::Name::of("a"), .specifiers = *pep::Specifiers::parse(">7")};
    EXPECT_EQ(index.targets(edge), (std::vector<uint32_t>{0, 2}));
    edge.name = pep::Name::of("c");
    EXPECT_TRUE(index.targets(edge).empty());
}

TEST(Document, removing_keeps_entries_and_their_facts_together) {
    Document document = document_with({{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}});
    for (size_t i = 0; i < document.facts.size(); ++i) {
        document.facts[i].summary = document.lock.packages[i].name.str();
    }
    std::vector<uint32_t> gone = {0, 2};
    document.remove(gone);
    ASSERT_EQ(document.facts.size(), 2u);
    ASSERT_EQ(document.lock.packages.size(), 2u);
    EXPECT_EQ(document.facts[0].summary, "b");
    EXPECT_EQ(document.lock.packages[1].name.str(), document.facts[1].summary);
}

} // namespace
} // namespace pawl::exchange
