#include "hardware/variant.h"

#include <gtest/gtest.h>

namespace pawl::hardware {
namespace {

Machine machine(std::string_view text) {
    return *parse_machine(text);
}

Variant variant(std::string_view name, std::vector<std::string_view> when) {
    Variant made{.name = std::string(name), .when = {}};
    for (std::string_view text : when) {
        made.when.push_back(*Condition::parse(text));
    }
    return made;
}

TEST(Condition, HoldsOrSaysWhyNot) {
    struct Case {
        std::string_view condition, machine, missing;
    };
    for (const Case& one : std::initializer_list<Case>{
             {"none", "none", ""},
             {"none", "cuda 12.4", ""},
             {"cuda", "cuda", ""},
             {"cuda", "cuda 11.8", ""},
             {"cuda >= 12.1", "cuda 12.1", ""},
             {"cuda>=12.1,<13", "cuda 12.9", ""},
             {"cuda>=12.1, <13", "cuda 13.0", "this machine has CUDA 13.0"},
             {" cuda >= 12.1 ", "cuda 11.8", "this machine has CUDA 11.8"},
             {"cuda >= 12.1", "cuda", "this machine does not tell which CUDA it has"},
             {"cuda >= 12.1", "rocm 6.0", "this machine has ROCm 6.0"},
             {"rocm", "none", "this machine has no GPU that pawl knows"},
             {"rocm == 6.*", "rocm 6.0.2", ""},
         }) {
        Result<Condition> condition = Condition::parse(one.condition);
        ASSERT_TRUE(condition) << one.condition;
        EXPECT_EQ(condition->missing(machine(one.machine)), one.missing)
            << one.condition << " on " << one.machine;
    }
}

TEST(Condition, WhatCannotBeReadIsSaid) {
    for (std::string_view wrong : {"", "gpu", "cuda 12", "cuda >= new", "none >= 1", "cuda > = 12",
                                   "cuda >= 12 or rocm", "\xff"}) {
        Result<Condition> condition = Condition::parse(wrong);
        ASSERT_FALSE(condition) << wrong;
        EXPECT_NE(condition.error().message.find("is no condition"), std::string::npos);
        EXPECT_NE(condition.error().message.find("hint: "), std::string::npos);
    }
}

TEST(VariantName, IsWhatALockMayBeCalled) {
    for (std::string_view name : {"cpu", "cuda12", "cuda12-1", "ROCm_6", "7"}) {
        EXPECT_EQ(*parse_variant_name(name), name);
    }
    for (std::string_view name : {"", "cuda12.1", "a/b", "..", "-x", "_x", "auto", "a b", "é"}) {
        EXPECT_FALSE(parse_variant_name(name)) << name;
    }
}

TEST(Choice, TheFirstThatHoldsThenTheFallbackWhereverItStands) {
    std::vector<Variant> table = {variant("cpu", {}), variant("cuda13", {"cuda >= 13"}),
                                  variant("cuda12", {"cuda >= 12.1"}),
                                  variant("cuda11", {"cuda >= 11.8"}), variant("rocm", {"rocm"})};
    auto chosen = [&table](std::string_view text) {
        return choose_variant(table, machine(text)).chosen->name;
    };
    EXPECT_EQ(chosen("none"), "cpu");
    EXPECT_EQ(chosen("cuda 10.2"), "cpu");
    EXPECT_EQ(chosen("cuda 11.8"), "cuda11");
    EXPECT_EQ(chosen("cuda 12.4"), "cuda12");
    EXPECT_EQ(chosen("cuda 14"), "cuda13");
    EXPECT_EQ(chosen("rocm"), "rocm");
    EXPECT_EQ(chosen("cuda 10.2, rocm"), "rocm");
}

TEST(Choice, SaysWhatBecameOfEach) {
    std::vector<Variant> table = {variant("cpu", {}), variant("cuda13", {"cuda >= 13"}),
                                  variant("gpu", {"cuda >= 12.1", "rocm"}),
                                  variant("rocm", {"rocm"})};
    Choice choice = choose_variant(table, machine("cuda 12.4"));
    std::string said;
    for (const Verdict& verdict : choice.verdicts) {
        said += verdict.variant->name + ": " + verdict.reason + "\n";
    }
    EXPECT_EQ(said, "cuda13: rejected: it needs cuda>=13, and this machine has CUDA 12.4\n"
                    "gpu: chosen: cuda>=12.1 holds\n"
                    "rocm: not looked at\n"
                    "cpu: the fallback, not needed\n");
}

TEST(Choice, WithoutAFallbackThereMayBeNone) {
    std::vector<Variant> table = {variant("gpu", {"cuda >= 12.1", "rocm >= 6"})};
    Choice choice = choose_variant(table, machine("cuda 11.8"));
    EXPECT_EQ(choice.chosen, nullptr);
    ASSERT_EQ(choice.verdicts.size(), 1U);
    EXPECT_EQ(choice.verdicts[0].reason,
              "rejected: it needs cuda>=12.1 or rocm>=6, and this machine has CUDA 11.8");
}

} // namespace
} // namespace pawl::hardware
