#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "base/timings.h"

namespace pawl {

TEST(Parallel, every_job_is_done_once) {
    std::vector<std::atomic<int>> done(1000);
    auto result = parallel_for(
        done.size(),
        [&](size_t i) -> Result<> {
            done[i].fetch_add(1);
            return {};
        },
        8);
    ASSERT_TRUE(result);
    for (const auto& count : done) {
        EXPECT_EQ(count.load(), 1);
    }
}

TEST(Parallel, the_first_error_comes_back) {
    auto result = parallel_for(
        100,
        [](size_t i) -> Result<> {
            return i >= 3 ? Result<>(fail(Error::Kind::disk, std::to_string(i))) : Result<>();
        },
        1);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message, "3");
    EXPECT_TRUE(parallel_for(0, [](size_t) -> Result<> { return {}; }));
}

TEST(Timings, scopes_add_up) {
    Timings timings;
    { Timings::Scope scope(timings, "work"); }
    { Timings::Scope scope(timings, "work"); }
    EXPECT_NE(timings.report().find("work"), std::string::npos);
}

} // namespace pawl
