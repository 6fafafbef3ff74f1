#include "hardware/wheel_properties.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pawl::hardware {
namespace {

constexpr std::string_view haswell = "processor\t: 0\nflags\t\t: fpu cx16 lahf_lm popcnt sse4_1 "
                                     "sse4_2 ssse3 avx avx2 bmi1 bmi2 f16c "
                                     "fma movbe abm\n\nprocessor\t: 1\nflags\t\t: fpu\n";

const std::vector<std::string>& values(const pep::SupportedProperties& all, std::string_view name,
                                       std::string_view feature) {
    static const std::vector<std::string> none;
    auto found = all.find(name);
    if (found == all.end()) {
        return none;
    }
    auto one = std::ranges::find(found->second, feature, &pep::SupportedFeature::name);
    return one == found->second.end() ? none : one->values;
}

TEST(WheelProperties, LevelsOfTheProcessor) {
    Machine machine;
    EXPECT_EQ(values(wheel_properties(machine, haswell), "x86_64", "level"),
              (std::vector<std::string>{"v3", "v2", "v1"}));
    EXPECT_EQ(values(wheel_properties(machine, "flags : fpu avx2\n"), "x86_64", "level"),
              (std::vector<std::string>{"v1"}));
    EXPECT_TRUE(wheel_properties(machine, "").empty());
    EXPECT_TRUE(wheel_properties(machine, "Features : fp asimd\n").empty());
}

TEST(WheelProperties, BoundsOfTheDriver) {
    auto all = wheel_properties(*parse_machine("cuda 12.1, rocm 6.0.2"), "");
    const std::vector<std::string>& lower = values(all, "nvidia", "cuda_version_lower_bound");
    ASSERT_GE(lower.size(), 3U);
    EXPECT_EQ(lower[0], "12.1");
    EXPECT_EQ(lower[1], "12.0");
    EXPECT_EQ(lower[2], "12");
    EXPECT_EQ(lower[3], "11.20");
    EXPECT_EQ(lower.back(), "11");
    const std::vector<std::string>& upper = values(all, "nvidia", "cuda_version_upper_bound");
    EXPECT_EQ(upper.front(), "15.20");
    EXPECT_EQ(upper.back(), "12.2");
    EXPECT_EQ(std::ranges::count(upper, "12"), 0);
    EXPECT_EQ(std::ranges::count(upper, "12.1"), 0);
    EXPECT_EQ(std::ranges::count(upper, "13"), 1);
    EXPECT_TRUE(wheel_properties(*parse_machine("cuda"), "").empty());
}

} // namespace
} // namespace pawl::hardware
