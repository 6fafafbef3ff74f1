// The parser: one pass over the text that checks every rule of TOML 1.0 and lays down nodes.
//
// The hard part of TOML is not its values but which table may be named again by whom. Each table
// remembers what made it (TomlTree::Origin), and that decides:
//   "[a.b]"     makes b, or defines a b that was only implied by a longer header before; on the way
//               it passes through any table that is not a value, and into the last "[[…]]" element;
//   "a.b = 1"   makes or passes tables of its own kind and its own scope, or takes over one that
//   was
//               only implied; never one that a header or a value has made;
//   "[[a]]"     makes an array of tables, or adds an element to one that "[[a]]" made.
// A scope is a header's section or an inline table: outside it a dotted table is closed.
//
// Errors are kept aside and functions return false, since a Result for each of 10,000 keys would
// cost more than the keys.

#include <array>
#include <cstring>

#include "base/check.h"
#include "base/text.h"
#include "text/toml_scalar.h"
#include "text/toml_tree.h"
#include "text/utf8.h"

namespace pawl::text {

namespace {

using Kind = TomlNode::Kind;
using Node = TomlTree::Node;
using Origin = TomlTree::Origin;
constexpr uint32_t none = TomlTree::none;

constexpr bool is_bare(char c) {
    return is_alnum(c) || c == '_' || c == '-';
}

constexpr std::array<bool, 256> make_bare_table() {
    std::array<bool, 256> table{};
    for (size_t i = 0; i < table.size(); ++i) {
        table[i] = is_bare(static_cast<char>(i));
    }
    return table;
}
constexpr std::array<bool, 256> bare_table = make_bare_table();

/// Whether one of eight bytes needs a look: a control character, DEL, `stop` or a backslash. Says
/// yes a few times too often, never too rarely.
bool needs_look(uint64_t word, char stop) {
    constexpr uint64_t ones = 0x0101010101010101u;
    constexpr uint64_t highs = 0x8080808080808080u;
    auto has_zero = [](uint64_t x) { return (x - ones) & ~x & highs; };
    const uint64_t controls = (word - ones * 0x20) & ~word & highs;
    return (controls | has_zero(word ^ (ones * static_cast<unsigned char>(stop))) |
            has_zero(word ^ (ones * static_cast<unsigned char>('\\'))) |
            has_zero(word ^ (ones * 0x7fu))) != 0;
}

class TomlParser {
  public:
    explicit TomlParser(TomlTree& tree) : tree_(tree), text_(tree.text) {}

    bool parse();
    Error error() const {
        std::string what = is_conflict_marker() ? "a conflict marker of git: the file was merged "
                                                  "and the conflict is not resolved"
                                                : error_;
        return {Error::Kind::input, place_of(text_, error_at_).str() + ": " + what};
    }

  private:
    struct KeyPart {
        uint32_t begin = 0, end = 0;
        std::string_view text; // of `decoded` or of the document
        bool is_decoded = false;
        std::string decoded;
    };
    struct StringToken {
        std::string_view raw; // between the quotes
        bool is_plain = true; // raw is the value
        std::string decoded;
    };

    /// Whether the line of the error is one that git leaves where two changes met.
    bool is_conflict_marker() const {
        size_t before = text_.substr(0, error_at_).rfind('\n');
        std::string_view line = text_.substr(before == text_.npos ? 0 : before + 1);
        return line.starts_with("<<<<<<<") || line.starts_with("=======") ||
               line.starts_with(">>>>>>>");
    }
    bool problem(size_t at, std::string what) {
        error_at_ = at;
        error_ = std::move(what);
        return false;
    }
    bool at_end() const { return at_ == text_.size(); }
    char peek(size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    uint32_t here() const { return static_cast<uint32_t>(at_); }
    void skip_blanks() {
        while (!at_end() && (text_[at_] == ' ' || text_[at_] == '\t')) {
            ++at_;
        }
    }

    bool parse_line();
    bool skip_comment();
    bool skip_line_end();
    bool skip_blanks_and_lines();
    bool parse_header();
    bool parse_key();
    bool parse_key_part(KeyPart& part);
    bool parse_entry(uint32_t table);
    bool parse_value(uint32_t node);
    bool parse_string_value(uint32_t node);
    bool parse_scalar(uint32_t node);
    bool parse_array(uint32_t node);
    bool parse_inline_table(uint32_t node);

    bool scan_string(StringToken& token);
    bool scan_multiline(StringToken& token, char quote);
    bool scan_escape(std::string& out, bool multiline);
    bool scan_code_point(std::string& out, size_t begin, size_t digits);
    void skip_plain(char quote);

    uint32_t add_node(uint32_t parent, Kind kind, Origin origin, const KeyPart* key);
    bool open_table(size_t header_begin);
    bool open_array_element(size_t header_begin);
    bool step_into(uint32_t& table, const KeyPart& part);
    bool step_dotted(uint32_t& table, const KeyPart& part);
    bool twice(const KeyPart& part, uint32_t before);
    void begin_section(uint32_t node, size_t header_begin);

    TomlTree& tree_;
    std::string_view text_;
    size_t at_ = 0;
    uint32_t table_ = 0; // where entries go
    uint32_t scope_ = 0; // of dotted keys
    uint32_t scopes_ = 0;
    std::deque<KeyPart> parts_; // of the key that was read last; the first part_count_ count
    size_t part_count_ = 0;
    size_t error_at_ = 0;
    std::string error_;
};

// --- lines --------------------------------------------------------------------------------------

bool TomlParser::parse() {
    if (text_.size() > TomlDocument::bytes_max) {
        return problem(0, "the document is larger than 1 GiB");
    }
    if (const size_t bad = utf8_error(text_); bad < text_.size()) {
        return problem(bad, "this byte is not UTF-8");
    }
    if (text_.starts_with("\xef\xbb\xbf")) {
        at_ = 3;
    }
    tree_.nodes.reserve(text_.size() / 24 + 8);
    tree_.nodes.push_back({.kind = Kind::table, .origin = Origin::header});
    tree_.sections.push_back({.begin = here(), .header_end = here(), .entries_end = here()});
    while (!at_end()) {
        if (!parse_line()) {
            return false;
        }
    }
    return true;
}

bool TomlParser::parse_line() {
    skip_blanks();
    const char c = peek();
    if (c == '[') {
        if (!parse_header()) {
            return false;
        }
    } else if (c != '#' && c != '\n' && c != '\r' && !at_end()) {
        if (!parse_entry(table_)) {
            return false;
        }
        tree_.sections.back().entries_end = here();
    }
    skip_blanks();
    if (peek() == '#' && !skip_comment()) {
        return false;
    }
    if (at_end()) {
        return true;
    }
    if (peek() != '\n' && peek() != '\r') {
        return problem(at_, "the line should end here");
    }
    return skip_line_end();
}

bool TomlParser::skip_line_end() {
    if (peek() == '\r' && peek(1) != '\n') {
        return problem(at_, "a carriage return must be followed by a line feed");
    }
    at_ += peek() == '\r' ? 2u : 1u;
    return true;
}

bool TomlParser::skip_comment() {
    const size_t end = std::min(text_.find('\n', at_), text_.size());
    for (; at_ < end; ++at_) {
        const auto c = static_cast<unsigned char>(text_[at_]);
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            if (c == '\r' && at_ + 1 == end && end < text_.size()) {
                return true;
            }
            return problem(at_, "a comment must not hold control characters");
        }
    }
    return true;
}

/// Between the elements of an array.
bool TomlParser::skip_blanks_and_lines() {
    while (true) {
        skip_blanks();
        if (peek() == '#') {
            if (!skip_comment()) {
                return false;
            }
        } else if (peek() == '\n' || peek() == '\r') {
            if (!skip_line_end()) {
                return false;
            }
        } else {
            return true;
        }
    }
}

// --- keys and headers ---------------------------------------------------------------------------

/// Fills parts_; stops behind the key and its blanks.
bool TomlParser::parse_key() {
    part_count_ = 0;
    while (true) {
        skip_blanks();
        if (part_count_ == TomlDocument::depth_max) {
            return problem(at_, "the key has too many parts");
        }
        if (part_count_ == parts_.size()) {
            parts_.emplace_back();
        }
        if (!parse_key_part(parts_[part_count_++])) {
            return false;
        }
        skip_blanks();
        if (peek() != '.') {
            return true;
        }
        ++at_;
    }
}

bool TomlParser::parse_key_part(KeyPart& part) {
    part.begin = here();
    part.is_decoded = false;
    if (peek() == '"' || peek() == '\'') {
        if (peek(1) == peek() && peek(2) == peek()) {
            return problem(at_, "a key must not be a multi-line string");
        }
        StringToken token;
        if (!scan_string(token)) {
            return false;
        }
        part.end = here();
        part.text = token.raw;
        if (!token.is_plain) {
            part.is_decoded = true;
            part.decoded = std::move(token.decoded);
            part.text = part.decoded;
        }
        return true;
    }
    while (!at_end() && bare_table[static_cast<unsigned char>(text_[at_])]) {
        ++at_;
    }
    part.end = here();
    if (part.begin == part.end) {
        return problem(at_, at_end() ? "the document ends where a key should be"
                                     : "a key should be here (quotes allow any characters in it)");
    }
    part.text = text_.substr(part.begin, part.end - part.begin);
    return true;
}

bool TomlParser::parse_header() {
    const size_t begin = at_;
    const bool is_array = peek(1) == '[';
    at_ += is_array ? 2 : 1;
    if (!parse_key()) {
        return false;
    }
    if (peek() != ']' || (is_array && peek(1) != ']')) {
        return problem(at_, is_array ? "]] should be here" : "] should be here");
    }
    at_ += is_array ? 2 : 1;
    scope_ = ++scopes_;
    return is_array ? open_array_element(begin) : open_table(begin);
}

bool TomlParser::twice(const KeyPart& part, uint32_t before) {
    const Node& node = tree_.nodes[before];
    const uint32_t at = node.key_begin != node.key_end ? node.key_begin : node.begin;
    return problem(part.begin, "the key \"" + printable(part.text) +
                                   "\" is defined already (in line " +
                                   std::to_string(place_of(text_, at).line) + ")");
}

/// One part of a header but its last: through tables and into the last element of "[[…]]".
bool TomlParser::step_into(uint32_t& table, const KeyPart& part) {
    const uint32_t found = tree_.find(table, part.text);
    if (found == none) {
        table = add_node(table, Kind::table, Origin::implied, &part);
        return table != none;
    }
    const Node& node = tree_.nodes[found];
    if (node.origin == Origin::value) {
        return twice(part, found);
    }
    table = node.origin == Origin::array_of_tables ? node.last : found;
    return true;
}

void TomlParser::begin_section(uint32_t node, size_t header_begin) {
    table_ = node;
    tree_.nodes[node].begin = static_cast<uint32_t>(header_begin);
    tree_.nodes[node].end = here();
    tree_.sections.push_back({.begin = static_cast<uint32_t>(header_begin),
                              .header_end = here(),
                              .entries_end = here(),
                              .node = node});
}

bool TomlParser::open_table(size_t header_begin) {
    uint32_t table = 0;
    for (size_t i = 0; i + 1 < part_count_; ++i) {
        if (!step_into(table, parts_[i])) {
            return false;
        }
    }
    const KeyPart& last = parts_[part_count_ - 1];
    uint32_t found = tree_.find(table, last.text);
    if (found == none) {
        found = add_node(table, Kind::table, Origin::header, &last);
        if (found == none) {
            return false;
        }
    } else if (tree_.nodes[found].origin != Origin::implied) {
        return twice(last, found);
    }
    tree_.nodes[found].origin = Origin::header;
    begin_section(found, header_begin);
    return true;
}

bool TomlParser::open_array_element(size_t header_begin) {
    uint32_t table = 0;
    for (size_t i = 0; i + 1 < part_count_; ++i) {
        if (!step_into(table, parts_[i])) {
            return false;
        }
    }
    const KeyPart& last = parts_[part_count_ - 1];
    uint32_t array = tree_.find(table, last.text);
    if (array == none) {
        array = add_node(table, Kind::array, Origin::array_of_tables, &last);
        if (array == none) {
            return false;
        }
        tree_.nodes[array].begin = tree_.nodes[array].end = static_cast<uint32_t>(header_begin);
    } else if (tree_.nodes[array].origin != Origin::array_of_tables) {
        return twice(last, array);
    }
    const uint32_t element = add_node(array, Kind::table, Origin::header, nullptr);
    if (element == none) {
        return false;
    }
    begin_section(element, header_begin);
    return true;
}

// --- entries and values -------------------------------------------------------------------------

uint32_t TomlParser::add_node(uint32_t parent, Kind kind, Origin origin, const KeyPart* key) {
    const uint32_t depth = tree_.nodes[parent].depth + 1u;
    if (depth > TomlDocument::depth_max) {
        problem(key != nullptr ? key->begin : at_, "the values are nested too deeply");
        return none;
    }
    const auto index = static_cast<uint32_t>(tree_.nodes.size());
    Node node{.kind = kind, .origin = origin, .depth = static_cast<uint8_t>(depth)};
    if (key != nullptr) {
        node.key_begin = key->begin;
        node.key_end = key->end;
        node.key_decoded = key->is_decoded;
        if (key->is_decoded) {
            tree_.decoded.emplace_back(uint64_t{index} * 2, key->decoded);
        }
    }
    tree_.nodes.push_back(node);
    tree_.append_child(parent, index);
    return index;
}

/// One part of a dotted key but its last.
bool TomlParser::step_dotted(uint32_t& table, const KeyPart& part) {
    const uint32_t found = tree_.find(table, part.text);
    if (found == none) {
        table = add_node(table, Kind::table, Origin::dotted, &part);
        if (table == none) {
            return false;
        }
        tree_.nodes[table].scope = scope_;
        return true;
    }
    Node& node = tree_.nodes[found];
    if (node.origin == Origin::implied) {
        node.origin = Origin::dotted;
        node.scope = scope_;
    } else if (node.origin != Origin::dotted || node.scope != scope_) {
        return twice(part, found);
    }
    table = found;
    return true;
}

bool TomlParser::parse_entry(uint32_t table) {
    if (!parse_key()) {
        return false;
    }
    if (peek() != '=') {
        return problem(at_, "= should be here");
    }
    ++at_;
    for (size_t i = 0; i + 1 < part_count_; ++i) {
        if (!step_dotted(table, parts_[i])) {
            return false;
        }
    }
    const KeyPart& last = parts_[part_count_ - 1];
    if (const uint32_t before = tree_.find(table, last.text); before != none) {
        return twice(last, before);
    }
    const uint32_t node = add_node(table, Kind::string, Origin::value, &last);
    if (node == none) {
        return false;
    }
    skip_blanks();
    return parse_value(node);
}

bool TomlParser::parse_value(uint32_t node) {
    tree_.nodes[node].begin = here();
    bool good = false;
    switch (peek()) {
    case '"':
    case '\'':
        good = parse_string_value(node);
        break;
    case '[':
        good = parse_array(node);
        break;
    case '{':
        good = parse_inline_table(node);
        break;
    case '\n':
    case '\r':
    case '#':
        return problem(at_, "a value should be here, on the same line");
    default:
        good = parse_scalar(node);
    }
    tree_.nodes[node].end = here();
    return good;
}

bool TomlParser::parse_string_value(uint32_t node) {
    StringToken token;
    const char quote = peek();
    const bool multiline = peek(1) == quote && peek(2) == quote;
    if (multiline ? !scan_multiline(token, quote) : !scan_string(token)) {
        return false;
    }
    tree_.nodes[node].kind = Kind::string;
    if (!token.is_plain) {
        tree_.nodes[node].value_decoded = true;
        tree_.decoded.emplace_back(uint64_t{node} * 2 + 1, std::move(token.decoded));
    }
    return true;
}

bool TomlParser::parse_scalar(uint32_t node) {
    const size_t length = toml_scalar_length(text_.substr(at_));
    TomlScalar scalar;
    if (const char* what = read_toml_scalar(text_.substr(at_, length), scalar)) {
        return problem(at_, at_end() ? "the document ends where a value should be" : what);
    }
    tree_.nodes[node].kind = scalar.kind;
    at_ += length;
    return true;
}

bool TomlParser::parse_array(uint32_t node) {
    tree_.nodes[node].kind = Kind::array;
    const size_t begin = at_++;
    while (true) {
        if (!skip_blanks_and_lines()) {
            return false;
        }
        if (peek() == ']') {
            break;
        }
        if (at_end()) {
            return problem(begin, "this array has no end");
        }
        const uint32_t element = add_node(node, Kind::string, Origin::value, nullptr);
        if (element == none || !parse_value(element) || !skip_blanks_and_lines()) {
            return false;
        }
        if (peek() == ']') {
            break;
        }
        if (peek() != ',') {
            return at_end() ? problem(begin, "this array has no end")
                            : problem(at_, "a comma or ] should be here");
        }
        ++at_;
    }
    ++at_;
    return true;
}

bool TomlParser::parse_inline_table(uint32_t node) {
    tree_.nodes[node].kind = Kind::table;
    const size_t begin = at_++;
    const uint32_t outer_scope = scope_;
    scope_ = ++scopes_;
    skip_blanks();
    while (peek() != '}') {
        if (peek() == '\n' || peek() == '\r' || peek() == '#') {
            return problem(at_, "line breaks and comments inside an inline table are TOML 1.1; "
                                "TOML 1.0 needs all of it on one line");
        }
        if (at_end()) {
            return problem(begin, "this inline table has no end");
        }
        if (!parse_entry(node)) {
            return false;
        }
        skip_blanks();
        if (peek() == '}') {
            break;
        }
        if (peek() == '\n' || peek() == '\r' || peek() == '#') {
            continue; // the message above
        }
        if (peek() != ',') {
            return at_end() ? problem(begin, "this inline table has no end")
                            : problem(at_, "a comma or } should be here");
        }
        const size_t comma = at_++;
        skip_blanks();
        if (peek() == '}') {
            return problem(comma, "a comma before } is TOML 1.1; TOML 1.0 does not allow it");
        }
    }
    ++at_;
    scope_ = outer_scope;
    return true;
}

// --- strings ------------------------------------------------------------------------------------

/// To the next byte that needs a look.
void TomlParser::skip_plain(char quote) {
    while (text_.size() - at_ >= sizeof(uint64_t)) {
        uint64_t word = 0;
        std::memcpy(&word, text_.data() + at_, sizeof word);
        if (needs_look(word, quote)) {
            break;
        }
        at_ += sizeof word;
    }
    while (!at_end()) {
        const auto c = static_cast<unsigned char>(text_[at_]);
        if (c == static_cast<unsigned char>(quote) || c == '\\' || (c < 0x20 && c != '\t') ||
            c == 0x7f) {
            return;
        }
        ++at_;
    }
}

/// A string on one line, in either quotes.
bool TomlParser::scan_string(StringToken& token) {
    const size_t begin = at_;
    const char quote = text_[at_++];
    size_t run = at_;
    while (true) {
        skip_plain(quote);
        if (at_end() || peek() == '\n' || peek() == '\r') {
            return problem(begin, "this string has no end");
        }
        if (peek() == quote) {
            break;
        }
        if (peek() != '\\') {
            return problem(at_, "a control character in a string must be escaped");
        }
        if (quote == '\'') {
            ++at_; // a literal string has no escapes
            continue;
        }
        token.is_plain = false;
        token.decoded.append(text_, run, at_ - run);
        if (!scan_escape(token.decoded, false)) {
            return false;
        }
        run = at_;
    }
    token.raw = text_.substr(begin + 1, at_ - begin - 1);
    if (!token.is_plain) {
        token.decoded.append(text_, run, at_ - run);
    }
    ++at_;
    return true;
}

/// A string in three quotes. Line ends become "\n"; a first one is left out.
bool TomlParser::scan_multiline(StringToken& token, char quote) {
    const size_t begin = at_;
    at_ += 3;
    if (peek() == '\n' || (peek() == '\r' && peek(1) == '\n')) {
        at_ += peek() == '\r' ? 2u : 1u;
    }
    token.is_plain = false;
    size_t run = at_;
    auto flush = [&] { token.decoded.append(text_, run, at_ - run); };
    while (true) {
        skip_plain(quote);
        if (at_end()) {
            return problem(begin, "this string has no end");
        }
        const char c = peek();
        if (c == '\n' || (c == '\\' && quote == '\'')) {
            ++at_;
        } else if (c == '\r' && peek(1) == '\n') {
            flush();
            run = ++at_;
        } else if (c == quote) {
            if (peek(1) != quote || peek(2) != quote) {
                ++at_;
                continue;
            }
            // Up to two quotes may stand directly before the closing three.
            at_ += peek(3) == quote ? (peek(4) == quote ? 2u : 1u) : 0u;
            flush();
            at_ += 3;
            return true;
        } else if (c == '\\') {
            flush();
            if (!scan_escape(token.decoded, true)) {
                return false;
            }
            run = at_;
        } else {
            return problem(at_, "a control character in a string must be escaped");
        }
    }
}

bool TomlParser::scan_escape(std::string& out, bool multiline) {
    const size_t begin = at_++;
    const char letter = peek();
    static constexpr std::string_view from = "\"\\bfnrt";
    static constexpr std::string_view to = "\"\\\b\f\n\r\t";
    if (const size_t index = from.find(letter); letter != '\0' && index != from.npos) {
        out.push_back(to[index]);
        ++at_;
        return true;
    }
    if (letter == 'u' || letter == 'U') {
        ++at_;
        return scan_code_point(out, begin, letter == 'u' ? 4 : 8);
    }
    if (letter == 'e' || letter == 'x') {
        return problem(begin, "\\e and \\xHH are TOML 1.1; TOML 1.0 has \\u001b and \\u00HH");
    }
    if (multiline) {
        // A backslash at the end of a line takes away all white space up to the next character.
        skip_blanks();
        if (peek() == '\n' || (peek() == '\r' && peek(1) == '\n')) {
            while (peek() == '\n' || peek() == ' ' || peek() == '\t' ||
                   (peek() == '\r' && peek(1) == '\n')) {
                ++at_;
            }
            return true;
        }
    }
    return problem(begin, "there is no such escape");
}

bool TomlParser::scan_code_point(std::string& out, size_t begin, size_t digits) {
    uint32_t code_point = 0;
    for (size_t i = 0; i < digits; ++i) {
        const char c = to_lower(peek());
        const bool is_letter = c >= 'a' && c <= 'f';
        if (!is_digit(c) && !is_letter) {
            return problem(begin, digits == 4 ? "four hexadecimal digits should follow \\u"
                                              : "eight hexadecimal digits should follow \\U");
        }
        code_point = code_point * 16 + static_cast<uint32_t>(is_letter ? c - 'a' + 10 : c - '0');
        ++at_;
    }
    if (code_point > 0x10ffff || (code_point >= 0xd800 && code_point < 0xe000)) {
        return problem(begin, "this number is no Unicode character");
    }
    utf8_append(out, code_point);
    return true;
}

} // namespace

Result<TomlDocument> TomlDocument::parse(std::string text) {
    auto tree = std::make_unique<TomlTree>();
    tree->text = std::move(text);
    TomlParser parser(*tree);
    if (!parser.parse()) {
        return fail(parser.error());
    }
    return TomlDocument(std::move(tree));
}

} // namespace pawl::text
