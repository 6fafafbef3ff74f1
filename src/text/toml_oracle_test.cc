// toml++ as an oracle: both must take the same documents and mean the same by them. The documents
// are generated from a grammar that is valid more often than not, then mutated byte by byte.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>
#include <sstream>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wshadow"
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>
#pragma GCC diagnostic pop

#include "base/text.h"
#include "text/toml.h"
#include "text/toml_write.h"

namespace pawl::text {
namespace {

using Random = std::mt19937_64;

size_t pick(Random& random, size_t count) {
    return random() % count;
}

std::string generated_key(Random& random) {
    static constexpr std::string_view keys[] = {"a",     "b",   "c",    "d-e",   "1",
                                                "\"a\"", "'b'", "\"\"", "'x y'", "\"\\u0063\""};
    return std::string(keys[pick(random, std::size(keys))]);
}

std::string generated_dotted_key(Random& random) {
    std::string key = generated_key(random);
    while (pick(random, 3) == 0) {
        key += (pick(random, 4) == 0 ? " . " : ".") + generated_key(random);
    }
    return key;
}

std::string generated_value(Random& random, int depth) {
    static constexpr std::string_view scalars[] = {"1",
                                                   "-17",
                                                   "+0",
                                                   "0x1F",
                                                   "0o17",
                                                   "0b101",
                                                   "1_000",
                                                   "1.5",
                                                   "-2e10",
                                                   "6.02E-23",
                                                   "inf",
                                                   "-nan",
                                                   "true",
                                                   "false",
                                                   "\"\"",
                                                   "\"a\\tb\\u00e9\"",
                                                   "'c:\\d'",
                                                   "\"\"\"x\ny \"\" z\"\"\"",
                                                   "'''\nx''y'''",
                                                   "\"\"\"a\\\n   b\"\"\"",
                                                   "1979-05-27T07:32:00Z",
                                                   "1979-05-27 07:32:00.123",
                                                   "1979-05-27",
                                                   "07:32:00",
                                                   "1979-05-27T00:32:00.999999-07:00",
                                                   "\"é😀\""};
    const size_t kind = pick(random, depth > 3 ? 8 : 12);
    if (kind < 8) {
        return std::string(scalars[pick(random, std::size(scalars))]);
    }
    const size_t count = pick(random, 4);
    if (kind < 10) {
        std::string array = "[";
        for (size_t i = 0; i < count; ++i) {
            array += (i > 0 ? ", " : "") + generated_value(random, depth + 1);
            array += pick(random, 4) == 0 ? " # c\n" : "";
        }
        return array + (count > 0 && pick(random, 3) == 0 ? ",\n]" : "]");
    }
    std::string table = "{";
    for (size_t i = 0; i < count; ++i) {
        table += (i > 0 ? ", " : " ") + generated_dotted_key(random) + " = " +
                 generated_value(random, depth + 1);
    }
    return table + "}";
}

std::string generated_document(Random& random) {
    std::string text;
    const size_t lines = pick(random, 12);
    for (size_t i = 0; i < lines; ++i) {
        const size_t kind = pick(random, 10);
        if (kind == 0) {
            text += "[" + generated_dotted_key(random) + "]";
        } else if (kind == 1) {
            text += "[[" + generated_dotted_key(random) + "]]";
        } else if (kind == 2) {
            text += "# comment \t é";
        } else if (kind > 3) {
            text += generated_dotted_key(random) + " = " + generated_value(random, 0);
        }
        text += pick(random, 8) == 0 ? " # c\r\n" : "\n";
    }
    return text;
}

void mutate(std::string& text, Random& random) {
    static constexpr std::string_view bytes = "\"'[]{}.=,#\n\r\t\\0123abex_-+:TZ \x01\x7f\xc3\xa9";
    for (size_t i = pick(random, 3); i > 0 && !text.empty(); --i) {
        const size_t at = pick(random, text.size());
        const char byte = bytes[pick(random, bytes.size())];
        switch (pick(random, 4)) {
        case 0:
            text.erase(at, 1);
            break;
        case 1:
            text.insert(at, 1, byte);
            break;
        case 2:
            text[at] = byte;
            break;
        default:
            text.insert(at, text.substr(pick(random, text.size()), pick(random, 12)));
        }
    }
}

// Both trees as text, tables sorted by key.

std::string datetime_text(const TomlDatetime& t) {
    std::ostringstream out;
    if (t.has_date) {
        out << t.year << '-' << int{t.month} << '-' << int{t.day} << ' ';
    }
    if (t.has_time) {
        out << int{t.hour} << ':' << int{t.minute} << ':' << int{t.second} << '.' << t.nanosecond;
    }
    if (t.has_offset) {
        out << '@' << t.offset_minutes;
    }
    return out.str();
}

std::string float_text(double value) {
    if (std::isnan(value)) {
        return "nan";
    }
    std::ostringstream out;
    out.precision(17);
    out << "f" << value;
    return out.str();
}

std::string canonical(TomlNode node) {
    switch (node.kind()) {
    case TomlNode::Kind::string:
        return toml_string(node.string());
    case TomlNode::Kind::integer:
        return std::to_string(node.integer());
    case TomlNode::Kind::floating:
        return float_text(node.floating());
    case TomlNode::Kind::boolean:
        return node.boolean() ? "true" : "false";
    case TomlNode::Kind::datetime:
        return datetime_text(node.datetime());
    case TomlNode::Kind::array: {
        std::string out = "[";
        for (const TomlNode element : node) {
            out += canonical(element) + ",";
        }
        return out + "]";
    }
    case TomlNode::Kind::table:
        break;
    }
    std::map<std::string, std::string> entries;
    for (const TomlNode entry : node) {
        entries[toml_string(entry.key())] = canonical(entry);
    }
    std::string out = "{";
    for (const auto& entry : entries) {
        out += entry.first + "=" + entry.second + ",";
    }
    return out + "}";
}

std::string datetime_of(const toml::node& node) {
    TomlDatetime t;
    auto take_date = [&t](const toml::date& date) {
        t.has_date = true;
        t.year = date.year;
        t.month = date.month;
        t.day = date.day;
    };
    auto take_time = [&t](const toml::time& time) {
        t.has_time = true;
        t.hour = time.hour;
        t.minute = time.minute;
        t.second = time.second;
        t.nanosecond = time.nanosecond;
    };
    if (auto date = node.value_exact<toml::date>()) {
        take_date(*date);
    } else if (auto time = node.value_exact<toml::time>()) {
        take_time(*time);
    } else {
        auto both = *node.value_exact<toml::date_time>();
        take_date(both.date);
        take_time(both.time);
        t.has_offset = both.offset.has_value();
        t.offset_minutes = both.offset ? both.offset->minutes : int16_t{0};
    }
    return datetime_text(t);
}

std::string canonical(const toml::node& node) {
    if (auto text = node.value_exact<std::string>()) {
        return toml_string(*text);
    }
    if (auto integer = node.value_exact<int64_t>()) {
        return std::to_string(*integer);
    }
    if (auto number = node.value_exact<double>()) {
        return float_text(*number);
    }
    if (auto boolean = node.value_exact<bool>()) {
        return *boolean ? "true" : "false";
    }
    if (const toml::array* array = node.as_array()) {
        std::string out = "[";
        for (const toml::node& element : *array) {
            out += canonical(element) + ",";
        }
        return out + "]";
    }
    if (const toml::table* table = node.as_table()) {
        std::map<std::string, std::string> entries;
        for (auto&& entry : *table) {
            entries[toml_string(entry.first.str())] = canonical(entry.second);
        }
        std::string out = "{";
        for (const auto& entry : entries) {
            out += entry.first + "=" + entry.second + ",";
        }
        return out + "}";
    }
    return datetime_of(node);
}

/// Where toml++ 3.3 is known to differ from the specification, each with its reason.
bool oracle_is_wrong(std::string_view their_error) {
    // A float beyond the range of a double is infinite (or 0), as in Python's tomllib.
    return their_error.find("could not be interpreted as a value") != their_error.npos;
}

TEST(TomlOracle, agrees_with_toml_plus_plus) {
    uint64_t seed = std::random_device{}();
    if (const char* given = std::getenv("PAWL_TEST_SEED")) {
        seed = std::strtoull(given, nullptr, 10);
    }
    SCOPED_TRACE("PAWL_TEST_SEED=" + std::to_string(seed));
    Random random(seed);
    size_t valid = 0;
    constexpr size_t rounds = 20'000;
    for (size_t i = 0; i < rounds && !::testing::Test::HasFailure(); ++i) {
        std::string text = generated_document(random);
        mutate(text, random);
        auto ours = TomlDocument::parse(text);
#ifdef __SANITIZE_ADDRESS__
        if (!ours) {
            continue; // toml++ 3.3 itself runs into undefined behaviour on some broken documents
        }
#endif
        auto theirs = toml::parse(text);
        if (ours.has_value() != theirs.succeeded()) {
            if (!oracle_is_wrong(theirs ? "" : theirs.error().description())) {
                ADD_FAILURE() << "ours: " << (ours ? "valid" : ours.error().message)
                              << "\ntheirs: " << (theirs ? "valid" : theirs.error().description())
                              << "\n"
                              << text;
            }
            continue;
        }
        if (!ours) {
            continue;
        }
        ++valid;
        EXPECT_EQ(canonical(ours->root()), canonical(theirs.table())) << text;
    }
    EXPECT_GT(valid, rounds / 20); // the generator must not degenerate into noise
}

} // namespace
} // namespace pawl::text
