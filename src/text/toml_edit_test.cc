#include "text/toml_edit.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <random>

#include "text/toml_write.h"

namespace pawl::text {
namespace {

struct ArrayCase {
    std::string_view before;
    size_t index;
    std::string_view after;
};

TEST(TomlEdit, inserting_keeps_the_arrays_layout) {
    const ArrayCase cases[] = {
        {"a = []", 0, "a = [N]"},
        {"a = [ ]", 9, "a = [N]"},
        {"a = [\n]\n", 0, "a = [\n    N,\n]\n"},
        {"a = [\n  # none yet\n]", 0, "a = [\n  # none yet\n    N,\n]"},
        {"a = ['x']", 9, "a = ['x', N]"},
        {"a = ['x']", 0, "a = [N, 'x']"},
        {"a = ['x','y']", 1, "a = ['x', N,'y']"},
        {"a = ['x', 'y']", 9, "a = ['x', 'y', N]"},
        {"a = ['x', ]", 9, "a = ['x', N, ]"},
        {"a = [\n  'x',\n  'y',\n]", 9, "a = [\n  'x',\n  'y',\n  N,\n]"},
        {"a = [\n  'x',\n  'y'\n]", 9, "a = [\n  'x',\n  'y',\n  N\n]"},
        {"a = [\n  'x', # why\n  'y' # not\n]", 9, "a = [\n  'x', # why\n  'y', # not\n  N\n]"},
        {"a = [\n  'x', # why\n  'y', # not\n]", 1, "a = [\n  'x', # why\n  N,\n  'y', # not\n]"},
        {"a = [\n  'x',\n  # about y\n  'y',\n]", 1, "a = [\n  'x',\n  N,\n  # about y\n  'y',\n]"},
        {"a = [\n  'x',\n]", 0, "a = [\n  N,\n  'x',\n]"},
        {"a = [\n  'x']", 9, "a = [\n  'x',\n  N]"},
        {"a = ['x',\n     'y']", 9, "a = ['x',\n     'y',\n     N]"},
        {"a = [\n  'x', 'y',\n  'z',\n]", 1, "a = [\n  'x', N, 'y',\n  'z',\n]"},
        {"a = [\n  'x'\n  , 'y'\n]", 1, "a = [\n  'x', N\n  , 'y'\n]"},
        {"a = [\n  'x' # c\n  , 'y'\n]", 1, "a = [\n  'x', N # c\n  , 'y'\n]"},
        {"a = [\r\n  'x',\r\n]\r\n", 9, "a = [\r\n  'x',\r\n  N,\r\n]\r\n"},
        {"a = [\n\t'x, y', # , \n]", 9, "a = [\n\t'x, y', # , \n\tN,\n]"},
    };
    for (const ArrayCase& example : cases) {
        SCOPED_TRACE(example.before);
        auto document = TomlDocument::parse(std::string(example.before));
        ASSERT_TRUE(document);
        auto edited =
            toml_array_insert(*document, *document->root().find("a"), example.index, "'N'");
        ASSERT_TRUE(edited) << edited.error().message;
        std::string after(example.after);
        after.replace(after.find('N'), 1, "'N'");
        EXPECT_EQ(*edited, after);
    }
}

TEST(TomlEdit, removing_takes_the_comma_and_the_own_line_along) {
    const ArrayCase cases[] = {
        {"a = ['x']", 0, "a = []"},
        {"a = ['x', ]", 0, "a = [ ]"},
        {"a = ['x', 'y']", 0, "a = ['y']"},
        {"a = ['x', 'y']", 1, "a = ['x']"},
        {"a = ['x', 'y', 'z']", 1, "a = ['x', 'z']"},
        {"a = ['x', 'y',]", 1, "a = ['x',]"},
        {"a = [\n  'x',\n  'y',\n]", 0, "a = [\n  'y',\n]"},
        {"a = [\n  'x',\n  'y',\n]", 1, "a = [\n  'x',\n]"},
        {"a = [\n  'x',\n  'y'\n]", 1, "a = [\n  'x'\n]"},
        {"a = [\n  'x', # gone\n  'y', # stays\n]", 0, "a = [\n  'y', # stays\n]"},
        {"a = [\n  'x', # stays\n  'y' # gone\n]", 1, "a = [\n  'x' # stays\n]"},
        {"a = [\n  'x', # stays\n  'y']", 1, "a = [\n  'x' # stays\n  ]"},
        {"a = [\n  'x',\n]", 0, "a = [\n]"},
        {"a = [\n  'x', 'y',\n]", 0, "a = [\n  'y',\n]"},
        {"a = [\n  'x', 'y',\n]", 1, "a = [\n  'x',\n]"},
        {"a = [\n  'x'\n  , 'y'\n]", 1, "a = [\n  'x'\n]"},
        {"a = ['x',\n 'y']", 1, "a = ['x']"},
        {"a = [\r\n  'x',\r\n  'y',\r\n]", 0, "a = [\r\n  'y',\r\n]"},
    };
    for (const ArrayCase& example : cases) {
        SCOPED_TRACE(example.before);
        auto document = TomlDocument::parse(std::string(example.before));
        ASSERT_TRUE(document);
        auto edited = toml_array_remove(*document, *document->root().find("a"), example.index);
        ASSERT_TRUE(edited) << edited.error().message;
        EXPECT_EQ(*edited, example.after);
    }
}

struct KeyCase {
    std::string_view before;
    std::vector<std::string_view> path;
    std::string_view after;
};

TEST(TomlEdit, setting_a_key_touches_one_line) {
    const KeyCase cases[] = {
        {"", {"a"}, "a = N\n"},
        {"# c\n", {"a"}, "# c\na = N\n"},
        {"a = 1 # c\nb = 2\n", {"a"}, "a = N # c\nb = 2\n"},
        {"a = 1 # c\n\n# d\n", {"b"}, "a = 1 # c\nb = N\n\n# d\n"},
        {"a = 1", {"b"}, "a = 1\nb = N"},
        {"# c\n\n[t]\n", {"a"}, "# c\n\na = N\n\n[t]\n"},
        {"[t]\n", {"t", "a"}, "[t]\na = N\n"},
        {"[t] # c\n", {"t", "a"}, "[t] # c\na = N\n"},
        {"[t]\n  b = 1 # c\n\n[u]\n", {"t", "a"}, "[t]\n  b = 1 # c\n  a = N\n\n[u]\n"},
        {"[t]\nb = 1\n", {"u", "v", "a"}, "[t]\nb = 1\n\n[u.v]\na = N\n"},
        {"[t]\nb = 1", {"u", "a"}, "[t]\nb = 1\n\n[u]\na = N\n"},
        {"[t]\nb = 1\n", {"t", "v", "a"}, "[t]\nb = 1\n\n[t.v]\na = N\n"},
        {"[t.u]\nb = 1\n", {"t", "a"}, "[t.u]\nb = 1\n\n[t]\na = N\n"},
        {"t = {}\n", {"t", "a"}, "t = { a = N }\n"},
        {"t = {b = 1}\n", {"t", "a"}, "t = {b = 1, a = N}\n"},
        {"t = { b.c = 1 } # c\n", {"t", "b", "a"}, "t = { b.c = 1, b.a = N } # c\n"},
        {"t = {b = 1}\n", {"t", "u", "a"}, "t = {b = 1, u.a = N}\n"},
        {"t.b = 1\nx = 2\n", {"t", "a"}, "t.b = 1\nt.a = N\nx = 2\n"},
        {"[s]\nt.u.b = 1\n", {"s", "t", "u", "a"}, "[s]\nt.u.b = 1\nt.u.a = N\n"},
        {"[s]\nt.u.b = 1\n", {"s", "t", "a"}, "[s]\nt.u.b = 1\nt.a = N\n"},
        {"a = 1\r\n", {"b c"}, "a = 1\r\n\"b c\" = N\r\n"},
        {"a = [\n 1,\n] # c\n[t]\n", {"b"}, "a = [\n 1,\n] # c\nb = N\n[t]\n"},
    };
    for (const KeyCase& example : cases) {
        SCOPED_TRACE(example.before);
        auto document = TomlDocument::parse(std::string(example.before));
        ASSERT_TRUE(document);
        auto edited = toml_set(*document, example.path, "'N'");
        ASSERT_TRUE(edited) << edited.error().message;
        std::string after(example.after);
        after.replace(after.find('N'), 1, "'N'");
        EXPECT_EQ(*edited, after);
    }
}

TEST(TomlEdit, a_mark_of_the_byte_order_stays_in_front) {
    constexpr std::array<std::string_view, 1> path = {"a"};
    auto document = TomlDocument::parse("\xef\xbb\xbf[s]\nt = 1\n");
    ASSERT_TRUE(document);
    auto with = toml_set(*document, path, "1");
    ASSERT_TRUE(with) << with.error().message;
    EXPECT_EQ(*with, "\xef\xbb\xbf"
                     "a = 1\n\n[s]\nt = 1\n");
    auto again = TomlDocument::parse(*with);
    ASSERT_TRUE(again);
    auto without = toml_remove(*again, path);
    ASSERT_TRUE(without) << without.error().message;
    EXPECT_TRUE(without->starts_with("\xef\xbb\xbf")) << *without;
    EXPECT_TRUE(TomlDocument::parse(*without));
}

TEST(TomlEdit, removing_a_key_leaves_the_rest) {
    const KeyCase cases[] = {
        {"a = 1\n", {"b"}, "a = 1\n"},
        {"a = 1 # c\nb = 2\n", {"a"}, "b = 2\n"},
        {"b = 2\na = 1", {"a"}, "b = 2\n"},
        {"a = [\n 1,\n] # c\nb = 2\n", {"a"}, "b = 2\n"},
        {"[t]\na = 1\nb = 2\n", {"t", "a"}, "[t]\nb = 2\n"},
        {"x = 1\n\n[t]\na = 1\n\n# about u\n[u]\n", {"t"}, "x = 1\n\n# about u\n[u]\n"},
        {"[t]\na = 1\n[t.v]\nb = 1\n[u]\nc = 1\n", {"t"}, "[u]\nc = 1\n"},
        {"[[t]]\na = 1\n[t.v]\nb = 1\n[u]\n[[t]]\n", {"t"}, "[u]\n"},
        {"[t.v]\nb = 1\n[u]\n", {"t"}, "[u]\n"},
        {"t.a = 1\nx = 1\nt.b = 2\n", {"t"}, "x = 1\n"},
        {"t.a = 1\nt.b = 2\n", {"t", "a"}, "t.b = 2\n"},
        {"[s]\nt.a = 1\n[s.t.u]\nb = 1\n[v]\n", {"s"}, "[v]\n"},
        {"t = {a = 1}\n", {"t", "a"}, "t = {}\n"},
        {"t = {a = 1, b = 2}\n", {"t", "a"}, "t = {b = 2}\n"},
        {"t = { a = 1, b = [1, 2], c = 3 } # c\n", {"t", "b"}, "t = { a = 1, c = 3 } # c\n"},
        {"t = {a.x = 1, b = 2, a.y = 3}\n", {"t", "a"}, "t = {b = 2}\n"},
    };
    for (const KeyCase& example : cases) {
        SCOPED_TRACE(example.before);
        auto document = TomlDocument::parse(std::string(example.before));
        ASSERT_TRUE(document);
        auto edited = toml_remove(*document, example.path);
        ASSERT_TRUE(edited) << edited.error().message;
        EXPECT_EQ(*edited, example.after);
    }
}

TEST(TomlEdit, what_cannot_be_set_is_an_error) {
    const std::vector<std::string_view> path = {"a", "b"};
    EXPECT_FALSE(toml_set(*TomlDocument::parse("a = 1"), path, "1"));
    EXPECT_FALSE(toml_set(*TomlDocument::parse("[[a]]"), path, "1"));
    EXPECT_FALSE(toml_set(*TomlDocument::parse("[a.b]"), path, "1"));
    EXPECT_FALSE(toml_set(*TomlDocument::parse("[a]"), path, "no value"));
    EXPECT_FALSE(toml_set(*TomlDocument::parse("[a]"), path, "1\nc = 2\n[d"));
}

TEST(TomlEdit, any_array_takes_and_gives_elements) {
    uint64_t seed = std::random_device{}();
    if (const char* given = std::getenv("PAWL_TEST_SEED")) {
        seed = std::strtoull(given, nullptr, 10);
    }
    SCOPED_TRACE("PAWL_TEST_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    static constexpr std::string_view gaps[] = {"", " ", "\n", "\n  ", " # c, ]\n", "\r\n", "\t"};
    auto gap = [&random] { return std::string(gaps[random() % std::size(gaps)]); };
    for (int round = 0; round < 5000; ++round) {
        const size_t count = random() % 5;
        std::string text = "a = [" + gap();
        std::vector<std::string> expected;
        for (size_t i = 0; i < count; ++i) {
            expected.push_back("e" + std::to_string(i));
            text += toml_string(expected.back()) + gap();
            text += i + 1 < count || random() % 2 == 0 ? "," + gap() : "";
        }
        text += "] # end\nb = 1\n";
        SCOPED_TRACE(text);
        auto document = TomlDocument::parse(text);
        ASSERT_TRUE(document) << document.error().message;
        const TomlNode array = *document->root().find("a");
        const size_t index = random() % (count + 1);
        const bool remove = index < count && random() % 2 == 0;
        auto edited = remove ? toml_array_remove(*document, array, index)
                             : toml_array_insert(*document, array, index, "\"new\"");
        ASSERT_TRUE(edited) << edited.error().message;
        const auto at = expected.begin() + static_cast<std::ptrdiff_t>(index);
        remove ? static_cast<void>(expected.erase(at))
               : static_cast<void>(expected.insert(at, "new"));
        auto again = TomlDocument::parse(*edited);
        ASSERT_TRUE(again);
        std::vector<std::string> found;
        const TomlNode edited_array = *again->root().find("a");
        for (const TomlNode element : edited_array) {
            found.emplace_back(element.string());
        }
        EXPECT_EQ(found, expected) << *edited;
        EXPECT_TRUE(edited->ends_with("] # end\nb = 1\n")) << *edited;
        if (!remove) {
            const auto comments = [](const std::string& t) { return std::ranges::count(t, '#'); };
            EXPECT_EQ(comments(text), comments(*edited)) << *edited;
        }
    }
}

} // namespace
} // namespace pawl::text
