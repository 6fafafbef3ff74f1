#include <gtest/gtest.h>

#include "archive/sdist.h"
#include "archive/zip_reader.h"
#include "test/support/test_index.h"

namespace pawl::test {
namespace {

constexpr std::string_view text = R"(
# two releases
release Foo.Bar 1.0
  requires baz>=2 ; extra == "speed"
  python >=3.8
  yanked broken
  wheel
  wheel 1-cp312-cp312-linux_x86_64
  sdist
  file foo_bar/__init__.py
  | x = 1
  |
  |   y
  script foo = foo_bar:main
index second
status baz archived Not needed
release baz 2.0
)";

TEST(World, is_read_with_places_and_contents) {
    auto world = World::parse(text);
    ASSERT_TRUE(world) << world.error().message;
    ASSERT_EQ(world->releases.size(), 2u);
    const Release& foo = world->releases[0];
    EXPECT_EQ(foo.yanked, "broken");
    EXPECT_EQ(foo.wheels.size(), 2u);
    EXPECT_EQ(foo.files[0].content, "x = 1\n\n  y\n");
    EXPECT_EQ(world->releases[1].index, "second");
    EXPECT_EQ(world->releases[1].wheels, std::vector<std::string>{"py3-none-any"});
    EXPECT_EQ(world->statuses[0].reason, "Not needed");
}

TEST(World, says_which_line_is_wrong) {
    auto world = World::parse("release a 1\nnonsense here\n");
    ASSERT_FALSE(world);
    EXPECT_NE(world.error().message.find("line 2"), std::string::npos);
    EXPECT_FALSE(World::parse("requires a\n"));
    EXPECT_FALSE(World::parse("release a\n"));
}

TEST(World, makes_wheels_that_our_reader_takes) {
    auto world = World::parse(text);
    auto files = build_files(world->releases[0]);
    ASSERT_TRUE(files) << files.error().message;
    ASSERT_EQ(files->size(), 3u);
    EXPECT_EQ((*files)[0].file_name, "foo_bar-1.0-py3-none-any.whl");
    EXPECT_EQ((*files)[1].file_name, "foo_bar-1.0-1-cp312-cp312-linux_x86_64.whl");
    auto zip = archive::ZipReader::open((*files)[0].bytes);
    ASSERT_TRUE(zip) << zip.error().message;
    const auto* metadata = zip->find("foo_bar-1.0.dist-info/METADATA");
    ASSERT_NE(metadata, nullptr);
    EXPECT_EQ(*zip->read(*metadata, 1 << 20), (*files)[0].metadata);
    EXPECT_NE((*files)[0].metadata.find("Provides-Extra: speed\n"), std::string::npos);
}

TEST(World, makes_sdists_that_our_reader_takes) {
    auto world = World::parse(text);
    auto files = build_files(world->releases[0]);
    const BuiltFile& sdist = files->back();
    EXPECT_EQ(sdist.file_name, "foo_bar-1.0.tar.gz");
    auto info = archive::read_pkg_info(sdist.bytes, sdist.file_name);
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_EQ(*info, metadata_text(world->releases[0], true));
}

TEST(World, gives_the_same_bytes_for_the_same_text) {
    auto world = World::parse(text);
    auto once = build_files(world->releases[0]);
    auto again = build_files(world->releases[0]);
    for (size_t i = 0; i < once->size(); ++i) {
        EXPECT_EQ((*once)[i].bytes, (*again)[i].bytes);
    }
}

} // namespace
} // namespace pawl::test
