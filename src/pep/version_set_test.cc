#include "pep/version_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "pep/specifier.h"
#include "pep/version_worlds_test.h"

namespace pawl::pep {
namespace {

constexpr Cut::Kind all_kinds[] = {Cut::Kind::before_all, Cut::Kind::before, Cut::Kind::after,
                                   Cut::Kind::after_locals, Cut::Kind::after_posts};

VersionSet set_of(std::string_view specifiers) {
    Result<Specifiers> parsed = Specifiers::parse(specifiers);
    check(parsed.has_value());
    return parsed->set();
}

/// Finer than the cuts that the tests make: between any two different ones lies one of these.
std::vector<Version> fine_world() {
    std::vector<std::string> releases = {"1!0", "2.0.1"};
    for (const std::string& release : all_releases(2, 3)) {
        releases.push_back(release);
        releases.push_back(release + ".0.0.0.1");
    }
    std::vector<Version> world;
    for (const std::string& release : releases) {
        for (std::string pre : {"", "a0", "a1", "a2", "b0", "b1", "rc1", "rc2"}) {
            for (std::string post : {"", ".post0", ".post1", ".post2"}) {
                for (std::string dev : {"", ".dev0", ".dev1", ".dev2"}) {
                    for (std::string local : {"", "+0a", "+a", "+a.a"}) {
                        world.push_back(version_of(release + pre + post + dev + local));
                    }
                }
            }
        }
    }
    std::ranges::sort(world);
    world.erase(std::unique(world.begin(), world.end()), world.end());
    return world;
}

std::vector<Cut> some_cuts(const std::vector<std::string>& releases) {
    std::vector<Cut> cuts;
    for (const Version& version : all_versions(releases, {"", "+a"})) {
        for (Cut::Kind kind : all_kinds) {
            cuts.push_back(Cut{version, kind});
        }
    }
    return cuts;
}

/// How many versions of the world are in front of the cut, found without Cut's own order.
size_t place_in(const std::vector<Version>& world, const Cut& cut) {
    auto first_behind = std::ranges::partition_point(world, [&](const Version& version) {
        const Version& v = cut.version;
        bool is_same_release = version.base() == v.base();
        bool is_family = version.without_local() == v.without_local();
        switch (cut.kind) {
        case Cut::Kind::before_all:
            return version < v.base().with_dev(0);
        case Cut::Kind::before:
            return version < v;
        case Cut::Kind::after:
            return version <= v;
        case Cut::Kind::after_posts:
            if (!v.dev() && is_same_release && version.pre() == v.pre() &&
                (version.post() || !version.dev())) {
                return true;
            }
            [[fallthrough]];
        case Cut::Kind::after_locals:
            return version <= v || is_family;
        }
        return false;
    });
    return static_cast<size_t>(first_behind - world.begin());
}

TEST(Cut, is_where_its_kind_says) {
    std::vector<Version> world = fine_world();
    for (const Cut& cut : some_cuts({"0", "1.0", "1.2", "2.0.1", "1!0"})) {
        SCOPED_TRACE(cut.version.str() + " kind " + std::to_string(static_cast<int>(cut.kind)));
        size_t place = place_in(world, cut);
        for (size_t i = 0; i < world.size(); ++i) {
            ASSERT_EQ(cut.is_before(world[i]), i >= place) << world[i].str();
        }
    }
}

TEST(Cut, places_without_a_version_between_them_are_equal_and_others_are_not) {
    std::vector<Version> world = fine_world();
    std::vector<Cut> cuts = some_cuts({"0", "1.0", "1", "1.2", "1!0"});
    std::vector<size_t> places;
    for (const Cut& cut : cuts) {
        places.push_back(place_in(world, cut));
    }
    for (size_t i = 0; i < cuts.size(); ++i) {
        for (size_t j = 0; j < cuts.size(); ++j) {
            ASSERT_EQ(cuts[i] <=> cuts[j], places[i] <=> places[j])
                << cuts[i].version.str() << " kind " << static_cast<int>(cuts[i].kind) << " and "
                << cuts[j].version.str() << " kind " << static_cast<int>(cuts[j].kind);
        }
    }
}

TEST(VersionSet, different_words_for_one_set_are_equal) {
    struct Case {
        std::string_view a, b;
    };
    constexpr Case cases[] = {
        {">1.0a1", ">=1.0a2.dev0"},
        {">1.0.dev1", ">=1.0.dev2"},
        {">1.0.post1", ">=1.0.post2.dev0"},
        {"<=1.0", "<1.0.post0.dev0"},
        {"<1.0", "<1.0.dev0"},
        {"<1.0.post1", "<=1.0.post0"},
        {"==1.*", ">=1.dev0,<2"},
        {"~=1.4.5", ">=1.4.5,==1.4.*"},
        {">=0.dev0", ""},
        {"==1.0", "==1.0.0"},
        {"==1.0,!=1.0", "<0.dev0"},
        {"<=1!0,>=1!0", "==1!0"},
    };
    for (const Case& example : cases) {
        SCOPED_TRACE(std::string(example.a) + " and " + std::string(example.b));
        EXPECT_EQ(set_of(example.a), set_of(example.b));
    }
    EXPECT_NE(set_of(">1.0"), set_of(">1.0.post1"));
    EXPECT_NE(set_of(">1.0"), set_of("<=1.0").complement());
}

TEST(VersionSet, first_cut_of_all_is_no_cut) {
    EXPECT_TRUE(VersionSet::between(Cut{version_of("0.0.dev0"), Cut::Kind::before}, {}).is_all());
    EXPECT_TRUE(VersionSet::between({}, Cut{version_of("0"), Cut::Kind::before_all}).is_empty());
    EXPECT_TRUE(VersionSet::between({}, {}).is_all());
    EXPECT_FALSE(set_of(">=0").is_all());
    EXPECT_TRUE(set_of("<0").is_empty());
    EXPECT_TRUE(set_of(">=2,<1").is_empty());
}

TEST(VersionSet, singleton_holds_one_version) {
    VersionSet set = VersionSet::singleton(version_of("1.0"));
    EXPECT_TRUE(set.contains(version_of("1.0.0")));
    EXPECT_FALSE(set.contains(version_of("1.0+a")));
    EXPECT_FALSE(set.contains(version_of("1.0.dev0")));
    EXPECT_TRUE(set.is_subset_of(set_of("==1.0")));
    EXPECT_FALSE(set_of("==1.0").is_subset_of(set));
    EXPECT_EQ(set.intervals().size(), 1u);
}

/// A set of up to four intervals between random cuts.
class SetMaker {
  public:
    explicit SetMaker(uint32_t seed) : random_(seed), cuts_(some_cuts(all_releases(2, 3))) {}

    VersionSet make() {
        VersionSet set;
        for (size_t count = random_() % 4; count > 0; --count) {
            set = set.unite(VersionSet::between(cut(), cut()));
        }
        return random_() % 8 == 0 ? set.complement() : set;
    }

  private:
    std::optional<Cut> cut() {
        return random_() % 16 == 0 ? std::nullopt : std::optional(cuts_[random_() % cuts_.size()]);
    }

    std::mt19937 random_;
    std::vector<Cut> cuts_;
};

std::vector<bool> members(const VersionSet& set, const std::vector<Version>& world) {
    std::vector<bool> inside;
    for (const Version& version : world) {
        inside.push_back(set.contains(version));
    }
    return inside;
}

TEST(VersionSet, operations_on_sets_are_operations_on_members) {
    uint32_t seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::vector<Version> world = fine_world();
    SetMaker maker(seed);
    for (int round = 0; round < 150; ++round) {
        VersionSet a = maker.make();
        VersionSet b = maker.make();
        SCOPED_TRACE(a.str() + " | " + b.str());
        std::vector<bool> in_a = members(a, world);
        std::vector<bool> in_b = members(b, world);
        std::vector<bool> in_both = members(a.intersect(b), world);
        std::vector<bool> in_either = members(a.unite(b), world);
        std::vector<bool> in_rest = members(a.minus(b), world);
        std::vector<bool> outside = members(a.complement(), world);
        bool are_disjoint = true;
        bool is_subset = true;
        for (size_t i = 0; i < world.size(); ++i) {
            ASSERT_EQ(in_both[i], in_a[i] && in_b[i]) << world[i].str();
            ASSERT_EQ(in_either[i], in_a[i] || in_b[i]) << world[i].str();
            ASSERT_EQ(in_rest[i], in_a[i] && !in_b[i]) << world[i].str();
            ASSERT_EQ(outside[i], !in_a[i]) << world[i].str();
            are_disjoint = are_disjoint && !in_both[i];
            is_subset = is_subset && (!in_a[i] || in_b[i]);
        }
        ASSERT_EQ(a.is_disjoint(b), are_disjoint);
        ASSERT_EQ(a.is_subset_of(b), is_subset);
        ASSERT_EQ(a == b, in_a == in_b);
        ASSERT_EQ(a.is_empty(), std::ranges::find(in_a, true) == in_a.end());
    }
}

TEST(VersionSet, laws_of_sets_hold) {
    uint32_t seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    SetMaker maker(seed);
    for (int round = 0; round < 3000; ++round) {
        VersionSet a = maker.make();
        VersionSet b = maker.make();
        VersionSet c = maker.make();
        SCOPED_TRACE(a.str() + " | " + b.str() + " | " + c.str());
        ASSERT_EQ(a.complement().complement(), a);
        ASSERT_EQ(a.intersect(b), b.intersect(a));
        ASSERT_EQ(a.unite(b), b.unite(a));
        ASSERT_EQ(a.intersect(b).intersect(c), a.intersect(b.intersect(c)));
        ASSERT_EQ(a.unite(b).unite(c), a.unite(b.unite(c)));
        ASSERT_EQ(a.intersect(b.unite(c)), a.intersect(b).unite(a.intersect(c)));
        ASSERT_EQ(a.unite(b).complement(), a.complement().intersect(b.complement()));
        ASSERT_EQ(a.minus(b), a.intersect(b.complement()));
        ASSERT_EQ(a.intersect(a.complement()), VersionSet::none());
        ASSERT_EQ(a.unite(a.complement()), VersionSet::all());
        ASSERT_EQ(a.is_disjoint(b), a.intersect(b).is_empty());
        ASSERT_EQ(a.is_subset_of(b), a.minus(b).is_empty());
        ASSERT_EQ(a.is_subset_of(b) && b.is_subset_of(a), a == b);
    }
}

TEST(VersionSet, intervals_make_the_set_again) {
    SetMaker maker(7);
    for (int round = 0; round < 1000; ++round) {
        VersionSet set = maker.make();
        VersionSet again;
        for (const VersionSet::Interval& interval : set.intervals()) {
            again = again.unite(VersionSet::between(interval.begin, interval.end));
        }
        ASSERT_EQ(again, set) << set.str();
    }
}

TEST(VersionSet, many_holes_are_found_by_halving) {
    VersionSet set = VersionSet::all();
    for (uint64_t minor = 0; minor < 50; ++minor) {
        set = set.minus(set_of("==1." + std::to_string(minor)));
    }
    for (uint64_t minor = 0; minor < 50; ++minor) {
        EXPECT_FALSE(set.contains(Version::of({1, minor})));
        EXPECT_TRUE(set.contains(Version::of({1, minor, 1})));
    }
    EXPECT_TRUE(set.contains(version_of("0")));
    EXPECT_TRUE(set.contains(version_of("2")));
}

TEST(VersionSet, reads_as_a_specifier_does) {
    struct Case {
        VersionSet set;
        std::string_view text;
    };
    Version one = version_of("1.0");
    const Case cases[] = {
        {VersionSet::all(), "any version"},
        {VersionSet::none(), "no version"},
        {set_of(">=1.0,<2"), ">=1.0, <2"},
        {set_of("<=1.0"), "<=1.0"},
        {set_of(">1.0"), ">1.0"},
        {set_of("==1.0"), "==1.0"},
        {VersionSet::singleton(one), "==1.0"},
        {set_of("==1.2.*"), "==1.2.*"},
        {set_of("!=1.2.*"), "!=1.2.*"},
        {set_of("!=1.0"), "!=1.0"},
        {set_of(">=1.0,!=1.5,!=1.7,<2"), ">=1.0, !=1.5, !=1.7, <2"},
        {set_of("==1.0").unite(set_of(">=2")), "==1.0 or >=2"},
        {set_of("<1").unite(set_of(">=2,<3")), "<1 or >=2, <3"},
        {set_of(">=1.0").complement(), "<1.0"},
        {set_of("<1.0.post1"), "<1.0.post1.dev0"},
    };
    for (const Case& example : cases) {
        EXPECT_EQ(example.set.str(), example.text);
    }
}

} // namespace
} // namespace pawl::pep
