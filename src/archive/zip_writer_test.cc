#include "archive/zip_writer.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "archive/zip_reader.h"

namespace pawl::archive {
namespace {

TEST(ZipWriter, our_reader_gets_back_what_was_written) {
    ZipWriter writer(Timestamp{1'700'000'000'000'000});
    std::string text(10'000, 'x');
    ASSERT_TRUE(writer.add("p/a.py", text));
    ASSERT_TRUE(writer.add("p/run", "#!", {.is_executable = true}));
    ASSERT_TRUE(writer.add("p/ü", text, {.stored = true}));
    ASSERT_TRUE(writer.add("p/empty", ""));
    ASSERT_TRUE(writer.add_directory("p/d"));
    std::string bytes = writer.finish();
    Result<ZipReader> reader = ZipReader::open(bytes);
    ASSERT_TRUE(reader) << reader.error().message;
    ASSERT_EQ(reader->entries().size(), 5U);
    EXPECT_EQ(*reader->read(reader->entries()[0], 10'000), text);
    EXPECT_LT(reader->entries()[0].packed_bytes, 100U);
    EXPECT_TRUE(reader->find("p/run")->is_executable);
    EXPECT_EQ(reader->find("p/ü")->packed_bytes, 10'000U);
    EXPECT_TRUE(reader->find("p/d")->is_directory);
}

TEST(ZipWriter, the_same_content_gives_the_same_bytes) {
    auto make = [] {
        ZipWriter writer;
        EXPECT_TRUE(writer.add("a", "1"));
        EXPECT_TRUE(writer.add("b", std::string(500, '2')));
        return writer.finish();
    };
    EXPECT_EQ(make(), make());
    std::string plain = make();
    ::setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
    EXPECT_EQ(reproducible_time().microseconds, 1'700'000'000'000'000);
    EXPECT_NE(make(), plain);
    for (const char* odd : {"", "0", "x", "99999999999999999999", "-5"}) {
        SCOPED_TRACE(odd);
        ::setenv("SOURCE_DATE_EPOCH", odd, 1);
        EXPECT_EQ(make(), plain);
    }
    ::unsetenv("SOURCE_DATE_EPOCH");
}

TEST(ZipWriter, refuses_what_our_reader_would_refuse) {
    ZipWriter writer;
    EXPECT_TRUE(writer.add("a", "1"));
    EXPECT_FALSE(writer.add("a", "2"));
    EXPECT_FALSE(writer.add("../a", "2"));
    EXPECT_FALSE(writer.add("", "2"));
}

TEST(ZipWriter, members_of_another_zip_are_taken_over_as_they_are_packed) {
    ZipWriter first;
    ASSERT_TRUE(first.add("a.py", std::string(5'000, 'y'), {.is_executable = true}));
    std::string bytes = first.finish();
    Result<ZipReader> reader = ZipReader::open(bytes);
    ASSERT_TRUE(reader);
    ZipWriter second;
    ASSERT_TRUE(second.add("before", "1"));
    ASSERT_TRUE(second.add_packed(reader->entries()[0], *reader->packed(reader->entries()[0])));
    std::string copied = second.finish();
    Result<ZipReader> again = ZipReader::open(copied);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again->read(*again->find("a.py"), 5'000), std::string(5'000, 'y'));
    EXPECT_TRUE(again->find("a.py")->is_executable);
}

TEST(ZipWriter, more_than_65535_members_need_zip64) {
    ZipWriter writer;
    std::string text(40, 't');
    for (int i = 0; i < 65'540; ++i) {
        ASSERT_TRUE(writer.add("f" + std::to_string(i), text, {.stored = true}));
    }
    std::string bytes = writer.finish();
    Result<ZipReader> reader = ZipReader::open(bytes);
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_EQ(reader->entries().size(), 65'540U);
}

} // namespace
} // namespace pawl::archive
