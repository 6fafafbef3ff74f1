#include "pep/wheel_variant.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "pep/wheel_name.h"

namespace pawl::pep {
namespace {

TEST(VariantWheel, NamesWithALabel) {
    struct Case {
        std::string_view name, label, plain;
    };
    for (const Case& one : std::initializer_list<Case>{
             {"numpy-2.3.2-cp313-cp313t-musllinux_1_2_x86_64-x86_64_v3.whl", "x86_64_v3",
              "numpy-2.3.2-cp313-cp313t-musllinux_1_2_x86_64.whl"},
             {"numpy-2.3.2-cp313-cp313t-musllinux_1_2_x86_64-null.whl", "null",
              "numpy-2.3.2-cp313-cp313t-musllinux_1_2_x86_64.whl"},
             {"a-1-2b-py3-none-any-cu12.8.whl", "cu12.8", "a-1-2b-py3-none-any.whl"},
         }) {
        auto split = split_variant_wheel(one.name);
        ASSERT_TRUE(split) << one.name;
        EXPECT_EQ(split->label, one.label);
        EXPECT_EQ(split->plain(), one.plain);
        EXPECT_TRUE(WheelName::parse(split->plain()));
        EXPECT_FALSE(WheelName::parse(one.name)); // readers from before the PEP pass over it
    }
}

TEST(VariantWheel, NamesWithoutOne) {
    for (std::string_view name :
         {"a-1-py3-none-any.whl", "a-1-2-py3-none-any.whl", "a-1-py3-none-any-CU12.whl",
          "a-1-py3-none-any-.whl", "a-1-py3-none-any-seventeen_letters.whl",
          "a-1-py3-none-any-x-y.whl", "a-1.tar.gz", "-----.whl", ""}) {
        EXPECT_FALSE(split_variant_wheel(name)) << name;
    }
}

WheelVariants example() {
    WheelVariants lists;
    lists.namespaces = {"nvidia", "x86_64", "blas"};
    lists.features = {{"blas", {"library"}}};
    lists.values = {{"blas", {{"library", {"mkl", "openblas"}}}}};
    lists.variants = {
        {"null", {}},
        {"cu12", {{"nvidia", {{"cuda", {"12.0", "12.4"}}}}}},
        {"cu11", {{"nvidia", {{"cuda", {"11.8"}}}}}},
        {"cu12v3", {{"nvidia", {{"cuda", {"12.4"}}}}, {"x86_64", {{"level", {"v3"}}}}}},
        {"v3mkl", {{"x86_64", {{"level", {"v3"}}}}, {"blas", {{"library", {"mkl"}}}}}},
        {"v3open", {{"x86_64", {{"level", {"v3"}}}}, {"blas", {{"library", {"openblas"}}}}}},
        {"v4", {{"x86_64", {{"level", {"v4"}}}}}},
    };
    return lists;
}

std::string ranked(const SupportedProperties& supported) {
    return join(example().ranked(supported), " ");
}

TEST(WheelVariants, WithoutAnythingOnlyTheNullVariant) {
    EXPECT_EQ(ranked({}), "null");
    EXPECT_EQ(ranked({{"nvidia", {{"cuda", {"10.0"}}}}}), "null");
}

TEST(WheelVariants, NamespacesFirstThenValuesThenMoreProperties) {
    SupportedProperties cpu = {{"x86_64", {{"level", {"v4", "v3", "v2"}}}},
                               {"blas", {{"library", {"openblas", "mkl"}}}}};
    EXPECT_EQ(ranked(cpu), "v4 v3mkl v3open null"); // the package's order of values counts
    cpu["nvidia"] = {{"cuda", {"12.4", "12.0", "11.8"}}};
    EXPECT_EQ(ranked(cpu), "cu12v3 cu12 cu11 v4 v3mkl v3open null");
    cpu["nvidia"] = {{"cuda", {"12.0", "11.8"}}};
    EXPECT_EQ(ranked(cpu), "cu12 cu11 v4 v3mkl v3open null");
}

TEST(WheelVariants, EqualOnesAreInOrderOfTheirLabels) {
    WheelVariants lists;
    lists.namespaces = {"n"};
    lists.variants = {{"b", {{"n", {{"f", {"x"}}}}}}, {"a", {{"n", {{"f", {"x", "y"}}}}}}};
    EXPECT_EQ(join(lists.ranked({{"n", {{"f", {"x", "y"}}}}}), " "), "a b");
}

} // namespace
} // namespace pawl::pep
