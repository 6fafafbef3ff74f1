// One Client, several threads: one view of the index, each page and each metadata file asked for
// once, and nobody's waiting holds up who has all he needs.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "index/client_fixture_test.h"

namespace pawl::index {
namespace {

constexpr size_t project_count = 40;
constexpr size_t thread_count = 6;

class ClientThreads : public ClientTest {
  protected:
    static std::string project(size_t number) { return "project-" + std::to_string(number); }

    static std::string big_world() {
        std::string text;
        for (size_t i = 0; i < project_count; ++i) {
            text += "release " + project(i) + " 1.0\n  requires " +
                    project((i + 1) % project_count) + "\n";
        }
        return text;
    }
};

TEST_F(ClientThreads, share_what_each_of_them_asked_for) {
    serve(big_world(), {.delay_ms = 2});
    auto shared = client();
    std::atomic<size_t> wrong = 0;
    auto work = [&](size_t thread) {
        std::mt19937 random(static_cast<unsigned>(thread)); // another order for each
        std::vector<size_t> order(project_count);
        for (size_t i = 0; i < order.size(); ++i) {
            order[i] = i;
        }
        std::ranges::shuffle(order, random);
        for (size_t number : order) {
            std::string expected = project((number + 1) % project_count);
            wrong += versions(*shared, project(number)) != "1.0";
            wrong += needs(*shared, project(number)) != expected;
        }
    };
    std::vector<std::thread> threads;
    for (size_t i = 0; i < thread_count; ++i) {
        threads.emplace_back(work, i);
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(wrong, 0U);
    EXPECT_EQ(server_->requests().size(), 2 * project_count);
}

TEST_F(ClientThreads, do_not_wait_for_what_another_one_waits_for) {
    serve("release quick 1.0\nrelease slow 1.0\n");
    auto shared = client();
    EXPECT_EQ(versions(*shared, "quick"), "1.0");
    server_->fail_with({.path = "/simple/slow/", .wire = test::Wire::drip, .times = 1});
    std::atomic<bool> is_slow_done = false;
    std::thread other([&] {
        EXPECT_EQ(versions(*shared, "slow"), "1.0");
        is_slow_done = true;
    });
    while (server_->count("/simple/slow/") == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(versions(*shared, "quick"), "1.0");
    }
    EXPECT_FALSE(is_slow_done);
    other.join();
}

TEST_F(ClientThreads, a_failing_download_of_one_leaves_the_others_alone) {
    serve(big_world());
    auto shared = client();
    DistributionFile good = newest_file(*shared, project(0));
    DistributionFile bad = newest_file(*shared, project(1));
    server_->fail_with({.path = bad.file_name, .status = 404});
    std::atomic<size_t> fine = 0;
    std::atomic<size_t> failed = 0;
    std::vector<std::thread> threads;
    for (size_t i = 0; i < thread_count; ++i) {
        threads.emplace_back([&, i] {
            std::vector<Download> files = {{good, path("good" + std::to_string(i))},
                                           {i % 2 == 0 ? good : bad, path(std::to_string(i))}};
            (shared->download(files) ? fine : failed)++;
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(fine, thread_count / 2);
    EXPECT_EQ(failed, thread_count / 2);
}

} // namespace
} // namespace pawl::index
