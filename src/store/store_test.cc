#include "store/store.h"

#include <csignal>

#include "store/store_fixture_test.h"

namespace pawl::store {
namespace {

TEST_F(StoreTest, opening_makes_nothing) {
    EXPECT_FALSE(fs::exists(store.directory()));
    std::string made = *store.make_path("http");
    EXPECT_TRUE(fs::is_directory(made));
    EXPECT_EQ((*fs::stat(store.directory()))->mode, 0700U);
}

TEST_F(StoreTest, a_directory_that_others_may_write_to_is_refused) {
    std::string path = directory_.path() + "/shared";
    ASSERT_TRUE(fs::make_directories(path));
    for (uint32_t mode : {0777U, 01777U, 0757U}) {
        SCOPED_TRACE(mode);
        ASSERT_TRUE(fs::set_mode(path, mode));
        Result<Store> opened = Store::open(path);
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().kind, Error::Kind::refused);
        EXPECT_NE(opened.error().message.find("hint: "), std::string::npos);
    }
    ASSERT_TRUE(fs::set_mode(path, 0755));
    EXPECT_TRUE(Store::open(path));
    ASSERT_TRUE(fs::write_new(directory_.path() + "/file", ""));
    EXPECT_FALSE(Store::open(directory_.path() + "/file"));
}

TEST_F(StoreTest, a_directory_of_another_user_is_refused) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root can give a directory away";
    }
    std::string path = directory_.path() + "/theirs";
    ASSERT_TRUE(fs::make_directories(path));
    ASSERT_EQ(::chown(path.c_str(), 12345, 12345), 0);
    Result<Store> opened = Store::open(path);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find("another user"), std::string::npos);
}

TEST_F(StoreTest, the_place_of_the_cache_follows_the_environment) {
    auto with = [](const char* own, const char* xdg, const char* home) {
        ::setenv("PAWL_CACHE_DIR", own, 1);
        ::setenv("XDG_CACHE_HOME", xdg, 1);
        ::setenv("HOME", home, 1);
        return default_directory().value_or("none");
    };
    std::string home = ::getenv("HOME") == nullptr ? "" : ::getenv("HOME");
    EXPECT_EQ(with("/a/b", "/x", "/home/u"), "/a/b");
    EXPECT_EQ(with("", "/x", "/home/u"), "/x/pawl");
    EXPECT_EQ(with("", "relative", "/home/u"), "/home/u/.cache/pawl");
    EXPECT_NE(with("", "", ""), "/.cache/pawl");
    ::setenv("HOME", home.c_str(), 1);
    ::unsetenv("PAWL_CACHE_DIR");
    ::unsetenv("XDG_CACHE_HOME");
}

TEST_F(StoreTest, a_staging_that_is_not_published_leaves_nothing) {
    {
        Staging staging = *store.begin();
        ASSERT_TRUE(fs::write_new(staging.path() + "/file", "x"));
        EXPECT_EQ(count("tmp"), 1U);
    }
    EXPECT_EQ(count("tmp"), 0U);
}

TEST_F(StoreTest, who_comes_second_takes_the_first_ones_entry) {
    auto publish_text = [&](const char* text) {
        Staging staging = *store.begin();
        EXPECT_TRUE(fs::write_new(staging.path() + "/file", text));
        return store.publish(std::move(staging), store.path("builds") + "/one");
    };
    EXPECT_TRUE(*publish_text("first"));
    EXPECT_FALSE(*publish_text("second"));
    EXPECT_EQ(*fs::read(store.path("builds/one/file")), "first");
    EXPECT_EQ(count("tmp"), 0U);
}

TEST_F(StoreTest, many_processes_publish_one_entry_once) {
    constexpr int processes = 12;
    int gate[2];
    ASSERT_EQ(::pipe(gate), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < processes; ++i) {
        pid_t child = ::fork();
        if (child == 0) {
            ::close(gate[1]);
            char byte = 0;
            static_cast<void>(::read(gate[0], &byte, 1)); // until all are there
            Result<WheelEntry> entry = publish("same", "y", Sha256::hex_of("same"));
            bool good = entry && entry->manifest.name == "same" && verify_wheel(*entry);
            ::_exit(good ? 0 : 1);
        }
        children.push_back(child);
    }
    ::close(gate[0]);
    ::close(gate[1]);
    for (pid_t child : children) {
        EXPECT_EQ(wait_for(child), 0);
    }
    EXPECT_EQ(count("wheels"), 1U);
    EXPECT_EQ(count("tmp"), 0U);
}

TEST_F(StoreTest, killed_at_any_moment_an_entry_is_whole_or_absent) {
    std::string sha256 = Sha256::hex_of("killed");
    int whole = 0;
    for (int round = 0; round < 120; ++round) {
        SCOPED_TRACE(round);
        pid_t child = ::fork();
        if (child == 0) {
            static_cast<void>(publish("killed", std::string(20'000, 'k'), sha256));
            ::_exit(0);
        }
        ::usleep(static_cast<useconds_t>(round * round));
        ::kill(child, SIGKILL);
        wait_for(child);
        Result<std::optional<WheelEntry>> found = find_wheel(store, sha256);
        ASSERT_TRUE(found) << found.error().message;
        if (*found) {
            ++whole;
            Result<> verified = verify_wheel(**found);
            EXPECT_TRUE(verified) << verified.error().message;
            ASSERT_TRUE(store.discard((*found)->directory));
        }
    }
    EXPECT_GT(whole, 0) << "the last rounds are slow enough";
    EXPECT_LT(whole, 120) << "the first rounds are fast enough";
}

} // namespace
} // namespace pawl::store
