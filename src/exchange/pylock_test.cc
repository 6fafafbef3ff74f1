#include <gtest/gtest.h>

#include "base/text.h"
#include "exchange/exchange.h"

namespace pawl::exchange {
namespace {

/// HASHES stands for a table of them.
constexpr const char* template_text = R"(lock-version = "1.0"
requires-python = ">=3.10"
extras = []
dependency-groups = ["dev"]
created-by = "somebody"

[[packages]]
name = "a"
version = "1.0"
dependencies = [
    {name = "b", version = "2.0"},
]
index = "https://example.org/simple"
wheels = [
    {path = "../wheels/a-1.0-py3-none-any.whl", hashes = HASHES},
]

[[packages]]
name = "b"
version = "1.0"
marker = "python_version < \"3.12\""
sdist = {url = "https://example.org/b-1.0.tar.gz", hashes = HASHES}

[[packages]]
name = "b"
version = "2.0"
marker = "python_version >= \"3.12\" and \"dev\" in dependency_groups"
sdist = {url = "https://example.org/b-2.0.tar.gz", hashes = HASHES}

[tool.other]
keep = "this"
)";

const std::string sample =
    replace_all(template_text, "HASHES",
                "{sha256 = \"71a8b0df1f6c79c00cb4036eea4c044939f47705c0be7e47e36998167b63a515\"}");

TEST(Pylock, is_written_as_it_was_read) {
    Context context{.file = "pylock.toml", .directory = "/work/project"};
    Result<Document> document = read(sample, Format::pylock, context);
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_EQ(document->facts[0].edge_knowledge, EdgeKnowledge::entries);
    ASSERT_EQ(document->facts[0].edges.size(), 1u);
    EXPECT_EQ(document->facts[0].edges[0].version->str(), "2.0");
    EXPECT_EQ(document->facts[2].memberships[0].selector.str(), "group \"dev\"");
    Result<Written> written = write(*document, Format::pylock, context);
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(written->text, sample);
}

TEST(Pylock, paths_are_relative_to_where_it_is_written) {
    Context context{.file = "pylock.toml", .directory = "/work/project"};
    Result<Document> document = read(sample, Format::pylock, context);
    ASSERT_TRUE(document) << document.error().message;
    context.directory = "/work/elsewhere/deep";
    Result<Written> written = write(*document, Format::pylock, context);
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_NE(written->text.find("\"../../wheels/a-1.0-py3-none-any.whl\""), std::string::npos);
}

TEST(Pylock, files_without_an_address_are_not_written) {
    Context context{.file = "pylock.toml", .directory = "/work/project"};
    Result<Document> document = read(sample, Format::pylock, context);
    ASSERT_TRUE(document) << document.error().message;
    document->lock.packages[1].sdist->source.url.clear();
    EXPECT_TRUE(missing(*document, Format::pylock).addresses);
    EXPECT_FALSE(write(*document, Format::pylock, context));
}

TEST(Formats, have_names) {
    EXPECT_EQ(*format_named("pylock"), Format::pylock);
    EXPECT_EQ(format_named("ini").error().kind, Error::Kind::usage);
    EXPECT_EQ(format_of_name("pylock.dev.toml"), Format::pylock);
    EXPECT_EQ(format_of_name("dev.toml"), std::nullopt);
}

} // namespace
} // namespace pawl::exchange
