#include "resolve/version_bits.h"

#include <gtest/gtest.h>

#include <set>

namespace pawl::resolve {

namespace {

/// Sizes around the edges of words and of what is kept inline.
constexpr uint32_t sizes[] = {0, 1, 63, 64, 65, 128, 191, 192, 193, 500};

VersionBits every(uint32_t size, uint32_t step, uint32_t first) {
    VersionBits bits(size);
    for (uint32_t i = first; i < size; i += step) {
        bits.set(i);
    }
    return bits;
}

std::set<uint32_t> members(const VersionBits& bits) {
    std::set<uint32_t> result;
    for (uint32_t i = 0; i < bits.size(); ++i) {
        if (bits.has(i)) {
            result.insert(i);
        }
    }
    return result;
}

} // namespace

TEST(VersionBits, operations_are_those_of_sets) {
    for (uint32_t size : sizes) {
        SCOPED_TRACE(size);
        for (uint32_t step : {1u, 2u, 3u, 7u}) {
            VersionBits a = every(size, step, 0);
            VersionBits b = every(size, 5, 1);
            std::set<uint32_t> in_a = members(a);
            std::set<uint32_t> in_b = members(b);
            VersionBits both = a;
            both &= b;
            VersionBits either = a;
            either |= b;
            VersionBits minus = a;
            minus -= b;
            for (uint32_t i = 0; i < size; ++i) {
                EXPECT_EQ(both.has(i), in_a.count(i) != 0 && in_b.count(i) != 0);
                EXPECT_EQ(either.has(i), in_a.count(i) != 0 || in_b.count(i) != 0);
                EXPECT_EQ(minus.has(i), in_a.count(i) != 0 && in_b.count(i) == 0);
                EXPECT_EQ(a.complement().has(i), in_a.count(i) == 0);
            }
            EXPECT_EQ(a.count(), in_a.size());
            EXPECT_EQ(a.is_empty(), in_a.empty());
            EXPECT_EQ(a.lowest(), in_a.empty() ? size : *in_a.begin());
            EXPECT_EQ(a.highest(), in_a.empty() ? size : *in_a.rbegin());
            EXPECT_TRUE(both.is_subset_of(a));
            EXPECT_EQ(a.is_subset_of(b), both == a);
            EXPECT_EQ(a.is_disjoint(b), both.is_empty());
            EXPECT_EQ(a.complement().complement(), a);
        }
    }
}

TEST(VersionBits, ranges_and_the_next_one) {
    for (uint32_t size : sizes) {
        SCOPED_TRACE(size);
        EXPECT_EQ(VersionBits::full(size).count(), size);
        for (uint32_t begin = 0; begin <= size; begin += 31) {
            for (uint32_t end = begin; end <= size; end += 29) {
                VersionBits bits(size);
                bits.set_range(begin, end);
                EXPECT_EQ(bits.count(), end - begin);
                EXPECT_EQ(bits.next(0), begin == end ? size : begin);
                if (end > begin) {
                    EXPECT_EQ(bits.next(begin), begin);
                    EXPECT_EQ(bits.next(end - 1), end - 1);
                }
                if (end < size) {
                    EXPECT_EQ(bits.next(end), size);
                }
            }
        }
    }
}

TEST(VersionBits, copies_are_their_own) {
    for (uint32_t size : {100u, 500u}) {
        VersionBits a = every(size, 2, 0);
        VersionBits b = a;
        b.set(1);
        EXPECT_FALSE(a.has(1));
        VersionBits small(3);
        small = a;
        EXPECT_EQ(small, a);
        a = VersionBits(3);
        EXPECT_EQ(a.size(), 3u);
        EXPECT_TRUE(small.has(2));
    }
}

} // namespace pawl::resolve
