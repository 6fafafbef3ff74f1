// The grammar of markers, as the specification gives it and as the `packaging` library reads it:
//
//     marker     = group ("or" group)*
//     group      = atom ("and" atom)*
//     atom       = "(" marker ")" | side operator side
//     side       = variable | quoted string
//     operator   = "<=" | "<" | "!=" | "===" | "==" | ">=" | ">" | "~=" | "in" | "not" "in"
//
// Blanks and tabs may stand anywhere between tokens; "not" needs one before its "in". Names of old
// (os.name, python_implementation, …) are read as their successors. A string ends at the next quote
// of its kind; the escapes of Python's literals are decoded, since the library does that.

#include <array>

#include "base/text.h"
#include "pep/marker.h"
#include "pep/name.h"

namespace pawl::pep {

namespace {

/// Deeper nesting is refused; the library gives up at about 480.
constexpr int brackets_max = 450;
/// Real markers have a few dozen; what computes with them recurses as deep as there are questions.
constexpr int comparisons_max = 2000;

struct Spelling {
    std::string_view text;
    MarkerVariable variable;
};

constexpr std::array<Spelling, 20> spellings = {{
    {"python_version", MarkerVariable::python_version},
    {"python_full_version", MarkerVariable::python_full_version},
    {"os_name", MarkerVariable::os_name},
    {"os.name", MarkerVariable::os_name},
    {"sys_platform", MarkerVariable::sys_platform},
    {"sys.platform", MarkerVariable::sys_platform},
    {"platform_release", MarkerVariable::platform_release},
    {"platform_system", MarkerVariable::platform_system},
    {"platform_version", MarkerVariable::platform_version},
    {"platform.version", MarkerVariable::platform_version},
    {"platform_machine", MarkerVariable::platform_machine},
    {"platform.machine", MarkerVariable::platform_machine},
    {"platform_python_implementation", MarkerVariable::platform_python_implementation},
    {"platform.python_implementation", MarkerVariable::platform_python_implementation},
    {"python_implementation", MarkerVariable::platform_python_implementation},
    {"implementation_name", MarkerVariable::implementation_name},
    {"implementation_version", MarkerVariable::implementation_version},
    {"extras", MarkerVariable::extras},
    {"extra", MarkerVariable::extra},
    {"dependency_groups", MarkerVariable::dependency_groups},
}};

/// Bytes of UTF-8 sequences count as letters: a word does not end inside one.
bool is_word(char c) {
    return is_alnum(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

void append_utf8(std::string& out, uint32_t code) {
    auto put = [&out](uint32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | (code >> 6));
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | (code >> 12));
        put(0x80 | ((code >> 6) & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | (code >> 18));
        put(0x80 | ((code >> 12) & 0x3F));
        put(0x80 | ((code >> 6) & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

int digit_value(char c) {
    if (is_digit(c)) {
        return c - '0';
    }
    char lower = to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 99;
}

/// Reads up to `count_max` digits of a base at `at`; returns how many there were.
size_t read_digits(std::string_view text, size_t at, size_t count_max, int base, uint32_t& value) {
    size_t count = 0;
    value = 0;
    while (count < count_max && at + count < text.size() && digit_value(text[at + count]) < base) {
        value = value * static_cast<uint32_t>(base) +
                static_cast<uint32_t>(digit_value(text[at + count]));
        ++count;
    }
    return count;
}

/// One escape; `at` is behind the backslash and is moved behind the escape. False: not allowed.
bool decode_escape(std::string_view text, size_t& at, std::string& out) {
    if (at >= text.size()) {
        return false;
    }
    constexpr std::string_view letters = "\\'\"abfnrtv";
    constexpr std::string_view meanings = "\\'\"\a\b\f\n\r\t\v";
    char c = text[at];
    uint32_t code = 0;
    if (auto index = letters.find(c); index != letters.npos) {
        out += meanings[index];
        ++at;
    } else if (c == '\n') {
        ++at; // a continued line
    } else if (c >= '0' && c <= '7') {
        at += read_digits(text, at, 3, 8, code);
        append_utf8(out, code);
    } else if (c == 'x' || c == 'u' || c == 'U') {
        size_t count = c == 'x' ? 2 : c == 'u' ? 4 : 8;
        bool is_surrogate = false;
        if (read_digits(text, at + 1, count, 16, code) != count || code > 0x10FFFF) {
            return false;
        }
        is_surrogate = code >= 0xD800 && code <= 0xDFFF;
        if (is_surrogate) {
            return false;
        }
        append_utf8(out, code);
        at += 1 + count;
    } else if (c == 'N') {
        return false; // by a character's Unicode name: we have no table of them
    } else {
        out += '\\'; // no escape: the backslash stays
    }
    return true;
}

/// What a Python string literal with this content means; nothing where Python would refuse it.
std::optional<std::string> decode_literal(std::string_view content) {
    std::string out;
    for (size_t at = 0; at < content.size();) {
        char c = content[at++];
        if (c == '\\') {
            if (!decode_escape(content, at, out)) {
                return std::nullopt;
            }
        } else if (c == '\n' || c == '\r' || c == '\0') {
            return std::nullopt;
        } else {
            out += c;
        }
    }
    return out;
}

} // namespace

class MarkerParser {
  public:
    MarkerParser(std::string_view text, size_t begin) : text_(text), at_(begin) {}

    Result<Marker> parse_all() {
        auto marker = TRY(parse_any(0));
        if (at_ != text_.size()) {
            return expected("\"and\", \"or\" or the end of the marker");
        }
        return marker;
    }

  private:
    struct Side {
        std::optional<MarkerVariable> variable;
        std::string literal;
    };

    tl::unexpected<Error> expected(std::string_view what) const {
        std::string found =
            at_ >= text_.size() ? "the end" : "\"" + printable(text_.substr(at_, 20)) + "\"";
        return fail(Error::Kind::input, "marker: expected " + std::string(what) + " at position " +
                                            std::to_string(at_ + 1) + ", found " + found);
    }

    void skip_blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) {
            ++at_;
        }
    }

    /// A word that stands alone: no letter, digit or underscore touches it.
    bool take_word(std::string_view word) {
        bool fits = text_.substr(at_).starts_with(word);
        size_t end = at_ + word.size();
        if (!fits || (at_ > 0 && is_word(text_[at_ - 1])) ||
            (end < text_.size() && is_word(text_[end]))) {
            return false;
        }
        at_ = end;
        return true;
    }

    Result<Marker> parse_any(int depth) {
        std::vector<Marker> groups;
        std::vector<Marker> group;
        while (true) {
            group.push_back(TRY(parse_atom(depth)));
            if (take_word("and")) {
                continue;
            }
            groups.push_back(Marker::of(Marker::Kind::all_of, std::move(group)));
            group.clear();
            if (!take_word("or")) {
                return Marker::of(Marker::Kind::any_of, std::move(groups));
            }
        }
    }

    Result<Marker> parse_atom(int depth) {
        skip_blanks();
        Marker marker;
        if (at_ < text_.size() && text_[at_] == '(') {
            if (depth >= brackets_max) {
                return fail(Error::Kind::input,
                            "marker: more than " + std::to_string(brackets_max) +
                                " nested brackets at position " + std::to_string(at_ + 1));
            }
            ++at_;
            marker = TRY(parse_any(depth + 1));
            if (at_ >= text_.size() || text_[at_] != ')') {
                return expected("\")\"");
            }
            ++at_;
            marker.in_brackets_ = marker.kind_ != Marker::Kind::comparison;
        } else {
            marker = Marker::of(TRY(parse_comparison()));
        }
        skip_blanks();
        return marker;
    }

    Result<Marker::Comparison> parse_comparison() {
        if (++comparisons_ > comparisons_max) {
            return fail(Error::Kind::input,
                        "marker: more than " + std::to_string(comparisons_max) + " comparisons");
        }
        Side left = TRY(parse_side());
        skip_blanks();
        Marker::Operator op = TRY(parse_operator());
        skip_blanks();
        Side right = TRY(parse_side());
        return combine(std::move(left), op, std::move(right));
    }

    static Marker::Comparison combine(Side left, Marker::Operator op, Side right) {
        Marker::Comparison comparison;
        comparison.op = op;
        if (left.variable) {
            comparison.variable = *left.variable;
            comparison.literal = std::move(right.literal);
            if (right.variable) {
                comparison.sides = Marker::Sides::two_variables;
                comparison.literal = marker_variable_name(*right.variable);
                return comparison;
            }
        } else {
            comparison.literal = std::move(left.literal);
            comparison.reversed = true;
            if (!right.variable) {
                comparison.sides = Marker::Sides::two_literals;
                comparison.right = std::move(right.literal);
                return comparison;
            }
            comparison.variable = *right.variable;
        }
        bool is_set = comparison.variable == MarkerVariable::extras ||
                      comparison.variable == MarkerVariable::dependency_groups;
        if (comparison.variable == MarkerVariable::extra || (is_set && comparison.reversed)) {
            comparison.literal = normalize_name(comparison.literal);
        }
        return comparison;
    }

    Result<Side> parse_side() {
        for (const Spelling& spelling : spellings) {
            if (take_word(spelling.text)) {
                return Side{spelling.variable, {}};
            }
        }
        if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
            size_t end = text_.find(text_[at_], at_ + 1);
            if (end != text_.npos) {
                auto literal = decode_literal(text_.substr(at_ + 1, end - at_ - 1));
                if (!literal) {
                    return expected("a string without broken escapes and line ends");
                }
                at_ = end + 1;
                return Side{std::nullopt, std::move(*literal)};
            }
            return expected("a string with its closing quote");
        }
        return expected("a marker variable or a quoted string");
    }

    Result<Marker::Operator> parse_operator() {
        using enum Marker::Operator;
        if (take_word("in")) {
            return in;
        }
        size_t begin = at_;
        if (take_word("not")) {
            size_t after_not = at_;
            skip_blanks();
            if (at_ == after_not || !take_word("in")) {
                return expected("\"in\" after \"not\"");
            }
            return not_in;
        }
        at_ = begin;
        // Longer ones before those that they begin with.
        for (Marker::Operator op : {arbitrary_equal, equal, compatible, not_equal, less_equal,
                                    greater_equal, less, greater}) {
            std::string_view text = marker_operator_text(op);
            if (text_.substr(at_).starts_with(text)) {
                at_ += text.size();
                return op;
            }
        }
        return expected("an operator (==, !=, <, <=, >, >=, ~=, ===, in, not in)");
    }

    std::string_view text_;
    size_t at_ = 0;
    int comparisons_ = 0;
};

Result<Marker> Marker::parse(std::string_view text) {
    return parse_at(text, 0);
}

Result<Marker> Marker::parse_at(std::string_view text, size_t begin) {
    return MarkerParser(text, begin).parse_all();
}

} // namespace pawl::pep
