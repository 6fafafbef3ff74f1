#include "pep/marker_space.h"

#include <algorithm>
#include <chrono>
#include <random>

#include <gtest/gtest.h>

namespace pawl::pep {
namespace {

Marker parse(std::string_view text) {
    auto marker = Marker::parse(text);
    EXPECT_TRUE(marker.has_value()) << text << ": " << marker.error().message;
    return marker ? *marker : Marker::of(Marker::Comparison{});
}

MarkerId from(MarkerSpace& space, std::string_view text) {
    return space.from(parse(text));
}

struct World {
    MarkerEnvironment environment;
    MarkerContext context;
};

/// All possible worlds that the alphabet below can tell apart.
std::vector<World> all_worlds() {
    struct Platform {
        const char *sys, *os, *system;
    };
    const Platform platforms[] = {
        {"win32", "nt", "Windows"},     {"linux", "posix", "Linux"}, {"darwin", "posix", "Darwin"},
        {"cygwin", "posix", "CYGWIN"},  {"other", "posix", "Other"}, {"other", "nt", "Other"},
        {"linuxish", "posix", "Other"}, {"lin", "posix", "Other"},   {"linuxish", "nt", "Other"},
        {"lin", "nt", "Other"},         {"", "nt", "Other"},         {"", "java", "Other"},
        {"other", "java", "Other"},     {"lin", "java", "Other"},    {"linuxish", "java", "Other"},
        {"", "posix", "Other"},
    };
    const char* pythons[] = {"3.1.0",  "3.8.0",     "3.9.0a1", "3.9.0",  "3.9.1", "3.9.7",
                             "3.10.0", "3.11.0rc1", "3.11.0",  "3.11.4", "3.12.1"};
    const char* machines[] = {"x86_64", "x86", "arm64", "ppc64le"};
    const char* releases[] = {"10", "10.7", "11", "6.8.0-45-generic"};
    std::vector<World> worlds;
    for (const Platform& platform : platforms) {
        for (std::string python : pythons) {
            for (const char* machine : machines) {
                for (const char* release : releases) {
                    for (int asked = 0; asked < 4; ++asked) {
                        World world;
                        MarkerEnvironment& environment = world.environment;
                        environment.sys_platform = platform.sys;
                        environment.os_name = platform.os;
                        environment.platform_system = platform.system;
                        environment.platform_machine = machine;
                        environment.platform_release = release;
                        environment.implementation_name = "cpython";
                        environment.platform_python_implementation = "CPython";
                        environment.implementation_version = python;
                        environment.python_full_version = python;
                        environment.python_version = python.substr(0, python.find('.', 2));
                        world.context.extra = (asked & 1) != 0 ? "x" : "";
                        world.context.extras.emplace();
                        world.context.dependency_groups.emplace();
                        if ((asked & 2) != 0) {
                            world.context.dependency_groups->insert("dev");
                        }
                        worlds.push_back(std::move(world));
                    }
                }
            }
        }
    }
    return worlds;
}

const char* const alphabet[] = {
    "sys_platform == 'win32'",
    "sys_platform != 'linux'",
    "sys_platform in 'linux darwin'",
    "'linux' in sys_platform",
    "'lin' not in sys_platform",
    "os_name == 'nt'",
    "os_name != 'posix'",
    "platform_system == 'Linux'",
    "platform_system != 'Windows'",
    "platform_system == 'Other'",
    "platform_machine in 'x86_64 amd64'",
    "platform_machine == 'arm64'",
    "platform_release >= '10.5'",
    "platform_release < '11'",
    "python_version >= '3.9'",
    "python_version == '3.10'",
    "python_version > '3.10'",
    "python_version in '3.9 3.11'",
    "python_full_version < '3.9.1'",
    "python_full_version >= '3.11'",
    "'3.11' > python_full_version",
    "python_full_version != '3.9.7'",
    "extra == 'x'",
    "'dev' in dependency_groups",
};

/// A bit for each world.
using Truth = std::vector<bool>;

class SmallWorld : public testing::Test {
  protected:
    Truth truth_of(const Marker& marker) {
        Truth truth;
        for (const World& world : worlds) {
            auto value = marker.evaluate(world.environment, world.context);
            EXPECT_TRUE(value.has_value());
            truth.push_back(value && *value);
        }
        return truth;
    }
    Truth truth_of(MarkerId id) {
        Truth truth;
        for (const World& world : worlds) {
            truth.push_back(space.evaluate(id, world.environment, world.context));
        }
        return truth;
    }
    void check_text(MarkerId id) {
        if (id == MarkerId::never || !checked.insert(id).second) {
            return;
        }
        std::string text = space.text(id);
        if (text.empty()) {
            EXPECT_EQ(id, MarkerId::always);
            return;
        }
        EXPECT_EQ(space.from(parse(text)), id) << text;
    }

    const std::vector<World> worlds = all_worlds();
    MarkerSpace space;
    std::set<MarkerId> checked;
};

TEST_F(SmallWorld, single_comparisons_mean_what_they_evaluate_to) {
    for (const char* text : alphabet) {
        SCOPED_TRACE(text);
        Marker marker = parse(text);
        MarkerId id = space.from(marker);
        EXPECT_EQ(truth_of(marker), truth_of(id));
        Truth negated = truth_of(space.negate(id));
        negated.flip();
        EXPECT_EQ(truth_of(id), negated);
        check_text(id);
    }
}

TEST_F(SmallWorld, pairs_agree_with_brute_force) {
    std::vector<MarkerId> ids;
    std::vector<Truth> truths;
    for (const char* text : alphabet) {
        for (bool negate : {false, true}) {
            MarkerId id = from(space, text);
            ids.push_back(negate ? space.negate(id) : id);
            truths.push_back(truth_of(ids.back()));
        }
    }
    for (size_t i = 0; i < ids.size(); ++i) {
        for (size_t j = 0; j < ids.size(); ++j) {
            SCOPED_TRACE(std::string(alphabet[i / 2]) + (i % 2 != 0 ? " negated, " : ", ") +
                         alphabet[j / 2] + (j % 2 != 0 ? " negated" : ""));
            bool can_meet = false;
            bool is_implied = true;
            Truth both;
            for (size_t w = 0; w < worlds.size(); ++w) {
                both.push_back(truths[i][w] && truths[j][w]);
                can_meet = can_meet || both[w];
                is_implied = is_implied && (!truths[i][w] || truths[j][w]);
            }
            EXPECT_EQ(space.are_disjoint(ids[i], ids[j]), !can_meet);
            EXPECT_EQ(space.implies(ids[i], ids[j]), is_implied);
            MarkerId product = space.both(ids[i], ids[j]);
            EXPECT_EQ(product == MarkerId::never, !can_meet);
            EXPECT_EQ(truth_of(product), both);
            if (i % 2 == 0 && j % 2 == 0) {
                check_text(product);
                check_text(space.either(ids[i], ids[j]));
            }
        }
    }
}

TEST_F(SmallWorld, equal_truth_is_equal_id) {
    // Trees of depth two over a part of the alphabet that the worlds tell apart completely.
    const size_t chosen[] = {0, 1, 3, 5, 7, 8, 13, 14, 15, 16, 18, 19, 22, 23};
    std::map<Truth, MarkerId> by_truth;
    auto see = [&](MarkerId id) {
        auto [found, is_new] = by_truth.emplace(truth_of(id), id);
        EXPECT_EQ(found->second, id) << space.text(id) << "\n" << space.text(found->second);
    };
    for (size_t a : chosen) {
        MarkerId first = from(space, alphabet[a]);
        see(first);
        for (size_t b : chosen) {
            MarkerId second = from(space, alphabet[b]);
            see(space.both(first, second));
            see(space.either(first, space.negate(second)));
            for (size_t c : {size_t{0}, size_t{5}, size_t{8}, size_t{14}, size_t{23}}) {
                MarkerId third = from(space, alphabet[c]);
                see(space.either(space.both(first, second), third));
                see(space.both(space.either(first, second), space.negate(third)));
            }
        }
    }
}

TEST_F(SmallWorld, trees_of_depth_two_mean_what_they_evaluate_to) {
    using enum Marker::Kind;
    for (const char* a : alphabet) {
        for (const char* b : alphabet) {
            for (size_t c = 0; c < std::size(alphabet); c += 3) {
                for (auto [inner, outer] : {std::pair(all_of, any_of), std::pair(any_of, all_of)}) {
                    Marker marker = Marker::of(
                        outer, {Marker::of(inner, {parse(a), parse(b)}), parse(alphabet[c])});
                    MarkerId id = space.from(marker);
                    for (size_t w = 0; w < worlds.size(); w += 7) {
                        const World& world = worlds[w];
                        auto value = marker.evaluate(world.environment, world.context);
                        ASSERT_EQ(space.evaluate(id, world.environment, world.context), *value)
                            << marker.str();
                    }
                    check_text(id);
                }
            }
        }
    }
}

TEST_F(SmallWorld, random_trees_survive_their_text) {
    unsigned seed = 20261120;
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    auto pick = [&](size_t count) { return random() % count; };
    for (int round = 0; round < 400; ++round) {
        std::vector<MarkerId> parts;
        for (size_t i = 0; i < 2 + pick(7); ++i) {
            parts.push_back(from(space, alphabet[pick(std::size(alphabet))]));
        }
        MarkerId id = parts[0];
        for (MarkerId part : parts) {
            id = pick(2) != 0 ? space.both(id, part) : space.either(id, part);
        }
        check_text(id);
    }
}

TEST_F(SmallWorld, simplify_agrees_where_given_holds) {
    unsigned seed = 7;
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    auto tree = [&] {
        MarkerId id = from(space, alphabet[random() % std::size(alphabet)]);
        for (int i = 0; i < 3; ++i) {
            MarkerId other = from(space, alphabet[random() % std::size(alphabet)]);
            other = random() % 3 == 0 ? space.negate(other) : other;
            id = random() % 2 == 0 ? space.both(id, other) : space.either(id, other);
        }
        return id;
    };
    for (int round = 0; round < 3000; ++round) {
        MarkerId a = tree();
        MarkerId given = tree();
        MarkerId simple = space.simplify(a, given);
        EXPECT_EQ(space.both(simple, given), space.both(a, given));
        EXPECT_EQ(space.simplify(space.negate(a), given), space.negate(simple));
        if (space.implies(given, a) && given != MarkerId::never) {
            EXPECT_EQ(simple, MarkerId::always);
        }
    }
}

TEST(MarkerSpace, writes_short_text) {
    struct {
        const char *marker, *text;
    } cases[] = {
        {"os_name == 'nt'", "os_name == \"nt\""},
        {"os_name == 'posix'", "os_name == \"posix\""},
        {"os_name != 'nt'", "os_name != \"nt\""},
        {"platform_system == 'Windows'", "sys_platform == \"win32\""},
        {"platform_system != 'Linux'", "sys_platform != \"linux\""},
        {"sys_platform == 'win32' and os_name == 'nt'", "sys_platform == \"win32\""},
        {"sys_platform == 'win32' or os_name == 'nt'", "os_name == \"nt\""},
        {"sys_platform in 'linux darwin'", "sys_platform in \"linux darwin\""},
        {"sys_platform not in 'linux darwin'", "sys_platform not in \"linux darwin\""},
        {"'linux' in sys_platform", "\"linux\" in sys_platform"},
        {"python_version == '3.10'", "python_version == \"3.10\""},
        {"python_full_version == '3.10.*'", "python_version == \"3.10\""},
        {"python_version > '3.9'", "python_version >= \"3.10\""},
        {"python_version <= '3.9'", "python_version < \"3.10\""},
        {"python_version != '3.9'", "python_version != \"3.9\""},
        {"python_version in '2.7 3.10'",
         "python_version == \"2.7\" or python_version == \"3.1\" or python_version == \"3.10\""},
        {"python_version >= '3.9' and python_version < '3.12' and python_version != '3.10'",
         "python_version >= \"3.9\" and python_version != \"3.10\" and python_version < \"3.12\""},
        {"python_full_version >= '3.9.1'", "python_full_version >= \"3.9.1\""},
        {"python_full_version < '3.9.1'", "python_full_version < \"3.9.1\""},
        {"python_full_version > '3.9.1'", "python_full_version > \"3.9.1\""},
        {"python_full_version != '3.9.1'", "python_full_version != \"3.9.1\""},
        {"python_full_version ~= '3.9.1'",
         "python_full_version >= \"3.9.1\" and python_version < \"3.10\""},
        {"python_version >= '3' and sys_platform == 'win32' or python_version < '3'",
         "python_version < \"3\" or sys_platform == \"win32\""},
        {"(sys_platform == 'win32' or platform_machine == 'arm64') and python_version >= '3.9'",
         "python_version >= \"3.9\" and (platform_machine == \"arm64\" or sys_platform == "
         "\"win32\")"},
        {"extra == 'a' or extra == 'b'", "extra == \"a\" or extra == \"b\""},
        {"extra != 'a'", "extra != \"a\""},
        {"'a' in extras and 'dev' not in dependency_groups",
         "\"a\" in extras and \"dev\" not in dependency_groups"},
        {"platform_release >= '10'", "platform_release >= \"10\""},
        {"platform_release == '2012ServerR2'", "platform_release == \"2012ServerR2\""},
        {"implementation_version < '3.10.0'", "implementation_version < \"3.10\""},
    };
    MarkerSpace space;
    for (const auto& test : cases) {
        SCOPED_TRACE(test.marker);
        EXPECT_EQ(space.text(from(space, test.marker)), test.text);
        EXPECT_EQ(from(space, test.text), from(space, test.marker));
    }
}

TEST(MarkerSpace, complements_of_python_comparisons_can_be_written) {
    MarkerSpace space;
    for (const char* text :
         {"python_full_version >= '3.9'", "python_full_version < '3.9'",
          "python_full_version <= '3.9.1'", "python_full_version > '3.9.1'",
          "python_full_version == '3.9.1'", "python_full_version >= '3.15.0b1'",
          "python_full_version > '3.15.0b1'", "python_full_version <= '3.15.0b1'",
          "python_full_version ~= '3.9.2'", "'3.9.2' < python_full_version",
          "'3.15.0a2' < python_full_version", "python_version in '3.9 3.11'",
          "python_full_version in '3.9.1 3.11.0'"}) {
        SCOPED_TRACE(text);
        MarkerId negated = space.negate(from(space, text));
        EXPECT_EQ(from(space, space.text(negated)), negated) << space.text(negated);
    }
}

TEST(MarkerSpace, knows_impossible_pairs) {
    MarkerSpace space;
    for (const char* text : {"os_name == 'nt' and sys_platform == 'linux'",
                             "os_name == 'nt' and platform_system == 'Darwin'",
                             "os_name == 'posix' and sys_platform == 'win32'",
                             "platform_system == 'FreeBSD' and sys_platform == 'linux'",
                             "platform_system == 'Windows' and sys_platform != 'win32'",
                             "sys_platform == 'linux' and sys_platform == 'win32'",
                             "sys_platform == 'win32' and 'linux' in sys_platform",
                             "'linux2' in sys_platform and 'linux' not in sys_platform",
                             "python_version < '3.9' and python_full_version >= '3.9.0a1'",
                             "python_version == '3.10' and python_full_version == '3.11.2'",
                             "platform_release >= '10' and platform_release < '9'",
                             "platform_release == 'NT' and platform_release >= '1'"}) {
        EXPECT_EQ(from(space, text), MarkerId::never) << text;
    }
}

TEST(MarkerSpace, requires_python_counts_prereleases_by_their_release) {
    MarkerSpace space;
    auto region = [&](const char* text) {
        return space.from_requires_python(*Specifiers::parse(text));
    };
    EXPECT_EQ(region(">=3.9"), from(space, "python_version >= '3.9'"));
    EXPECT_EQ(region(">=3.9,<4"), from(space, "python_version >= '3.9' and python_version < '4'"));
    EXPECT_EQ(region(""), MarkerId::always);
    EXPECT_EQ(region("<3,>=4"), MarkerId::never);
    EXPECT_EQ(
        space.simplify(from(space, "python_version >= '3.8' and os_name == 'nt'"), region(">=3.9")),
        from(space, "os_name == 'nt'"));
    for (const char* text : {">3.9", "<=3.9", "!=3.9.1", "==3.9.1", "~=3.9.1", ">=3.9.1",
                             ">=3.15b1", "<3.15b1", "<=3.15b1", ">3.15b1", "!=3.9.*"}) {
        MarkerId id = region(text);
        EXPECT_EQ(from(space, space.text(id)), id) << text << ": " << space.text(id);
    }
}

TEST(MarkerSpace, lists_the_pythons_of_a_marker) {
    MarkerSpace space;
    auto pythons = [&](const char* text) { return space.pythons(from(space, text)).str(); };
    EXPECT_EQ(pythons("os_name == 'nt'"), "any version");
    EXPECT_EQ(space.pythons(MarkerId::never).is_empty(), true);
    EXPECT_EQ(space.pythons(from(space, "os_name == 'nt' and python_full_version == '3.9.*' or "
                                        "os_name == 'posix' and python_full_version == '3.10.*'")),
              Specifiers::parse(">=3.9.dev0,<3.11")->set());
}

TEST(MarkerSpace, fixes_extras) {
    MarkerSpace space;
    MarkerId id = from(space, "extra == 'a' and os_name == 'nt' or extra == 'b'");
    MarkerId nt = from(space, "os_name == 'nt'");
    EXPECT_TRUE(space.mentions_extras(id));
    EXPECT_FALSE(space.mentions_extras(nt));
    EXPECT_EQ(space.with_extras(id, {}), MarkerId::never);
    EXPECT_EQ(space.with_extras(id, {"a"}), nt);
    EXPECT_EQ(space.with_extras(id, {"a", "b"}), MarkerId::always);
    EXPECT_EQ(space.without_extras(id), MarkerId::always);
    EXPECT_EQ(space.without_extras(from(space, "extra == 'a' and os_name == 'nt'")), nt);
    EXPECT_EQ(space.with_extras(from(space, "extra != 'a' and os_name == 'nt'"), {}), nt);
    MarkerId lists = from(space, "'a' in extras and 'dev' not in dependency_groups");
    EXPECT_EQ(space.with_extras(lists, {"a"}), lists);
    MarkerContext context;
    context.extras = {"a"};
    EXPECT_EQ(space.with_context(lists, context), MarkerId::always);
    context.dependency_groups = {"dev"};
    EXPECT_EQ(space.with_context(lists, context), MarkerId::never);
}

TEST(MarkerSpace, atoms_are_the_comparisons_of_the_text) {
    MarkerSpace space;
    MarkerId id = from(space, "os_name == 'nt' and python_version >= '3.9' or extra == 'a'");
    std::vector<MarkerId> wanted = {from(space, "extra == 'a'"),
                                    from(space, "python_version >= '3.9'"),
                                    from(space, "os_name == 'nt'")};
    auto atoms = space.atoms(id);
    std::ranges::sort(wanted);
    std::ranges::sort(atoms);
    EXPECT_EQ(atoms, wanted);
    EXPECT_TRUE(space.atoms(MarkerId::always).empty());
    EXPECT_TRUE(space.atoms(MarkerId::never).empty());
}

TEST(MarkerSpace, what_no_machine_has_can_be_written) {
    MarkerSpace space;
    MarkerId given =
        space.both(from(space, "sys_platform != 'win32'"), from(space, "python_version >= '3.11'"));
    MarkerId strange = space.both(from(space, "os_name == 'nt'"), given);
    MarkerId simple = space.simplify(strange, given);
    EXPECT_EQ(space.both(simple, given), strange);
    EXPECT_EQ(space.both(from(space, space.text(simple)), given), strange);
}

TEST(MarkerSpace, an_environment_is_a_point) {
    MarkerSpace space;
    World world = all_worlds().front();
    world.environment.python_version = "3.8";
    world.environment.python_full_version = "3.8.0";
    world.environment.implementation_version = "3.8.0";
    from(space, "'3.8' in python_full_version"); // a question that no set of versions answers
    MarkerId point = space.from_environment(world.environment);
    for (const char* text : {"sys_platform == 'win32'", "os_name == 'nt'", "'win' in sys_platform",
                             "python_version < '3.9'", "python_full_version == '3.8'",
                             "'3.8' in python_full_version", "platform_release >= '9.5'",
                             "platform_machine in 'x86_64 amd64'", "'x86' in platform_machine"}) {
        EXPECT_TRUE(space.implies(point, from(space, text))) << text;
    }
    EXPECT_FALSE(space.implies(point, from(space, "extra == 'x'")));
    EXPECT_FALSE(space.are_disjoint(point, from(space, "extra == 'x'")));
    EXPECT_TRUE(space.evaluate(point, world.environment));
}

TEST(MarkerSpace, undefined_comparisons_never_hold) {
    MarkerSpace space;
    for (const char* text : {"extras == 'a'", "extras in 'a'", "'a' ~= extras", "'a' == 'b'",
                             "os_name < 'nt'", "python_version < 'x'"}) {
        EXPECT_EQ(from(space, text), MarkerId::never) << text;
    }
    EXPECT_EQ(from(space, "os_name ~= 'nt'"), from(space, "os_name == 'nt'"));
    EXPECT_EQ(from(space, "os_name === 'nt'"), from(space, "os_name == 'nt'"));
    EXPECT_EQ(from(space, "'nt' == 'os_name'"), from(space, "os_name == 'nt'"));
}

TEST(MarkerSpace, text_does_not_hang_on_what_was_asked_first) {
    const char* texts[] = {"sys_platform == 'win32' or sys_platform == 'linux' and os_name != 'x'",
                           "platform_machine == 'b' and python_version < '3.9' or "
                           "platform_machine == 'a' and python_version >= '3.9'",
                           "platform_machine != 'z' and extra == 'x' or platform_machine == 'a'",
                           "python_full_version > '3.9.0' or python_full_version <= '3.8.0'",
                           "python_full_version >= '3.9' and python_full_version < '3.10.0'"};
    const char* others[] = {"platform_machine == 'z'", "platform_machine == 'b'",
                            "sys_platform == 'linux'", "python_full_version != '3.9.0'",
                            "platform_machine == 'a'", "python_full_version >= '3.8.0'"};
    MarkerSpace forward, backward;
    for (const char* other : others) {
        from(backward, other);
    }
    for (size_t i = 0; i < std::size(texts); ++i) {
        MarkerId given = from(forward, "platform_machine == 'a' or platform_machine == 'b'");
        MarkerId here = from(forward, texts[i]);
        MarkerId there = from(backward, texts[std::size(texts) - 1 - i]);
        there = from(backward, texts[i]);
        EXPECT_EQ(forward.text(here), backward.text(there));
        MarkerId other = from(backward, "platform_machine == 'b' or platform_machine == 'a'");
        EXPECT_EQ(forward.text(forward.simplify(here, given)),
                  backward.text(backward.simplify(there, other)));
    }
}

TEST(MarkerSpace, long_rows_of_comparisons_are_no_problem) {
    MarkerSpace space;
    for (const char* between : {" or ", " and "}) {
        std::string text;
        for (int i = 0; i < 1900; ++i) {
            text += (i == 0 ? "" : between) + std::string("extra != 'e") + std::to_string(i) + "'";
        }
        MarkerId id = from(space, text);
        EXPECT_EQ(space.from(parse(space.text(id))), id);
        EXPECT_EQ(space.with_extras(id, {"x"}), MarkerId::always);
    }
    EXPECT_FALSE(space.is_exhausted());
    MarkerId all = MarkerId::always; // but what is deeper still is given up, not walked
    for (int i = 0; i < 10'000; ++i) {
        Marker::Comparison comparison{.variable = MarkerVariable::extra,
                                      .literal = std::to_string(100'000 - i)};
        all = space.both(all, space.from(Marker::of(comparison)));
        if (space.is_exhausted()) {
            break;
        }
    }
    EXPECT_TRUE(space.is_exhausted());
}

TEST(MarkerSpace, markers_made_to_hurt_end_soon) {
    auto begin = std::chrono::steady_clock::now();
    MarkerSpace space;
    // (x0 or y0) and (x1 or y1) and …, with names that the order of questions tears apart.
    std::string text;
    for (int i = 0; i < 24; ++i) {
        text += (i == 0 ? "(extra == 'a" : " and (extra == 'a") + std::to_string(100 + i) +
                "' or extra == 'b" + std::to_string(100 + i) + "')";
    }
    MarkerId id = from(space, text);
    if (!space.is_exhausted()) {
        EXPECT_EQ(space.from(parse(space.text(id))), id);
    }
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    EXPECT_LT(seconds.count(), 60);
}

} // namespace
} // namespace pawl::pep
