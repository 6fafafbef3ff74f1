#include "base/fs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace pawl::fs {

static TemporaryDirectory scratch() {
    auto directory = TemporaryDirectory::create("/tmp", "pawl-fs-test-");
    EXPECT_TRUE(directory);
    return std::move(*directory);
}

TEST(Fs, atomic_writes_replace_links_and_leave_nothing_beside) {
    TemporaryDirectory directory = scratch();
    std::string victim = join(directory.path(), "victim");
    std::string link = join(directory.path(), "link");
    ASSERT_TRUE(write_new(victim, "old"));
    ASSERT_TRUE(symlink(victim, link));
    ASSERT_TRUE(write_atomic(link, "new", 0600));
    EXPECT_EQ(*read(victim), "old");
    EXPECT_EQ(*read(link), "new");
    EXPECT_EQ((*lstat(link))->type, FileStat::Type::file);
    EXPECT_EQ((*stat(link))->mode, 0600u);
    EXPECT_EQ(list(directory.path())->size(), 2u);
}

TEST(Fs, a_replaced_file_stays_its_owners) {
    TemporaryDirectory directory = scratch();
    std::string path = join(directory.path(), "file");
    std::string link = join(directory.path(), "link");
    ASSERT_TRUE(write_new(path, "old"));
    constexpr uint32_t somebody = 12345;
    const bool is_given = chown(path.c_str(), somebody, getegid()) == 0; // as only root may
    const uint32_t owner = is_given ? somebody : geteuid();
    ASSERT_TRUE(set_mode(path, 0640));
    ASSERT_TRUE(symlink(path, link));
    ASSERT_TRUE(replace_content(path, "new"));
    EXPECT_EQ(*read(path), "new");
    EXPECT_EQ((*lstat(path))->owner, owner);
    EXPECT_EQ((*lstat(path))->mode, 0640u);
    ASSERT_TRUE(replace_content(link, "not the file"));
    EXPECT_EQ((*lstat(link))->owner, geteuid());
    EXPECT_EQ(*read(path), "new");
}

TEST(Fs, reading_refuses_what_is_no_regular_file_and_what_is_too_large) {
    TemporaryDirectory directory = scratch();
    std::string fifo = join(directory.path(), "fifo");
    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_FALSE(read(fifo));
    EXPECT_FALSE(read(directory.path()));
    ASSERT_TRUE(write_new(join(directory.path(), "big"), std::string(1000, 'x')));
    EXPECT_FALSE(read(join(directory.path(), "big"), 999));
    EXPECT_EQ(read(join(directory.path(), "big"), 1000)->size(), 1000u);
    EXPECT_GT(read("/proc/self/status")->size(), 0u); // announces no size
    auto absent = read(join(directory.path(), "absent"));
    ASSERT_FALSE(absent);
    EXPECT_NE(absent.error().message.find("absent"), std::string::npos);
}

TEST(Fs, trees_are_removed_without_following_links) {
    TemporaryDirectory directory = scratch();
    std::string outside = join(directory.path(), "outside");
    std::string tree = join(directory.path(), "tree");
    ASSERT_TRUE(write_new(outside, "kept"));
    ASSERT_TRUE(make_directories(join(tree, "a/b")));
    ASSERT_TRUE(symlink(directory.path(), join(tree, "a/up")));
    ASSERT_TRUE(set_mode(join(tree, "a"), 0500));
    ASSERT_TRUE(remove_tree(tree));
    EXPECT_FALSE(exists(tree));
    EXPECT_EQ(*read(outside), "kept");
    EXPECT_TRUE(remove_tree(tree));
}

TEST(Fs, a_rename_to_a_taken_name_is_busy) {
    TemporaryDirectory directory = scratch();
    ASSERT_TRUE(make_directories(join(directory.path(), "a")));
    ASSERT_TRUE(make_directories(join(directory.path(), "b")));
    auto renamed = rename_new(join(directory.path(), "a"), join(directory.path(), "b"));
    ASSERT_FALSE(renamed);
    EXPECT_EQ(renamed.error().kind, Error::Kind::busy);
}

TEST(Fs, copies_and_maps_hold_the_same_bytes) {
    TemporaryDirectory directory = scratch();
    std::string from = join(directory.path(), "from");
    std::string to = join(directory.path(), "to");
    ASSERT_TRUE(write_new(from, "bytes", 0755));
    ASSERT_TRUE(copy_file(from, to));
    EXPECT_EQ(MappedFile::open(to)->bytes(), "bytes");
    EXPECT_EQ((*stat(to))->mode, 0755u);
    ASSERT_TRUE(write_new(join(directory.path(), "empty"), ""));
    EXPECT_EQ(MappedFile::open(join(directory.path(), "empty"))->bytes(), "");
}

TEST(Fs, a_lock_is_held_until_it_is_dropped) {
    TemporaryDirectory directory = scratch();
    std::string path = join(directory.path(), "lock");
    {
        auto first = FileLock::acquire(path, FileLock::Mode::exclusive, 0);
        ASSERT_TRUE(first);
        auto second = FileLock::acquire(path, FileLock::Mode::shared, 20);
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().kind, Error::Kind::busy);
    }
    EXPECT_TRUE(FileLock::acquire(path, FileLock::Mode::exclusive, 0));
}

TEST(Fs, paths_as_text) {
    EXPECT_EQ(join("a", "b"), "a/b");
    EXPECT_EQ(join("a/", "b"), "a/b");
    EXPECT_EQ(join("a", "/b"), "/b");
    EXPECT_EQ(parent("/a/b"), "/a");
    EXPECT_EQ(parent("b"), ".");
    EXPECT_EQ(parent("/b"), "/");
    EXPECT_EQ(base_name("/a/b/"), "b");
    EXPECT_EQ(normalize("a/./b/../../../c"), "../c");
    EXPECT_EQ(normalize("/../a//b/"), "/a/b");
}

TEST(Fs, a_recording_sees_this_threads_accesses) {
    Recording recording;
    EXPECT_FALSE(exists("/no/such/file"));
    EXPECT_EQ(recording.count("stat"), 1u);
    EXPECT_EQ(recording.accesses()[0].path, "/no/such/file");
}

} // namespace pawl::fs
