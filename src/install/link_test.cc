#include "install/link.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/fs.h"

namespace pawl::install {
namespace {

/// Which of reflinks and hard links there are is found out by whoever comes first; the others,
/// which are just on their way, must not take that for "neither".
TEST(Linker, threads_that_find_out_together_what_there_is_copy_nothing) {
    constexpr int threads = 8, rounds = 40;
    fs::TemporaryDirectory directory =
        std::move(*fs::TemporaryDirectory::create("/tmp", "pawl-link-"));
    std::string source = directory.path() + "/source";
    ASSERT_TRUE(fs::write_new(source, "content", 0444));
    for (int round = 0; round < rounds; ++round) {
        Linker linker(LinkMode::automatic);
        std::atomic<int> waiting = threads;
        std::atomic<int> failed = 0;
        std::vector<std::jthread> workers;
        for (int i = 0; i < threads; ++i) {
            std::string to =
                directory.path() + "/" + std::to_string(round) + "-" + std::to_string(i);
            workers.emplace_back([&, to] {
                LinkRoute route;
                --waiting;
                while (waiting > 0) {
                    std::this_thread::yield();
                }
                failed += linker.place(source, to, route) ? 0 : 1;
            });
        }
        workers.clear();
        EXPECT_EQ(failed, 0);
        EXPECT_FALSE(linker.fell_back());
    }
}

TEST(Linker, goes_from_directory_to_directory) {
    fs::TemporaryDirectory directory =
        std::move(*fs::TemporaryDirectory::create("/tmp", "pawl-link-"));
    const std::string& root = directory.path();
    for (std::string_view name : {"from/a", "from/ab", "to/a", "to/ab"}) {
        ASSERT_TRUE(fs::make_directories(root + "/" + std::string(name)));
    }
    Linker linker(LinkMode::hardlink);
    LinkRoute route;
    for (std::string_view name : {"a/one", "ab/one", "a/two", "ab/two", "ab/three"}) {
        std::string source = root + "/from/" + std::string(name);
        ASSERT_TRUE(fs::write_new(source, name, 0444));
        ASSERT_TRUE(linker.place(source, root + "/to/" + std::string(name), route));
        EXPECT_EQ(*fs::read(root + "/to/" + std::string(name)), name);
    }
    Result<> missing = linker.place(root + "/from/none/x", root + "/to/a/x", route);
    EXPECT_FALSE(missing);
}

} // namespace
} // namespace pawl::install
