#include "archive/zip_writer.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "archive/zip_forge_test.h"
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

/// What real zips have and we never write: descriptors, extra fields, comments, other modes, a
/// directory in another order, zip64 fields that nobody needed.
std::string odd_zip() {
    using forge::field;
    std::string descriptor;
    append_number<uint32_t>(descriptor, 0x08074b50);
    append_number<uint32_t>(descriptor, forge::crc("later"));
    append_number<uint32_t>(descriptor, 5);
    append_number<uint32_t>(descriptor, 5);
    std::string times = field(0x5455, std::string("\1\0\0\0\0", 5));
    forge::Member wide{.name = "wide", .content = "w", .begin = 0xffffffff};
    forge::Member gone{.name = "gone", .content = "taken out"};
    forge::Member late{.name = "later", .content = "later", .flags = 8, .mode = 0100664};
    late.descriptor = descriptor;
    late.extra_local = times;
    late.extra_central = times;
    late.comment = "a comment";
    std::string head = forge::make({gone, late});
    append_number<uint64_t>(wide.extra_central, head.find("PK\1\2"));
    wide.extra_central = field(1, wide.extra_central);
    return forge::make({gone, late, wide}, {.comment = "of the whole"});
}

TEST(ZipWriter, a_member_of_another_zip_stays_bit_for_bit) {
    std::string before = odd_zip();
    Result<ZipReader> reader = ZipReader::open(before);
    ASSERT_TRUE(reader) << reader.error().message;
    ZipWriter writer;
    ASSERT_TRUE(writer.add_verbatim(*reader->find("later"), *reader));
    ASSERT_TRUE(writer.add_verbatim(*reader->find("wide"), *reader));
    EXPECT_FALSE(writer.add("wide", "twice"));
    ASSERT_TRUE(writer.add("new", "new"));
    std::string after = writer.finish(reader->comment());
    Result<ZipReader> again = ZipReader::open(after);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->comment(), "of the whole");
    ASSERT_EQ(again->entries().size(), 3U);
    EXPECT_EQ(*again->read(*again->find("new"), 10), "new");
    for (std::string_view name : {"later", "wide"}) {
        EXPECT_EQ(again->member_bytes(*again->find(name)),
                  reader->member_bytes(*reader->find(name)));
        std::string entry(again->directory_entry(*again->find(name)));
        std::string old(reader->directory_entry(*reader->find(name)));
        ASSERT_EQ(entry.size(), old.size());
        if (name == "later") { // but for the four bytes that say where
            entry.replace(42, 4, "....");
            old.replace(42, 4, "....");
            EXPECT_EQ(entry, old);
        }
    }
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
