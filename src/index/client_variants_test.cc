// Wheel variants (PEP 825) through a real index: without rules they are not there, with rules one
// of each release is.

#include <gtest/gtest.h>

#include "base/text.h"
#include "index/client_fixture_test.h"

namespace pawl::index {
namespace {

constexpr std::string_view world = R"(
release torch 2.2
  wheel py3-none-any
release torch 2.3
  wheel py3-none-any
release torch 2.3
  wheel py3-none-any-cu11
  wheel cp312-cp312-win_amd64-cu12
  requires nvidia-cublas
  variants
  | {"$schema": "https://variants-schema.example/v0.0.3.json",
  |  "default-priorities": {"namespace": ["nvidia"]},
  |  "variants": {"null": {},
  |               "cu11": {"nvidia": {"cuda": ["11"]}},
  |               "cu12": {"nvidia": {"cuda": ["12"]}}}}
release torch 2.3
  wheel py3-none-any-null
  wheel py3-none-any-unlisted
release torch 2.4
  wheel py3-none-any
  wheel py3-none-any-cu11
  variants
  | {"$schema": "https://variants-schema.example/v7.json"}
release torch 2.5
  wheel py3-none-any-cu11
)";

class Variants : public ClientTest {
  protected:
    /// "torch-2.3-….whl <- torch-2.3-…-cu12.whl", a line a file.
    std::string files(std::shared_ptr<const WheelVariantRules> rules) {
        Options options = options_for({server_->url()});
        options.wheel_variants = std::move(rules);
        auto asking = client(std::move(options));
        auto answer = ask(*asking, "torch");
        if (!answer) {
            return answer.error().message;
        }
        warnings_ = join(asking->take_warnings(), " ");
        std::string text;
        for (uint32_t row = 0; row < answer->files.file_count(); ++row) {
            FileView file = answer->files.file(row);
            std::string_view address = file.url;
            text += std::string(file.file_name) + " <- " +
                    std::string(address.substr(address.rfind('/') + 1)) + "\n";
        }
        return text;
    }
    static std::shared_ptr<const WheelVariantRules> rules(std::vector<std::string> cuda) {
        auto made = std::make_shared<WheelVariantRules>();
        made->supported = {{"nvidia", {{"cuda", std::move(cuda)}}}};
        made->tags = pep::TagSet({{"py3", "none", "any"}});
        return made;
    }
    std::string warnings_;
};

constexpr std::string_view plain = "torch-2.2-py3-none-any.whl <- torch-2.2-py3-none-any.whl\n"
                                   "torch-2.3-py3-none-any.whl <- torch-2.3-py3-none-any.whl\n"
                                   "torch-2.4-py3-none-any.whl <- torch-2.4-py3-none-any.whl\n";

TEST_F(Variants, WithoutRulesTheyAreNotThere) {
    serve(world);
    EXPECT_EQ(files(nullptr), plain);
    EXPECT_EQ(warnings_, "");
    EXPECT_EQ(server_->count("variants.json"), 0U);
}

TEST_F(Variants, TheBestThatIsSupportedStandsForAllWheels) {
    for (bool json : {true, false}) {
        serve(world, {.json = json});
        std::string chosen = files(rules({"12", "11"}));
        EXPECT_EQ(chosen, "torch-2.2-py3-none-any.whl <- torch-2.2-py3-none-any.whl\n"
                          "torch-2.3-py3-none-any.whl <- torch-2.3-py3-none-any-cu11.whl\n"
                          "torch-2.4-py3-none-any.whl <- torch-2.4-py3-none-any.whl\n");
        EXPECT_NE(warnings_.find("torch-2.4-variants.json: it is of a format"), std::string::npos)
            << warnings_;
    }
}

TEST_F(Variants, WithoutSupportItIsTheNullVariant) {
    serve(world);
    EXPECT_NE(files(rules({})).find("<- torch-2.3-py3-none-any-null.whl\n"), std::string::npos);
}

TEST_F(Variants, WhatIsKeptIsWhatEverybodyReads) {
    serve(world);
    EXPECT_NE(files(rules({"11"})), plain);
    EXPECT_EQ(files(nullptr), plain);
    EXPECT_NE(files(rules({"11"})), plain);
}

TEST_F(Variants, TheChosenWheelSaysWhatItNeeds) {
    serve(std::string(world).substr(0, world.find("release torch 2.4")));
    Options options = options_for({server_->url()});
    EXPECT_EQ(needs(*client(options), "torch"), "");
    options.wheel_variants = rules({"11"});
    EXPECT_EQ(needs(*client(options), "torch"), "nvidia-cublas");
}

TEST_F(Variants, AListThatIsMissingLeavesTheReleaseAsItIs) {
    serve(world);
    server_->fail_with({.path = "torch-2.3-variants.json", .status = 404});
    EXPECT_EQ(files(rules({"12", "11"})), plain);
    server_->heal();
    server_->fail_with({.path = "torch-2.3-variants.json", .body = R"({"$schema": "v0.0.3"})"});
    EXPECT_NE(files(rules({"11"})).find("torch-2.3-variants.json: its sha256 is not the one"),
              std::string::npos);
}
} // namespace
} // namespace pawl::index
