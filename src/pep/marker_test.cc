#include "pep/marker.h"

#include <gtest/gtest.h>

namespace pawl::pep {
namespace {

MarkerEnvironment linux_environment() {
    MarkerEnvironment environment;
    environment.os_name = "posix";
    environment.sys_platform = "linux";
    environment.platform_system = "Linux";
    environment.platform_machine = "x86_64";
    environment.platform_python_implementation = "CPython";
    environment.platform_release = "6.8.0-45-generic";
    environment.platform_version = "#45-Ubuntu SMP";
    environment.implementation_name = "cpython";
    environment.implementation_version = "3.15.0b1";
    environment.python_version = "3.15";
    environment.python_full_version = "3.15.0b1";
    return environment;
}

TEST(Marker, prints_as_packaging_does) {
    struct {
        const char *text, *printed;
    } cases[] = {
        {"os_name=='nt'", "os_name == \"nt\""},
        {"os.name=='nt'and python_implementation=='CPython'",
         "os_name == \"nt\" and platform_python_implementation == \"CPython\""},
        {"((os_name == 'nt'))", "os_name == \"nt\""},
        {"(os_name == 'a' and os_name == 'b') and os_name == 'c'",
         "(os_name == \"a\" and os_name == \"b\") and os_name == \"c\""},
        {"os_name == 'a' or os_name == 'b' and os_name == 'c'",
         "os_name == \"a\" or os_name == \"b\" and os_name == \"c\""},
        {"os_name == 'a' or (os_name == 'b' and os_name == 'c')",
         "os_name == \"a\" or (os_name == \"b\" and os_name == \"c\")"},
        {"(os_name == 'a' or os_name == 'b') and os_name == 'c'",
         "(os_name == \"a\" or os_name == \"b\") and os_name == \"c\""},
        {"((os_name == 'a' or os_name == 'b'))", "os_name == \"a\" or os_name == \"b\""},
        {"extra == 'Foo_Bar'", "extra == \"foo-bar\""},
        {"'Foo..Bar' in extras", "\"foo-bar\" in extras"},
        {"'Foo_Bar' not  in dependency_groups", "\"foo-bar\" not in dependency_groups"},
        {"extras == 'A_b'", "extras == \"A_b\""},
        {"os_name == 'a\"b'", "os_name == 'a\"b'"},
        {"os_name == 'a\\x41\\u0042\\103\\q'", "os_name == \"aABC\\q\""},
        {"os_name == sys_platform", "os_name == sys_platform"},
        {"'a' == 'b'", "\"a\" == \"b\""},
        {"\t os_name\t~= \"x\" ", "os_name ~= \"x\""},
    };
    for (const auto& test : cases) {
        SCOPED_TRACE(test.text);
        auto marker = Marker::parse(test.text);
        ASSERT_TRUE(marker.has_value()) << marker.error().message;
        EXPECT_EQ(marker->str(), test.printed);
        auto again = Marker::parse(marker->str());
        ASSERT_TRUE(again.has_value());
        EXPECT_EQ(again->str(), marker->str());
    }
}

TEST(Marker, what_only_escapes_can_say_is_written_with_escapes) {
    for (std::string_view text :
         {R"(os_name == "a\\b")", R"(os_name == "\\n")", R"(os_name == "a\nb\rc\x00d")",
          R"(os_name == "\ and \x22 and '")", R"(os_name == 'a " b \ \\n c\\')"}) {
        auto marker = Marker::parse(text);
        ASSERT_TRUE(marker) << text;
        EXPECT_EQ(marker->str(), text);
        auto again = Marker::parse(marker->str());
        ASSERT_TRUE(again) << text;
        EXPECT_EQ(again->comparison().literal, marker->comparison().literal) << text;
    }
}

TEST(Marker, errors_name_the_position) {
    struct {
        const char* text;
        const char* position;
    } cases[] = {
        {"", "position 1,"},
        {"os_name", "position 8,"},
        {"os_name =", "position 9,"},
        {"os_name = 'nt'", "position 9,"},
        {"os_name == nt", "position 12,"},
        {"os_name == 'nt", "position 12,"},
        {"(os_name == 'nt'", "position 17,"},
        {"os_name == 'nt')", "position 16,"},
        {"os_name == 'nt' and", "position 20,"},
        {"os_name == 'nt' && x", "position 17,"},
        {"os_name notin 'nt'", "position 9,"},
        {"os_name not 'nt'", "position 13,"},
        {"os_name == 'a\\'", "position 12,"},
        {"os_names == 'a'", "position 1,"},
        {"os_name == 'nt'\n", "position 16,"},
    };
    for (const auto& test : cases) {
        SCOPED_TRACE(test.text);
        auto marker = Marker::parse(test.text);
        ASSERT_FALSE(marker.has_value());
        EXPECT_NE(marker.error().message.find(test.position), std::string::npos)
            << marker.error().message;
    }
    auto inside = Marker::parse_at("six; os_name = 'nt'", 4);
    EXPECT_NE(inside.error().message.find("position 14"), std::string::npos)
        << inside.error().message;
}

TEST(Marker, deep_nesting_is_an_error) {
    for (size_t count : {size_t{20'000}, size_t{1'000'000}}) {
        std::string text(count, '(');
        text += "os_name == 'nt'" + std::string(count, ')');
        EXPECT_FALSE(Marker::parse(text).has_value());
    }
    std::string fine(400, '(');
    fine += "os_name == 'nt'" + std::string(400, ')');
    EXPECT_EQ(Marker::parse(fine)->str(), "os_name == \"nt\"");
    std::string wide = "os_name == 'nt'";
    for (int i = 0; i < 50'000; ++i) {
        wide += " or os_name == 'nt'";
    }
    EXPECT_FALSE(Marker::parse(wide).has_value());
}

TEST(Marker, evaluates_as_the_specification_says) {
    struct {
        const char* text;
        bool value;
    } cases[] = {
        {"os_name == 'posix'", true},
        {"os_name < 'zzz'", false}, // strings have no order
        {"os_name <= 'posix'", true},
        {"sys_platform in 'linux darwin'", true},
        {"'lin' in sys_platform", true},
        {"python_version == '3.15'", true},
        {"python_version >= '3.9'", true}, // as versions, not as strings
        {"'3.9' <= python_version", true},
        {"python_full_version >= '3.15'", false}, // a beta comes before it
        {"python_full_version < '3.15'", false},  // nor is it before it
        {"python_version == '3.1*'", false},
        {"python_full_version == '3.15.*'", true},
        {"python_version in '3.9 3.15'", true},
        {"platform_release >= '5'", false}, // not a version
        {"platform_release == '6.8.0-45-generic'", true},
        {"platform_release != 'x'", true},
        {"platform_version >= '10'", false},
        {"extra == 'Foo.Bar'", true},
        {"extra in 'foo-bar baz'", true},
        {"os_name == 'nt' or os_name == 'posix' and extra == 'foo-bar'", true},
    };
    MarkerContext context;
    context.extra = "foo-bar";
    for (const auto& test : cases) {
        SCOPED_TRACE(test.text);
        auto value = Marker::parse(test.text)->evaluate(linux_environment(), context);
        ASSERT_TRUE(value.has_value()) << value.error().message;
        EXPECT_EQ(*value, test.value);
    }
}

TEST(Marker, undefined_variables_and_comparisons_are_errors_wherever_they_stand) {
    MarkerContext lock;
    lock.extras = {"a"};
    lock.dependency_groups.emplace();
    for (const char* text :
         {"extra == 'a'", "os_name ~= 'posix'", "os_name === 'posix'", "'posix' ~= os_name",
          "extras in 'a'", "extras == 'a'", "'a' ~= extras", "'a' == 'b'",
          "os_name == 'posix' or os_name ~= 'nt'"}) {
        EXPECT_FALSE(Marker::parse(text)->evaluate(linux_environment(), lock).has_value()) << text;
    }
    EXPECT_TRUE(*Marker::parse("'A' in extras and 'x' not in dependency_groups")
                     ->evaluate(linux_environment(), lock));
    EXPECT_FALSE(Marker::parse("'a' in extras")->evaluate(linux_environment(), {}).has_value());
}

TEST(Marker, a_checkout_of_python_counts_as_its_release) {
    auto environment = linux_environment();
    environment.python_full_version = "3.15.0+";
    EXPECT_TRUE(*Marker::parse("python_full_version >= '3.15'")->evaluate(environment));
    EXPECT_TRUE(*Marker::parse("python_full_version == '3.15.0'")->evaluate(environment));
}

} // namespace
} // namespace pawl::pep
