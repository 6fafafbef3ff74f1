#include "pep/requirement.h"

#include <gtest/gtest.h>

namespace pawl::pep {
namespace {

TEST(Requirement, prints_in_one_form) {
    struct Case {
        std::string_view text, printed;
    };
    constexpr Case cases[] = {
        {"six", "six"},
        {"\t Foo_Bar  ", "Foo_Bar"},
        {"requests[Socks , security]>=2.8.1 , ==2.8.*", "requests[Socks,security]==2.8.*,>=2.8.1"},
        {"a[b,b,a]", "a[a,b]"},
        {"a[]", "a"},
        {"a[ ]>=1", "a>=1"},
        {"a (>=1,<2)", "a<2,>=1"},
        {"a ( )", "a"},
        {"a()", "a"},
        {"a>=1,", "a>=1"},
        {"a (>=1,)", "a>=1"},
        {"a==\n1", "a==1"},
        {"a ===any,thing>", "a"},
        {"a ===x.y", "a===x.y"},
        {"a@https://h/a;b", "a @ https://h/a;b"},
        {"a[x] @ git+ssh://h/r@v1#egg=a", "a[x] @ git+ssh://h/r@v1#egg=a"},
        {"a @ ../rel ;os_name=='nt'", "a @ ../rel ; os_name == \"nt\""},
        {"a;os_name=='nt'", "a; os_name == \"nt\""},
        {"a>=1 ; extra == 'x' ", "a>=1; extra == \"x\""},
    };
    for (const Case& example : cases) {
        SCOPED_TRACE(example.text);
        Result<Requirement> requirement = Requirement::parse(example.text);
        if (example.text.find("any,thing") != std::string_view::npos) {
            EXPECT_FALSE(requirement); // the comma ends the clause: "thing>" is none
            continue;
        }
        ASSERT_TRUE(requirement) << requirement.error().message;
        EXPECT_EQ(requirement->str(), example.printed);
        Result<Requirement> again = Requirement::parse(requirement->str());
        ASSERT_TRUE(again);
        EXPECT_EQ(again->str(), example.printed);
    }
}

TEST(Requirement, names_and_extras_are_normal_beside_what_was_written) {
    Result<Requirement> requirement = Requirement::parse("Foo_Bar[B_c,a,b-C]");
    ASSERT_TRUE(requirement);
    EXPECT_EQ(requirement->name, Name::of("foo-bar"));
    EXPECT_EQ(requirement->name_as_written, "Foo_Bar");
    EXPECT_EQ(requirement->extras, (std::vector<Name>{Name::of("a"), Name::of("b-c")}));
    EXPECT_EQ(requirement->str(), "Foo_Bar[B_c,a,b-C]");
    requirement->extras_as_written.clear();
    EXPECT_EQ(requirement->str(), "Foo_Bar[a,b-c]");
}

TEST(Requirement, errors_name_the_position) {
    struct Case {
        std::string_view text;
        size_t position;
    };
    constexpr Case cases[] = {
        {"", 1},          {"-a", 1},         {"é", 1},      {"a b", 3},
        {"a-", 2},        {"a[b c]", 5},     {"a[,b]", 3},  {"a[b,]", 5},
        {"a[b", 4},       {"a]", 2},         {"a>=", 2},    {"a >=1.*", 3},
        {"a >=1,,<2", 7}, {"a >=1 <2", 7},   {"a (>=1", 7}, {"a >=1)", 6},
        {"a >=1 # c", 7}, {"a^1", 2},        {"a @", 4},    {"a @ u os_name == 'nt'", 7},
        {"a\n", 2},       {"a >= 1.0+x", 3},
    };
    for (const Case& example : cases) {
        SCOPED_TRACE(example.text);
        Result<Requirement> requirement = Requirement::parse(example.text);
        ASSERT_FALSE(requirement);
        std::string place = "position " + std::to_string(example.position) + " ";
        EXPECT_NE(requirement.error().message.find(place), std::string::npos)
            << requirement.error().message;
    }
}

TEST(Requirement, names_that_the_grammar_lets_pass_are_still_refused) {
    EXPECT_TRUE(WrittenRequirement::parse("a_"));
    EXPECT_FALSE(Requirement::parse("a_"));
    EXPECT_FALSE(Requirement::parse("a[b_]"));
}

TEST(Requirement, long_input_is_read_in_one_pass) {
    std::string many = "a[";
    for (int i = 0; i < 100000; ++i) {
        many += i == 0 ? "x" : ",x";
    }
    Result<Requirement> requirement = Requirement::parse(many + "]");
    ASSERT_TRUE(requirement);
    EXPECT_EQ(requirement->extras.size(), 1u);
    EXPECT_FALSE(Requirement::parse("a" + std::string(1000000, '-')));
}

} // namespace
} // namespace pawl::pep
