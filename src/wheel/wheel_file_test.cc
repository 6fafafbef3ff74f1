#include "wheel/wheel_file.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "wheel/wheel_text_test.h"

namespace pawl::wheel {
namespace {

WheelText demo() {
    WheelText text;
    text.files["demo/__init__.py"] = std::string(3'000, 'x');
    text.entry_points = "[console_scripts]\ndemo = demo:main\n";
    return text;
}

WheelFile opened(const WheelText& text, const std::string& bytes) {
    Result<WheelFile> wheel = WheelFile::open(bytes, text.file_name());
    if (!wheel) {
        ADD_FAILURE() << wheel.error().message;
    }
    check(wheel.has_value());
    return std::move(*wheel);
}

std::string locked(const std::string& bytes, std::string_view name, std::string_view lock) {
    Result<std::string> done = opened(demo(), bytes).with_lock(name, lock);
    if (!done) {
        ADD_FAILURE() << done.error().message;
    }
    return done.value_or("");
}

TEST(WheelFile, a_lock_goes_in_and_every_other_byte_stays) {
    std::string before = demo().bytes();
    std::string after = locked(before, "", "the lock\n");
    WheelFile wheel = opened(demo(), after);
    ASSERT_EQ(wheel.locks().locks.size(), 1U);
    EXPECT_EQ(*wheel.lock_text(wheel.locks().locks[0]), "the lock\n");
    EXPECT_TRUE(wheel.check_record());
    archive::ZipReader old = *archive::ZipReader::open(before);
    archive::ZipReader now = *archive::ZipReader::open(after);
    ASSERT_EQ(now.entries().size(), old.entries().size() + 1);
    for (const archive::ZipEntry& entry : old.entries()) {
        const archive::ZipEntry* same = now.find(entry.path);
        ASSERT_NE(same, nullptr) << entry.path;
        if (entry.path != "demo-1.0.dist-info/RECORD") {
            EXPECT_EQ(now.member_bytes(*same), old.member_bytes(entry)) << entry.path;
        }
    }
    EXPECT_EQ(now.entries().back().path, "demo-1.0.dist-info/RECORD");
}

TEST(WheelFile, the_same_lock_gives_the_same_bytes_and_a_new_one_takes_the_place_of_the_old) {
    std::string before = demo().bytes();
    std::string once = locked(before, "", "one");
    EXPECT_EQ(locked(before, "", "one"), once);
    EXPECT_EQ(locked(once, "", "one"), once);
    EXPECT_EQ(locked(once, "", "two"), locked(before, "", "two"));
    ::setenv("SOURCE_DATE_EPOCH", "today", 1);
    EXPECT_EQ(locked(before, "", "one"), once) << "what is no number says nothing";
    ::setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
    std::string later = locked(before, "", "one");
    ::unsetenv("SOURCE_DATE_EPOCH");
    EXPECT_NE(later, once);
    EXPECT_EQ(later.size(), once.size());
}

TEST(WheelFile, holds_several_locks_by_name) {
    std::string bytes = locked(locked(demo().bytes(), "", "default"), "lts", "long");
    WheelFile wheel = opened(demo(), bytes);
    ASSERT_EQ(wheel.locks().locks.size(), 2U);
    EXPECT_EQ(*wheel.lock_text(**choose_lock(wheel.locks(), "lts")), "long");
    EXPECT_EQ(*wheel.lock_text(**choose_lock(wheel.locks(), "")), "default");
    Result<std::string> bad = opened(demo(), bytes).with_lock("a.b", "x");
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().kind, Error::Kind::usage);
}

TEST(WheelFile, a_lock_that_record_does_not_list_is_nobodys) {
    std::string bytes = demo().bytes();
    archive::ZipReader zip = *archive::ZipReader::open(bytes);
    std::string path = "demo-1.0.dist-info/pylock/pylock.toml";
    for (bool is_listed : {false, true}) {
        archive::ZipWriter writer;
        for (const archive::ZipEntry& entry : zip.entries()) {
            if (!entry.path.ends_with("/RECORD")) {
                ASSERT_TRUE(writer.add_verbatim(entry, zip));
            }
        }
        ASSERT_TRUE(writer.add(path, "smuggled"));
        std::string record = *zip.read(*zip.find("demo-1.0.dist-info/RECORD"), 10'000);
        if (is_listed) {
            append_record_row(record, path, Sha256::of("another"), 8);
        }
        ASSERT_TRUE(writer.add("demo-1.0.dist-info/RECORD", record));
        std::string changed = writer.finish();
        WheelFile wheel = opened(demo(), changed);
        Result<std::string> text = wheel.lock_text(wheel.locks().locks[0]);
        ASSERT_FALSE(text);
        EXPECT_EQ(text.error().kind, Error::Kind::integrity);
        EXPECT_EQ(wheel.check_record().has_value(), !is_listed);
    }
}

TEST(WheelFile, a_signed_wheel_is_left_alone) {
    WheelText text = demo();
    text.files["demo-1.0.dist-info/RECORD.jws"] = "{}";
    std::string bytes = text.bytes();
    Result<std::string> done = opened(text, bytes).with_lock("", "x");
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, Error::Kind::permission);
}

TEST(WheelFile, rows_of_record_stay_as_they_are_written) {
    WheelText text = demo();
    text.files["demo/a,b.txt"] = "quoted in RECORD";
    std::string before = text.bytes();
    std::string after = *opened(text, before).with_lock("", "lock");
    archive::ZipReader old = *archive::ZipReader::open(before);
    archive::ZipReader now = *archive::ZipReader::open(after);
    std::string record_path = "demo-1.0.dist-info/RECORD";
    std::string old_record = *old.read(*old.find(record_path), 10'000);
    std::string record = *now.read(*now.find(record_path), 10'000);
    std::string own = record_path + ",,\n";
    ASSERT_TRUE(old_record.ends_with(own));
    EXPECT_TRUE(record.starts_with(old_record.substr(0, old_record.size() - own.size())));
    EXPECT_TRUE(record.ends_with(own));
}

} // namespace
} // namespace pawl::wheel
