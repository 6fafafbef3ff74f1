#include "base/clock.h"

#include <gtest/gtest.h>

namespace pawl {

TEST(Clock, times_round_trip) {
    struct Case {
        const char *text, *formatted;
    };
    for (const Case& one : std::initializer_list<Case>{
             {"2026-11-20", "2026-11-20T00:00:00Z"},
             {"2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"},
             {"2026-11-20 10:00:00.5+01:00", "2026-11-20T09:00:00.500Z"},
             {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
             {"2024-02-29t00:00:00-0130", "2024-02-29T01:30:00Z"},
             {"2000-01-01T00:00:00.1234567Z", "2000-01-01T00:00:00.123456Z"}}) {
        auto time = parse_timestamp(one.text);
        ASSERT_TRUE(time) << one.text;
        EXPECT_EQ(format_timestamp(*time), one.formatted);
    }
    for (const char* bad : {"", "2026", "2026-13-01", "2023-02-29", "2026-1-1", "2026-11-20T10:00",
                            "2026-11-20T24:00:00Z", "2026-11-20T10:00:00Zx", "today"}) {
        EXPECT_FALSE(parse_timestamp(bad)) << bad;
    }
}

TEST(Clock, durations_in_words_and_iso) {
    constexpr int64_t day = 86'400'000'000;
    EXPECT_EQ(*parse_duration("7 days"), 7 * day);
    EXPECT_EQ(*parse_duration("P7D"), 7 * day);
    EXPECT_EQ(*parse_duration("PT36H"), day * 3 / 2);
    EXPECT_EQ(*parse_duration("1w2d"), 9 * day);
    for (const char* bad : {"", "7", "days", "7 parsecs", "-1 day", "99999999999999999999 days"}) {
        EXPECT_FALSE(parse_duration(bad)) << bad;
    }
}

} // namespace pawl
