// Servers that lie about ranges and lengths, that are overloaded, that talk too slowly or speak
// something else than HTTP (test/faults/README.md: F-46, F-48, F-49, F-50, F-53, F-54).

#include <algorithm>
#include <ctime>
#include <deque>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "index/client_fixture_test.h"

namespace pawl::index {
namespace {

using test::Wire;
using Ranges = test::TestIndexOptions::Ranges;

constexpr int64_t second_ns = 1'000'000'000;
constexpr std::string_view wheel = "foo-1-py3-none-any.whl";
constexpr std::string_view world = R"(
release foo 1
  file foo/data.txt
  | 0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ
)";

class OnTheWire : public ClientTest {
  protected:
    Options patient_for_ms(int64_t silence_ms) const {
        Options options = options_for({server_->url()});
        options.network.set_patience(silence_ms);
        return options;
    }

    static std::unique_ptr<Client> client_without_cache(const Options& options) {
        return std::move(*Client::create(options, ""));
    }

    Result<> download_newest(Client& asked, const std::string& name) const {
        TRY(ask(asked, name));
        std::vector<Download> wanted = {
            {.file = newest_file(asked, name), .path = path("got/" + name + ".whl")}};
        return asked.download(wanted);
    }

    void expect_got_foo(Client& asked) const {
        auto got = download_newest(asked, "foo");
        ASSERT_TRUE(got) << got.error().message;
        EXPECT_EQ(*fs::read(path("got/foo.whl")), server_->file_bytes(wheel));
    }

    /// What stays of a failure is nothing, and the same cache serves when all is well again.
    void expect_healed(const Options& options) {
        if (fs::exists(path("got"))) {
            EXPECT_EQ(fs::list(path("got"))->size(), 0u);
        }
        server_->heal();
        expect_got_foo(*client(options));
        directory_.reset();
        SetUp();
    }
};

// --- ranges -----------------------------------------------------------------------------------

TEST_F(OnTheWire, what_a_server_does_with_ranges_changes_no_download) {
    for (Ranges ranges : {Ranges::yes, Ranges::ignored, Ranges::refused, Ranges::shifted}) {
        SCOPED_TRACE(static_cast<int>(ranges));
        serve(world, {.ranges = ranges});
        server_->fail_with({.path = ".whl", .wire = Wire::cut, .times = 1});
        auto asked = client();
        auto file = newest_file(*asked, "foo");
        server_->forget_requests();
        expect_got_foo(*asked);
        auto requests = server_->requests();
        ASSERT_GE(requests.size(), 2u);
        EXPECT_NE(requests[1].header("range"), "") << "else it says nothing about ranges";
        EXPECT_LE(requests.size(), 3u);
        directory_.reset();
        SetUp();
    }
}

TEST_F(OnTheWire, a_file_that_changes_between_two_ranges_is_not_taken) {
    serve(world);
    std::string other = server_->file_bytes(wheel);
    std::ranges::reverse(other);
    const test::Fault after[] = {
        {.path = ".whl", .status = 200, .body = other},           // it says that it is another one
        {.path = ".whl", .body = other.substr(other.size() / 2)}, // it says nothing
        {.path = ".whl", .body = other},                          // more than was left
    };
    for (const test::Fault& fault : after) {
        server_->fail_with({.path = ".whl", .wire = Wire::cut, .times = 1});
        server_->fail_with(fault);
        auto got = download_newest(*client(), "foo");
        ASSERT_FALSE(got);
        EXPECT_EQ(got.error().kind, Error::Kind::integrity) << got.error().message;
        expect_healed(options_for({server_->url()}));
    }
}

TEST_F(OnTheWire, metadata_out_of_ranges_is_that_of_one_file) {
    const std::string bytes_elsewhere = "Content-Range: bytes 5-9/10";
    serve(big_wheel_world(2000));
    for (const std::string& header : {std::string("ETag: \"other\""), bytes_elsewhere,
                                      std::string("Content-Range: nonsense")}) {
        SCOPED_TRACE(header);
        server_->heal();
        server_->fail_with({.path = "big-1-py3-none-any.whl.metadata", .status = 404});
        server_->fail_with({.path = "big-1-py3-none-any.whl", .header = "X-First: 1", .times = 1});
        server_->fail_with({.path = "big-1-py3-none-any.whl", .header = header, .times = 1});
        server_->forget_requests();
        EXPECT_EQ(needs(*client(), "big"), "bar>1");
        EXPECT_EQ(server_->requests().back().header("range"), "") << "taken whole in the end";
        directory_.reset();
        SetUp();
    }
    serve(big_wheel_world(2000), {.ranges = Ranges::shifted});
    EXPECT_EQ(needs(*client(), "big"), "bar>1");
}

// --- lengths and encodings --------------------------------------------------------------------

TEST_F(OnTheWire, lengths_and_encodings_that_are_wrong_are_errors) {
    struct Case {
        test::Fault fault;
        size_t requests_max;
    };
    const Case cases[] = {
        {{.wire = Wire::two_lengths}, 2},
        {{.wire = Wire::bad_chunk}, 2},
        {{.wire = Wire::endless_chunks}, 4},
        {{.wire = Wire::long_length}, 2},
        {{.header = "Content-Encoding: x-evil"}, 2},
        {{.header = "Content-Encoding: gzip"}, 2},
    };
    serve(world);
    for (const Case& one : cases) {
        test::Fault fault = one.fault;
        fault.path = "/simple/foo/";
        SCOPED_TRACE(fault.header + std::to_string(static_cast<int>(fault.wire)));
        server_->fail_with(fault);
        server_->forget_requests();
        auto answer = ask(*client(patient_for_ms(3000)), "foo");
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind, Error::Kind::network) << answer.error().message;
        EXPECT_LE(server_->count("/simple/foo/"), one.requests_max);
        expect_healed(options_for({server_->url()}));
    }
}

/// An encoding that nobody asked for is part of the file's bytes: its hash decides.
TEST_F(OnTheWire, encodings_of_files_are_not_believed) {
    serve(world);
    server_->fail_with({.path = ".whl", .header = "Content-Encoding: x-evil"});
    expect_got_foo(*client());
}

// --- overload ---------------------------------------------------------------------------------

std::string http_date(int64_t seconds) {
    time_t time = seconds;
    tm parts{};
    gmtime_r(&time, &parts);
    char text[64];
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return text;
}

TEST_F(OnTheWire, a_pause_that_is_asked_for_is_kept) {
    serve(world);
    auto fail_once = [&](const std::string& pause) {
        server_->fail_with(
            {.path = "/simple/foo/", .status = 429, .header = "Retry-After: " + pause, .times = 1});
    };
    fail_once("1");
    EXPECT_EQ(versions(*client_without_cache(options_for({server_->url()})), "foo"), "1");
    auto requests = server_->requests();
    ASSERT_EQ(requests.size(), 2u);
    EXPECT_GE(requests[1].arrived_ns - requests[0].arrived_ns, second_ns);
    auto now_s = [] { return now().microseconds / 1'000'000; };
    int64_t until_s = now_s() + 2;
    fail_once(http_date(until_s));
    EXPECT_EQ(versions(*client_without_cache(options_for({server_->url()})), "foo"), "1");
    EXPECT_EQ(server_->requests().size(), 4u);
    EXPECT_GE(now_s(), until_s);
}

TEST_F(OnTheWire, pauses_without_end_are_not) {
    serve(world);
    server_->fail_with({.path = "/simple/foo/", .status = 503, .header = "Retry-After: 1"});
    Options options = options_for({server_->url()});
    options.network.retry_wait_ms_max = 1500;
    auto answer = ask(*client(options), "foo");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, Error::Kind::network);
    EXPECT_TRUE(contains(answer.error().message, "503")) << answer.error().message;
    EXPECT_TRUE(contains(answer.error().message, "Retry-After: 1")) << answer.error().message;
    EXPECT_EQ(server_->count("/simple/foo/"), 2u) << "a second pause would be too much";
}

TEST_F(OnTheWire, what_a_server_says_of_pauses_is_safe_to_print) {
    serve(world);
    server_->fail_with(
        {.path = "/simple/foo/", .status = 503, .header = "Retry-After: \x1b[31msoon\x1b[0m"});
    auto answer = ask(*client(), "foo");
    ASSERT_FALSE(answer);
    EXPECT_TRUE(contains(answer.error().message, "soon")) << answer.error().message;
    EXPECT_EQ(answer.error().message.find('\x1b'), std::string::npos);
    server_->heal();
    server_->fail_with({.path = "/simple/foo/",
                        .status = 429,
                        .header = "Retry-After: 9" + std::string(30'000, '9')});
    auto long_answer = ask(*client(), "foo");
    ASSERT_FALSE(long_answer);
    EXPECT_TRUE(contains(long_answer.error().message, "Retry-After: 999"));
    EXPECT_LT(long_answer.error().message.size(), 500u);
}

/// Who can keep the first index from answering does not get to answer in its place.
TEST_F(OnTheWire, an_index_that_fails_hands_over_to_no_other) {
    serve("release foo 1\nindex second\nrelease foo 9.9\n");
    const test::Fault faults[] = {
        {.wire = Wire::reset}, {.wire = Wire::garbage}, {.status = 500},
        {.status = 403},       {.status = 429},         {.content_type = "text/html", .body = ""},
    };
    Options options = options_for({server_->url(), server_->url("second")});
    for (test::Fault fault : faults) {
        SCOPED_TRACE(std::to_string(fault.status) + " " +
                     std::to_string(static_cast<int>(fault.wire)));
        fault.path = "/simple/foo/";
        server_->heal();
        server_->fail_with(fault);
        auto answer = ask(*client_without_cache(options), "foo");
        EXPECT_FALSE(answer);
        EXPECT_EQ(server_->count("/second/"), 0u);
    }
    server_->heal();
    EXPECT_EQ(versions(*client_without_cache(options), "foo"), "1");
    // It does not know it, and says so: then the next one is asked.
    server_->fail_with({.path = "/simple/foo/", .status = 404});
    EXPECT_EQ(versions(*client_without_cache(options), "foo"), "9.9");
}

TEST_F(OnTheWire, many_files_against_429_come_back_once_and_not_as_one) {
    constexpr size_t count = 20;
    std::string text;
    for (size_t i = 0; i < count; ++i) {
        text += "release many" + std::to_string(i) + " 1\n";
    }
    serve(text);
    Options options = options_for({server_->url()});
    options.network.retry_base_ms = 500;
    auto asked = client(options);
    std::vector<Download> wanted;
    for (size_t i = 0; i < count; ++i) {
        std::string name = "many" + std::to_string(i);
        wanted.push_back({.file = newest_file(*asked, name), .path = path("got/" + name)});
    }
    server_->fail_with({.path = ".whl",
                        .status = 429,
                        .header = "Retry-After: 1",
                        .times = static_cast<int>(count)});
    server_->forget_requests();
    auto got = asked->download(wanted);
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(server_->count(".whl"), 2 * count) << "nobody asks during the pause";
    std::vector<int64_t> again;
    for (const test::Request& request : server_->requests()) {
        again.push_back(request.arrived_ns);
    }
    std::ranges::sort(again);
    ASSERT_EQ(again.size(), 2 * count);
    EXPECT_GE(again.back() - again[count], second_ns / 50) << "all at one moment";
}

// --- too slow ---------------------------------------------------------------------------------

struct Slow {
    const char* project;
    const char* path;
    Wire wire;
    const char* said;
};

/// Each way with a project of its own, all at once: they only wait.
TEST_F(OnTheWire, what_never_comes_is_not_waited_for) {
    const char* silence = "nothing came for 3 seconds";
    const Slow cases[] = {
        {"a", "/simple/a/", Wire::silence, silence},
        {"b", "/simple/b/", Wire::stall_in_header, "too slow"},
        {"c", "/simple/c/", Wire::drip_header, "the header takes more than 3 seconds"},
        {"d", "/simple/d/", Wire::stall, silence},
        {"e", "/simple/e/", Wire::trickle, "too slow"},
        {"f", "/files/f-", Wire::silence, silence},
        {"g", "/files/g-", Wire::drip_header, "the header takes more than 3 seconds"},
        {"h", "/files/h-", Wire::stall, silence},
        {"i", "/files/i-", Wire::trickle, "too slow"},
    };
    std::string dense; // does not get much smaller when it is packed
    for (uint32_t i = 0, state = 1; i < 5000; ++i) {
        state = state * 1664525 + 1013904223;
        dense += static_cast<char>('a' + (state >> 24) % 26);
    }
    std::string text;
    for (const Slow& one : cases) {
        for (int i = 0; i < 20; ++i) { // bytes enough for a page and a wheel
            text += "release " + std::string(one.project) + " 0." + std::to_string(i) + "\n";
            text += "  file x.py\n  | " + dense + "\n";
        }
    }
    serve(text);
    std::deque<Result<>> results;
    std::vector<std::jthread> threads;
    for (const Slow& one : cases) {
        server_->fail_with({.path = one.path, .wire = one.wire});
        Result<>& result = results.emplace_back();
        threads.emplace_back([&] {
            auto asked = client_without_cache(patient_for_ms(3000));
            result = download_newest(*asked, one.project);
        });
    }
    int64_t begin = monotonic_ns();
    threads.clear(); // waits for them
    EXPECT_LT(monotonic_ns() - begin, 45 * second_ns);
    for (const Slow& one : cases) {
        SCOPED_TRACE(one.path + std::to_string(static_cast<int>(one.wire)));
        const Result<>& result = results[static_cast<size_t>(&one - cases)];
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().kind, Error::Kind::network) << result.error().message;
        EXPECT_TRUE(contains(result.error().message, one.said)) << result.error().message;
    }
    EXPECT_FALSE(fs::exists(path("got")) && !fs::list(path("got"))->empty());
}

/// 2 kB a second is what a crowd on a bad line gets: above the limit, so it may take its time.
TEST_F(OnTheWire, what_is_slow_but_comes_is_waited_for) {
    serve(world);
    server_->fail_with({.path = ".whl", .wire = Wire::drip});
    expect_got_foo(*client(patient_for_ms(3000)));
}

// --- no HTTP ----------------------------------------------------------------------------------

TEST_F(OnTheWire, what_is_no_http_is_told_in_seconds) {
    serve(world);
    const test::Fault faults[] = {
        {.wire = Wire::garbage},
        {.wire = Wire::noise},
        {.wire = Wire::no_header},
        {.wire = Wire::header_flood},
        {.wire = Wire::long_header},
        {.status = 204},
        {.wire = Wire::continue_storm},
        {.status = 304},
        {.status = 206},
    };
    for (const char* where : {"/simple/foo/", ".whl"}) {
        for (test::Fault fault : faults) {
            SCOPED_TRACE(std::string(where) + " " + std::to_string(fault.status) + " " +
                         std::to_string(static_cast<int>(fault.wire)));
            fault.path = where;
            server_->fail_with(fault);
            server_->fail_with({.path = ".metadata", .status = 404});
            int64_t begin = monotonic_ns();
            auto got = download_newest(*client(), "foo");
            EXPECT_LT(monotonic_ns() - begin, 25 * second_ns);
            ASSERT_FALSE(got);
            EXPECT_EQ(got.error().kind, Error::Kind::network) << got.error().message;
            EXPECT_FALSE(contains(got.error().message, "memory")) << got.error().message;
            expect_healed(options_for({server_->url()}));
        }
    }
}

} // namespace
} // namespace pawl::index
