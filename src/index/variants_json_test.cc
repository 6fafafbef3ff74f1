#include "index/variants_json.h"

#include <gtest/gtest.h>

namespace pawl::index {
namespace {

constexpr std::string_view head =
    R"({"$schema": "https://variants-schema.example/v0.1.1.json", "default-priorities": )";

std::string error_of(const std::string& text) {
    Result<pep::WheelVariants> read = read_variants_json(text);
    return read ? "no error" : read.error().message;
}

TEST(VariantsJson, IsReadWhole) {
    Result<pep::WheelVariants> read =
        read_variants_json(std::string(head) + R"({"namespace": ["nvidia", "x86_64"],
            "feature": {"nvidia": ["cuda_version_lower_bound", "sm_arch"]},
            "property": {"x86_64": {"level": ["v4", "v3"]}}},
            "variants": {"null": {}, "cu12": {"nvidia": {"sm_arch": ["90_real"],
            "cuda_version_lower_bound": ["12.8"]}}}, "static-properties": {}})");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->namespaces, (std::vector<std::string>{"nvidia", "x86_64"}));
    EXPECT_EQ(read->features.at("nvidia").size(), 2U);
    EXPECT_EQ(read->values.at("x86_64").at("level").front(), "v4");
    EXPECT_TRUE(read->variants.at("null").empty());
    EXPECT_EQ(read->variants.at("cu12").at("nvidia").at("sm_arch").front(), "90_real");
}

TEST(VariantsJson, WhatIsWrongIsSaid) {
    std::string open(head);
    EXPECT_NE(error_of("{").find("line 1"), std::string::npos);
    EXPECT_NE(error_of("[]").find("$schema"), std::string::npos);
    EXPECT_NE(error_of(R"({"$schema": "https://x/v1.0.0.json"})").find("does not know"),
              std::string::npos);
    EXPECT_NE(error_of(R"({"$schema": "https://x/new.json"})").find("does not know"),
              std::string::npos);
    EXPECT_NE(error_of(open + "{}}").find("it needs"), std::string::npos);
    EXPECT_NE(error_of(open + R"({}, "variants": {}})").find("does not order the namespaces"),
              std::string::npos);
    EXPECT_NE(error_of(open + R"({"namespace": ["A"]}, "variants": {}})").find("lower case"),
              std::string::npos);
    EXPECT_NE(error_of(open + R"({"namespace": []}, "variants": {"a": {"n": {"f": ["x"]}}}})")
                  .find("does not order"),
              std::string::npos);
    EXPECT_NE(error_of(open + R"({"namespace": ["n"]}, "variants": {"null": {"n": {}}}})")
                  .find("may have no properties"),
              std::string::npos);
    EXPECT_NE(error_of(open + R"({"namespace": ["n"]}, "variants": {"a": {"n": ["f"]}}})")
                  .find("an object is expected"),
              std::string::npos);
}

} // namespace
} // namespace pawl::index
