#include "pep/specifier.h"

#include <gtest/gtest.h>

#include "pep/version_worlds_test.h"

namespace pawl::pep {
namespace {

using Operator = Specifier::Operator;

Specifiers specifiers_of(std::string_view text) {
    Result<Specifiers> specifiers = Specifiers::parse(text);
    check(specifiers.has_value());
    return std::move(*specifiers);
}

// --- the specification's sentences, one function each, with nothing but comparisons -----------

bool begins_with(const Version& version, const Version& prefix, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        uint64_t number = i < version.release().size() ? version.release()[i] : 0;
        if (number != prefix.release()[i]) {
            return false;
        }
    }
    return version.epoch() == prefix.epoch();
}

bool matches(const Version& version, const Version& wanted) {
    return (wanted.local().empty() ? version.without_local() : version) == wanted;
}

/// "must not allow a pre-release of the specified version unless it is itself a pre-release"
bool is_less(const Version& version, const Version& limit) {
    bool is_its_prerelease = version.is_prerelease() && version >= limit.with_dev(0);
    return version < limit && (limit.is_prerelease() || !is_its_prerelease);
}

/// "must not allow a post-release of the given version unless it is itself a post release", "must
/// not match a local version of the specified version"
bool is_greater(const Version& version, const Version& limit) {
    bool is_its_post = version.post() && !limit.post() && !limit.dev() &&
                       version.base() == limit.base() && version.pre() == limit.pre();
    return version > limit && version.without_local() != limit && !is_its_post;
}

bool holds(Operator op, bool wildcard, const Version& wanted, const Version& version) {
    size_t count = wanted.release().size();
    switch (op) {
    case Operator::equal:
        return wildcard ? begins_with(version, wanted, count) : matches(version, wanted);
    case Operator::not_equal:
        return !holds(Operator::equal, wildcard, wanted, version);
    case Operator::less_equal:
        return version.without_local() <= wanted;
    case Operator::greater_equal:
        return version.without_local() >= wanted;
    case Operator::less:
        return is_less(version, wanted);
    case Operator::greater:
        return is_greater(version, wanted);
    case Operator::compatible:
        return version.without_local() >= wanted && begins_with(version, wanted, count - 1);
    case Operator::arbitrary_equal:
        return version.str() == wanted.str();
    }
    return false;
}

TEST(Specifier, set_holds_what_the_sentences_say_for_every_small_version) {
    std::vector<Version> wanted = all_versions(all_releases(3, 2), {"", "+a"});
    std::vector<std::string> releases = all_releases(3, 3);
    releases.insert(releases.end(), {"0.0.0.1", "1.0.0.0.0.1", "1!0", "1!1.0"});
    std::vector<Version> world = all_versions(releases, {"", "+a", "+1"});
    size_t asked = 0;
    size_t held = 0;
    auto check_all = [&](const std::string& text, const Version& limit) {
        Result<Specifier> specifier = Specifier::parse(text);
        if (!specifier) {
            return false;
        }
        for (const Version& version : world) {
            bool inside = specifier->set().contains(version);
            EXPECT_EQ(inside, holds(specifier->op(), specifier->is_wildcard(), limit, version))
                << text << " and " << version.str();
            ++asked;
            held += inside;
        }
        return true;
    };
    for (const Version& limit : wanted) {
        bool has_local = !limit.local().empty();
        for (std::string_view op : {"==", "!="}) {
            ASSERT_TRUE(check_all(std::string(op) + limit.str(), limit));
            bool is_release = limit.str() == limit.base().str();
            ASSERT_EQ(check_all(std::string(op) + limit.str() + ".*", limit), is_release);
        }
        for (std::string_view op : {"<=", ">=", "<", ">"}) {
            ASSERT_EQ(check_all(std::string(op) + limit.str(), limit), !has_local);
        }
        ASSERT_EQ(check_all("~=" + limit.str(), limit), !has_local && limit.release().size() > 1);
        if (testing::Test::HasFailure()) {
            return;
        }
    }
    EXPECT_GT(asked, 4'000'000u);
    EXPECT_GT(held, asked / 4);
    EXPECT_LT(held, asked / 4 * 3);
}

TEST(Specifier, forms_are_those_of_the_specification) {
    for (std::string_view text :
         {"==1", " == 1.0 ", "==1.*", "!=1.2.*", "==v1.0+Local", "<=1", ">=1", "<1.0.dev1", ">1-1",
          "~=1.0", "~= 1!1.0rc1", "===anything-at.all", "===", "=== 1.0", "==\n1"}) {
        SCOPED_TRACE(text);
        Result<Specifier> specifier = Specifier::parse(text);
        EXPECT_TRUE(specifier) << specifier.error().message;
    }
    for (std::string_view text :
         {"",      "1.0",     "=1.0",      "=>1",       "==",        ">=",      "==1.0.*.*",
          "==*",   "==.*",    "==1.0a1.*", "==1.0+a.*", "==1 .*",    ">=1.*",   "~=1.*",
          "~=1",   "~=1.0+a", ">=1.0+a",   "<1.0+a",    "==1.0 ==2", "=== a b", "===a;b",
          "===a)", "== 1.0x", "<>1",       "^1",        "~1"}) {
        SCOPED_TRACE(text);
        Result<Specifier> specifier = Specifier::parse(text);
        EXPECT_FALSE(specifier);
    }
}

TEST(Specifier, equality_is_of_versions_where_the_count_of_numbers_does_not_matter) {
    auto equal = [](std::string_view a, std::string_view b) {
        return *Specifier::parse(a) == *Specifier::parse(b);
    };
    EXPECT_TRUE(equal("==1.0", "== 1.0.0"));
    EXPECT_TRUE(equal(">=1.0RC1", ">=1c1"));
    EXPECT_FALSE(equal("~=1.0", "~=1.0.0"));
    EXPECT_FALSE(equal("==1.0", "===1.0"));
    EXPECT_FALSE(equal("===1.0", "===1.0.0"));
    EXPECT_FALSE(equal("==1.*", "==1.0.*"));
    EXPECT_FALSE(equal("==1.0", "==1.0+a"));
}

TEST(Specifiers, print_in_canonical_order_and_each_once) {
    EXPECT_EQ(specifiers_of(">=1, <2,!=1.3").str(), "!=1.3,<2,>=1");
    EXPECT_EQ(specifiers_of("==1.0,==1.0.0").str(), "==1.0");
    EXPECT_EQ(specifiers_of(",, >= 1 ,").str(), ">=1");
    EXPECT_EQ(specifiers_of("").str(), "");
    EXPECT_EQ(specifiers_of(">=V1.0-1").str(), ">=V1.0-1");
    EXPECT_EQ(specifiers_of(">=1,<2"), specifiers_of("<2.0, >=1.0"));
    EXPECT_EQ(specifiers_of(">=1,>=1.0"), specifiers_of(">=1"));
    EXPECT_FALSE(Specifiers::parse(">=1 <2"));
    EXPECT_FALSE(Specifiers::parse(">=1,foo"));
}

TEST(Specifiers, prereleases_come_in_where_a_clause_names_one) {
    struct Case {
        std::string_view specifiers, version;
        bool by_rule, yes, no;
    };
    constexpr Case cases[] = {
        {">=1.0", "2.0", true, true, true},       {">=1.0", "2.0a1", false, true, false},
        {">=1.0a1", "2.0a1", true, true, false},  {">=1.0.dev1,<3", "2.0.dev5", true, true, false},
        {"!=1.0a1", "2.0a1", false, true, false}, {"==1.*", "1.0a1", false, true, false},
        {"", "1.0a1", false, true, false},        {"", "1.0.post1", true, true, true},
        {"===1.0a1", "1.0a1", true, true, false}, {"<1.0", "1.0a1", false, false, false},
        {"<1.0rc1", "1.0a1", true, true, false},
    };
    for (const Case& example : cases) {
        SCOPED_TRACE(std::string(example.specifiers) + " and " + std::string(example.version));
        Specifiers specifiers = specifiers_of(example.specifiers);
        Version version = version_of(example.version);
        EXPECT_EQ(specifiers.contains(version), example.by_rule);
        EXPECT_EQ(specifiers.contains(version, Prereleases::yes), example.yes);
        EXPECT_EQ(specifiers.contains(version, Prereleases::no), example.no);
        EXPECT_EQ(specifiers.contains_text(example.version, Prereleases::yes), example.yes);
    }
}

TEST(Specifiers, arbitrary_equality_compares_texts_without_regard_to_case) {
    EXPECT_TRUE(specifiers_of("===1.0").contains(version_of("1.0")));
    EXPECT_FALSE(specifiers_of("===1.0").contains(version_of("1.0.0")));
    EXPECT_FALSE(specifiers_of("===1.0").contains(version_of("1.0+a")));
    EXPECT_TRUE(specifiers_of("===Lol").contains_text("lOL"));
    EXPECT_FALSE(specifiers_of("===Lol,>=1").contains_text("lol"));
    EXPECT_FALSE(specifiers_of(">=0").contains_text("lol"));
    EXPECT_TRUE(specifiers_of("").contains_text("lol"));
    EXPECT_TRUE(specifiers_of("===1.0,<2").contains_text("1.0"));
    EXPECT_FALSE(specifiers_of("===1.0,<1").contains_text("1.0"));
    EXPECT_TRUE(specifiers_of("===lol").set().is_empty());
    EXPECT_EQ(specifiers_of("===1.0").set(), VersionSet::singleton(version_of("1.0")));
}

TEST(Specifiers, largest_numbers_still_have_a_next_one) {
    Specifiers specifiers = specifiers_of("==9223372036854775807.*,>9223372036854775807.dev1");
    EXPECT_TRUE(specifiers.contains(version_of("9223372036854775807.1")));
    EXPECT_TRUE(specifiers_of("<=1.dev9223372036854775807")
                    .contains(version_of("1.dev9223372036854775807"), Prereleases::yes));
    EXPECT_FALSE(specifiers_of(">1.post9223372036854775807")
                     .contains(version_of("1.post9223372036854775807")));
}

} // namespace
} // namespace pawl::pep
