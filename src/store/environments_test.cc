#include "store/environments.h"

#include <csignal>

#include <fcntl.h>
#include <sys/stat.h>

#include "store/store_fixture_test.h"
#include "store/upkeep.h"

namespace pawl::store {
namespace {

constexpr const char* digest = "00112233445566778899aabbccddeeff";

class EnvironmentsTest : public StoreTest {
  protected:
    EnvironmentEntry add_environment(std::string_view name, std::vector<std::string> wheels = {}) {
        Staging staging = *store.begin();
        EXPECT_TRUE(fs::write_new(staging.path() + "/pyvenv.cfg", "home = /usr/bin\n"));
        return *publish_environment(store, std::move(staging), name, {.wheels = wheels});
    }
    bool has_environment(std::string_view name) {
        return find_environment(store, name)->has_value();
    }
};

TEST_F(EnvironmentsTest, an_environment_is_found_by_its_digest) {
    EXPECT_FALSE(has_environment(digest));
    EnvironmentEntry made = add_environment(digest);
    EXPECT_EQ(made.directory, *environment_path(store, digest));
    EXPECT_TRUE(has_environment(digest));
    EXPECT_TRUE(fs::exists(made.directory + "/pyvenv.cfg"));
}

TEST_F(EnvironmentsTest, who_comes_second_gets_the_first_ones) {
    EnvironmentEntry first = add_environment(digest);
    ASSERT_TRUE(fs::write_new(first.directory + "/first", ""));
    EnvironmentEntry second = add_environment(digest);
    EXPECT_TRUE(fs::exists(second.directory + "/first"));
    EXPECT_EQ(count("tmp"), 0U);
}

TEST_F(EnvironmentsTest, after_a_restart_an_environment_is_made_anew) {
    std::string path = add_environment(digest).directory;
    forget_boot(path);
    EXPECT_FALSE(has_environment(digest));
    EXPECT_FALSE(fs::exists(path));
    path = add_environment(digest).directory;
    ASSERT_TRUE(settle(store, std::vector{path}));
    EXPECT_TRUE(has_environment(digest));
}

TEST_F(EnvironmentsTest, what_is_in_use_is_neither_pruned_nor_cleaned) {
    std::string wheel = add_wheel("p");
    std::string unused = add_wheel("unused");
    std::optional<EnvironmentEntry> entry = add_environment(digest, {wheel});
    add_environment("ffffffffffffffffffff");
    Removed removed = *prune(store, {.environment_age_us = -1});
    EXPECT_EQ(removed.kept_in_use, 1U);
    EXPECT_TRUE(fs::exists(entry->directory));
    EXPECT_FALSE(has_environment("ffffffffffffffffffff"));
    EXPECT_TRUE((*find_wheel(store, wheel)).has_value());
    EXPECT_FALSE((*find_wheel(store, unused)).has_value());

    removed = *clean(store);
    EXPECT_EQ(removed.kept_in_use, 2U) << "the environment and its wheel";
    EXPECT_TRUE((*find_wheel(store, wheel)).has_value());
    entry.reset();
    removed = *clean(store);
    EXPECT_EQ(removed.kept_in_use, 0U);
    EXPECT_EQ(count("envs") + count("wheels") + count("tmp"), 0U);
}

TEST_F(EnvironmentsTest, a_lease_lives_over_exec_and_dies_with_its_process) {
    std::string path = add_environment(digest).directory;
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    pid_t child = ::fork();
    if (child == 0) {
        std::optional<EnvironmentEntry> entry = *find_environment(store, digest);
        if (!entry || !entry->lease.keep_over_exec()) {
            ::_exit(1);
        }
        ::dup2(ready[1], 1);
        ::execl("/bin/sh", "sh", "-c", "echo; exec sleep 100", nullptr);
        ::_exit(2);
    }
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    EXPECT_EQ(prune(store, {.environment_age_us = -1})->kept_in_use, 1U);
    EXPECT_TRUE(fs::exists(path));
    ::kill(child, SIGKILL);
    wait_for(child);
    EXPECT_EQ(prune(store, {.environment_age_us = -1})->kept_in_use, 0U);
    EXPECT_FALSE(fs::exists(path));
}

TEST_F(EnvironmentsTest, only_old_environments_are_pruned) {
    std::string path = add_environment(digest).directory;
    EXPECT_EQ(prune(store)->entries, 0U);
    EXPECT_TRUE(fs::exists(path));
    struct timespec long_ago[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), long_ago, 0), 0);
    EXPECT_TRUE(has_environment(digest)); // a use makes it young again
    EXPECT_EQ(prune(store)->entries, 0U);
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), long_ago, 0), 0);
    EXPECT_EQ(prune(store)->entries, 1U);
    EXPECT_FALSE(fs::exists(path));
}

TEST_F(EnvironmentsTest, roots_keep_wheels_as_long_as_they_exist) {
    std::string wheel = add_wheel("p");
    std::string tool = directory_.path() + "/tool";
    ASSERT_TRUE(fs::make_directories(tool));
    ASSERT_TRUE(add_root(store, tool, std::vector{wheel}));
    EXPECT_EQ(prune(store)->entries, 0U);
    EXPECT_EQ(clean(store)->kept_in_use, 1U);
    EXPECT_TRUE((*find_wheel(store, wheel)).has_value());
    ASSERT_TRUE(fs::remove_tree(tool));
    EXPECT_EQ(prune(store)->entries, 1U);
    EXPECT_FALSE((*find_wheel(store, wheel)).has_value());
    EXPECT_EQ(count("roots"), 0U);
}

TEST_F(EnvironmentsTest, an_installation_keeps_all_wheels) {
    std::string wheel = add_wheel("p");
    {
        UseLease lease = *UseLease::acquire(store);
        // in a process of its own, as it would be
        EXPECT_EQ(in_child([&] { return prune(store, {.wait_ms = 50})->kept_in_use == 1 ? 0 : 1; }),
                  0);
        EXPECT_TRUE((*find_wheel(store, wheel)).has_value());
    }
    EXPECT_EQ(prune(store)->entries, 1U);
}

TEST_F(EnvironmentsTest, rubbish_of_died_builders_is_removed_and_that_of_living_ones_is_not) {
    ASSERT_EQ(in_child([&] {
                  Staging staging = *store.begin();
                  static_cast<void>(fs::write_new(staging.path() + "/half", "x"));
                  ::kill(::getpid(), SIGKILL);
                  return 0;
              }),
              128 + SIGKILL);
    Staging alive = *store.begin();
    EXPECT_EQ(count("tmp"), 2U);
    EXPECT_EQ(prune(store)->entries, 0U) << "too young to be called rubbish";
    Removed removed = *clean(store);
    EXPECT_EQ(removed.entries, 1U);
    EXPECT_TRUE(fs::is_directory(alive.path()));
}

TEST_F(EnvironmentsTest, nothing_unknown_is_ever_removed) {
    std::string wheel = add_wheel("p");
    ASSERT_TRUE(fs::write_new(store.directory() + "/thesis.tex", "years of work"));
    ASSERT_TRUE(fs::make_directories(store.directory() + "/photos"));
    ASSERT_TRUE(clean(store));
    EXPECT_TRUE(fs::exists(store.directory() + "/thesis.tex"));
    EXPECT_TRUE(fs::exists(store.directory() + "/photos"));
    EXPECT_FALSE(fs::exists(store.path("wheels/" + wheel)));
}

TEST_F(EnvironmentsTest, links_out_of_the_cache_are_not_followed_by_clean) {
    std::string victim = directory_.path() + "/victim";
    ASSERT_TRUE(fs::make_directories(victim));
    ASSERT_TRUE(fs::write_new(victim + "/file", "x"));
    ASSERT_TRUE(store.make_path("envs"));
    ASSERT_TRUE(fs::symlink(victim, store.path("envs/link")));
    ASSERT_TRUE(fs::symlink(victim, store.path("http")));
    ASSERT_TRUE(clean(store));
    EXPECT_TRUE(fs::exists(victim + "/file"));
    EXPECT_FALSE(*fs::lstat(store.path("envs/link")));
}

TEST_F(EnvironmentsTest, sizes_are_those_of_the_disk) {
    add_wheel("p", std::string(100'000, 'p'));
    std::vector<SizePart> parts = *size(store);
    ASSERT_FALSE(parts.empty());
    EXPECT_EQ(parts[0].name, "wheels");
    EXPECT_EQ(parts[0].entries, 1U);
    EXPECT_GE(parts[0].bytes, 200'000U);
    EXPECT_LE(parts[0].bytes, 300'000U);
}

TEST_F(EnvironmentsTest, users_and_prunes_in_a_race_never_see_half_an_environment) {
    std::vector<pid_t> children;
    for (int worker = 0; worker < 4; ++worker) {
        pid_t child = ::fork();
        if (child == 0) {
            for (int round = 0; round < 150; ++round) {
                if (worker == 3) {
                    static_cast<void>(prune(store, {.environment_age_us = -1}));
                    continue;
                }
                Result<std::optional<EnvironmentEntry>> entry = find_environment(store, digest);
                if (!entry) {
                    ::_exit(1);
                }
                if (!*entry) {
                    *entry = add_environment(digest);
                }
                ::usleep(100);
                if (!fs::exists((*entry)->directory + "/pyvenv.cfg")) {
                    ::_exit(2);
                }
            }
            ::_exit(testing::Test::HasFailure() ? 3 : 0);
        }
        children.push_back(child);
    }
    for (pid_t child : children) {
        EXPECT_EQ(wait_for(child), 0);
    }
}

} // namespace
} // namespace pawl::store
