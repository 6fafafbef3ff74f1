#include "base/subprocess.h"

#include <gtest/gtest.h>

#include "base/clock.h"

namespace pawl {

TEST(Subprocess, streams_and_exit_code) {
    auto result = spawn({.arguments = {"sh", "-c", "cat; echo err >&2; exit 7"}, .input = "in"});
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->out, "in");
    EXPECT_EQ(result->err, "err\n");
    EXPECT_EQ(result->exit_code, 7);
}

TEST(Subprocess, more_than_a_pipe_holds_goes_through) {
    std::string big(1 << 20, 'x');
    auto result = spawn({.arguments = {"cat"}, .input = big});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->out, big);
}

TEST(Subprocess, a_child_that_does_not_read_does_not_kill_us) {
    auto result = spawn({.arguments = {"true"}, .input = std::string(1 << 20, 'x')});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->exit_code, 0);
}

TEST(Subprocess, time_and_output_are_bounded) {
    int64_t begin = monotonic_ns();
    auto slow = spawn({.arguments = {"sh", "-c", "sleep 60 & sleep 60"},
                       .time_max = std::chrono::milliseconds(200)});
    ASSERT_TRUE(slow);
    EXPECT_TRUE(slow->timed_out);
    EXPECT_LT(monotonic_ns() - begin, 10'000'000'000);
    auto loud = spawn({.arguments = {"yes"}, .output_bytes_max = 1000});
    ASSERT_TRUE(loud);
    EXPECT_TRUE(loud->timed_out);
}

TEST(Subprocess, what_cannot_be_started_is_an_error) {
    auto result = spawn({.arguments = {"/no/such/program"}});
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().message.find("/no/such/program"), std::string::npos);
}

TEST(Subprocess, directory_and_environment_are_the_ones_given) {
    auto result = spawn({.arguments = {"/bin/sh", "-c", "pwd; echo $A"},
                         .environment = std::vector<std::string>{"A=b"},
                         .directory = "/"});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->out, "/\nb\n");
}

} // namespace pawl
