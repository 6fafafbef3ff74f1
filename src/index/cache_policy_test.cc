#include "index/cache_policy.h"

#include <gtest/gtest.h>

#include "index/content_range.h"
#include "index/http_date.h"

namespace pawl::index {
namespace {

constexpr int64_t now = 1'000'000'000; // Sun, 09 Sep 2001 01:46:40 GMT

TEST(HttpDate, is_read_in_its_one_form) {
    EXPECT_EQ(parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
    EXPECT_EQ(parse_http_date("Sun, 09 Sep 2001 01:46:40 GMT"), now);
    EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 23:59:60 GMT"), 1709251200);
    for (const char* bad :
         {"", "0", "-1", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
          "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nix 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT"}) {
        EXPECT_FALSE(parse_http_date(bad)) << bad;
    }
}

TEST(CachePolicy, counts_freshness_as_the_headers_say) {
    struct Case {
        Headers headers;
        int64_t fresh_s;
        bool may_be_stored = true;
    };
    const Case cases[] = {
        {{}, 0},
        {{{"cache-control", "max-age=600"}}, 600},
        {{{"cache-control", "Public, Max-Age=\"60\""}}, 60},
        {{{"cache-control", "public"}, {"cache-control", "max-age=60"}}, 60},
        {{{"cache-control", "max-age=600, public"}, {"age", "200"}}, 400},
        {{{"cache-control", "max-age=600"}, {"age", "601"}}, 0},
        {{{"cache-control", "max-age=600, no-cache"}}, 0},
        {{{"cache-control", "no-store, max-age=600"}}, 600, false},
        {{{"cache-control", "max-age=-1"}}, 0},
        {{{"cache-control", "max-age=x"}}, 0},
        {{{"cache-control", "max-age=99999999999999999999999"}}, 366 * 86400},
        {{{"cache-control", "s-maxage=600"}}, 0},
        {{{"cache-control", "max-age=10"}, {"expires", "Sun, 09 Sep 2001 02:46:40 GMT"}}, 10},
        {{{"expires", "Sun, 09 Sep 2001 02:46:40 GMT"}}, 3600},
        {{{"expires", "Sun, 09 Sep 2001 02:46:40 GMT"}, {"date", "Sun, 09 Sep 2001 02:46:00 GMT"}},
         40},
        {{{"expires", "0"}}, 0},
        {{{"last-modified", "Sun, 09 Sep 2001 01:30:00 GMT"}}, 100},
        {{{"last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"}}, 600},
        {{{"last-modified", "Sun, 09 Sep 2040 01:30:00 GMT"}}, 0},
    };
    for (const Case& one : cases) {
        std::string shown;
        for (const auto& [name, value] : one.headers) {
            shown += name + ": " + value + "; ";
        }
        SCOPED_TRACE(shown);
        auto policy = CachePolicy::from(one.headers, now);
        EXPECT_EQ(policy.fresh_s, one.fresh_s);
        EXPECT_EQ(policy.may_be_stored, one.may_be_stored);
        EXPECT_EQ(policy.is_fresh(now), one.fresh_s > 0);
        EXPECT_FALSE(policy.is_fresh(now + one.fresh_s));
        EXPECT_FALSE(policy.is_fresh(now - 1)) << "a clock that was put back";
    }
}

TEST(CachePolicy, survives_the_disk) {
    CachePolicy policy = CachePolicy::from({{"etag", "W/\"x\""},
                                            {"last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"},
                                            {"cache-control", "max-age=5"}},
                                           now);
    policy.is_absent = true;
    auto again = CachePolicy::decode(policy.encode());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->etag, policy.etag);
    EXPECT_EQ(again->last_modified, policy.last_modified);
    EXPECT_EQ(again->stored_s, now);
    EXPECT_EQ(again->fresh_s, 5);
    EXPECT_TRUE(again->is_absent);
    std::string bytes = policy.encode();
    for (size_t length = 0; length < bytes.size(); ++length) {
        CachePolicy::decode(std::string_view(bytes).substr(0, length)); // must not read beyond
    }
    EXPECT_FALSE(CachePolicy::decode("nothing"));
}

TEST(CachePolicy, asks_with_its_validators_and_is_confirmed) {
    auto policy = CachePolicy::from({{"etag", "\"a\""}}, now);
    EXPECT_EQ(policy.conditions(), std::vector<std::string>{"If-None-Match: \"a\""});
    auto dated = CachePolicy::from({{"last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"}}, now);
    EXPECT_EQ(dated.conditions(),
              std::vector<std::string>{"If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT"});
    EXPECT_TRUE(CachePolicy::from({}, now).conditions().empty());
    auto injected = CachePolicy::from({{"etag", "\"a\"\r\nX: y"}}, now);
    EXPECT_TRUE(injected.conditions().empty());
    policy.confirm({{"cache-control", "max-age=7"}, {"etag", "\"b\""}}, now + 100);
    EXPECT_TRUE(policy.is_fresh(now + 106));
    EXPECT_EQ(policy.etag, "\"b\"");
}

TEST(ContentRange, is_read_strictly) {
    auto range = parse_content_range("bytes 10-19/100");
    ASSERT_TRUE(range);
    EXPECT_EQ(range->first, 10u);
    EXPECT_EQ(range->last, 19u);
    EXPECT_EQ(range->total, 100u);
    EXPECT_FALSE(parse_content_range("bytes 10-19/*")->total);
    for (const char* bad : {"", "bytes */100", "bytes 19-10/100", "bytes 10-19", "10-19/100",
                            "bytes 10-100/100", "bytes -1-5/100", "items 1-2/3"}) {
        EXPECT_FALSE(parse_content_range(bad)) << bad;
    }
}

} // namespace
} // namespace pawl::index
