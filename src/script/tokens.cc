#include "script/tokens.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "script/characters.h"

namespace pawl::script {
namespace {

struct KeywordText {
    std::string_view text;
    Keyword keyword;
};
constexpr KeywordText keyword_texts[] = {
    {"False", Keyword::k_false},
    {"None", Keyword::k_none},
    {"True", Keyword::k_true},
    {"and", Keyword::k_and},
    {"as", Keyword::k_as},
    {"assert", Keyword::k_assert},
    {"async", Keyword::k_async},
    {"await", Keyword::k_await},
    {"break", Keyword::k_break},
    {"class", Keyword::k_class},
    {"continue", Keyword::k_continue},
    {"def", Keyword::k_def},
    {"del", Keyword::k_del},
    {"elif", Keyword::k_elif},
    {"else", Keyword::k_else},
    {"except", Keyword::k_except},
    {"finally", Keyword::k_finally},
    {"for", Keyword::k_for},
    {"from", Keyword::k_from},
    {"global", Keyword::k_global},
    {"if", Keyword::k_if},
    {"import", Keyword::k_import},
    {"in", Keyword::k_in},
    {"is", Keyword::k_is},
    {"lambda", Keyword::k_lambda},
    {"nonlocal", Keyword::k_nonlocal},
    {"not", Keyword::k_not},
    {"or", Keyword::k_or},
    {"pass", Keyword::k_pass},
    {"raise", Keyword::k_raise},
    {"return", Keyword::k_return},
    {"try", Keyword::k_try},
    {"while", Keyword::k_while},
    {"with", Keyword::k_with},
    {"yield", Keyword::k_yield},
};
constexpr size_t keyword_length_max = 8;
constexpr size_t keyword_slots = 256;

constexpr size_t keyword_slot(std::string_view text, size_t seed) {
    const auto byte = [&](size_t i) {
        return static_cast<size_t>(static_cast<unsigned char>(text[i]));
    };
    return (byte(0) * seed + byte(1) * (seed >> 3) + byte(text.size() - 1) * 7 + text.size()) %
           keyword_slots;
}

/// The first seed that gives every keyword a slot of its own; found while compiling.
constexpr size_t find_keyword_seed() {
    for (size_t seed = 1; seed < 4096; ++seed) {
        std::array<bool, keyword_slots> taken{};
        bool fits = true;
        for (const KeywordText& entry : keyword_texts) {
            bool& slot = taken[keyword_slot(entry.text, seed)];
            fits = fits && !slot;
            slot = true;
        }
        if (fits) {
            return seed;
        }
    }
    return 0;
}
constexpr size_t keyword_seed = find_keyword_seed();
static_assert(keyword_seed != 0);

constexpr std::array<KeywordText, keyword_slots> make_keyword_table() {
    std::array<KeywordText, keyword_slots> table{};
    for (const KeywordText& entry : keyword_texts) {
        table[keyword_slot(entry.text, keyword_seed)] = entry;
    }
    return table;
}
constexpr std::array<KeywordText, keyword_slots> keyword_table = make_keyword_table();

/// Whether the text behind "#" begins with a word of ours and a colon, or is "py312".
bool looks_like_directive(std::string_view comment) {
    const size_t word = comment.find_first_not_of(" \t", 1);
    if (word == std::string_view::npos) {
        return false;
    }
    const std::string_view rest = comment.substr(word);
    static constexpr std::string_view words[] = {
        "pin:", "repin:", "requirements:", "extra_requirements:", "extra-requirements:",
        "py:",  "py3"};
    return std::ranges::any_of(words, [&](auto w) { return rest.starts_with(w); });
}

} // namespace

Keyword find_keyword(std::string_view text) {
    if (text.size() < 2 || text.size() > keyword_length_max) {
        return Keyword::none;
    }
    const KeywordText& entry = keyword_table[keyword_slot(text, keyword_seed)];
    return entry.text == text ? entry.keyword : Keyword::none;
}

uint32_t line_of(std::string_view text, uint32_t offset) {
    const std::string_view before = text.substr(0, offset);
    return static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n')) + 1;
}

Tokenizer::Tokenizer(const std::string& text) : text_(text), indents_{Indent{}} {}

Token Tokenizer::fail(uint32_t at, std::string message) {
    if (!has_failed_) { // the first failure is the cause
        has_failed_ = is_special_ = true;
        failure_ = {at, std::move(message)};
    }
    return Token{TokenKind::error, 0, at, at};
}

/// The rarer part of next(): a failure, the begin of a line, indents and dedents.
bool Tokenizer::take_pending(Token& token) {
    if (at_line_begin_ && !has_failed_ && !begin_line()) {
        fail(at_, "");
    }
    if (has_failed_) {
        token = Token{TokenKind::error, 0, failure_.at, failure_.at};
    } else if (pending_indent_) {
        pending_indent_ = false;
        token = Token{TokenKind::indent, 0, at_, at_};
    } else if (pending_dedents_ > 0) {
        --pending_dedents_;
        token = Token{TokenKind::dedent, 0, at_, at_};
    } else {
        is_special_ = false;
        return false;
    }
    return true;
}

Token Tokenizer::next() {
    if (Token token; is_special_ && take_pending(token)) {
        return token;
    }
    for (;;) {
        const uint32_t begin = at_;
        switch (class_of(text_[at_])) {
        case CharClass::blank:
            ++at_;
            continue;
        case CharClass::identifier:
            line_has_tokens_ = true;
            return take_name();
        case CharClass::digit:
            line_has_tokens_ = true;
            return take_number();
        case CharClass::quote:
            line_has_tokens_ = true;
            return take_string(begin);
        case CharClass::comment:
            take_comment();
            continue;
        case CharClass::newline:
            ++at_;
            if (!brackets_.empty()) {
                continue;
            }
            at_line_begin_ = is_special_ = true;
            line_has_tokens_ = false;
            return Token{TokenKind::newline, 0, begin, at_};
        case CharClass::escape:
            if (!take_continuation()) {
                return fail(at_, "");
            }
            continue;
        case CharClass::end:
            if (!brackets_.empty()) {
                return fail(open_bracket(),
                            std::string("'") + text_[open_bracket()] + "' was never closed");
            }
            if (line_has_tokens_) { // a last line without its ending still ends
                line_has_tokens_ = false;
                at_line_begin_ = is_special_ = true;
                return Token{TokenKind::newline, 0, begin, begin};
            }
            return Token{TokenKind::end, 0, begin, begin};
        case CharClass::other:
            line_has_tokens_ = true;
            return take_operator();
        }
    }
}

// --- lines
// ----------------------------------------------------------------------------------------

/// Skips blank lines and comments, and compares the indentation of the next line that has tokens.
bool Tokenizer::begin_line() {
    at_line_begin_ = false;
    for (;;) {
        Indent indent;
        if (!measure_indent(indent)) {
            return false;
        }
        const CharClass what = class_of(text_[at_]);
        if (what == CharClass::comment) {
            take_comment();
        }
        if (class_of(text_[at_]) == CharClass::newline) {
            ++at_;
            continue;
        }
        if (class_of(text_[at_]) == CharClass::end) {
            pending_dedents_ = static_cast<int>(indents_.size()) - 1;
            indents_.resize(1);
            return true;
        }
        return change_indent(indent);
    }
}

bool Tokenizer::measure_indent(Indent& indent) {
    uint32_t continued = 0; // an indentation that a backslash ends is measured on its first line
    for (;; ++at_) {
        const char c = text_[at_];
        if (c == ' ') {
            ++indent.columns;
            ++indent.columns_with_tabs_1;
        } else if (c == '\t') {
            indent.columns = (indent.columns / 8 + 1) * 8;
            ++indent.columns_with_tabs_1;
        } else if (c == '\f') {
            indent = {};
        } else if (c == '\\') {
            continued = continued != 0 ? continued : indent.columns;
            if (!take_continuation()) {
                return false;
            }
            --at_;
        } else {
            break;
        }
    }
    if (continued != 0) {
        indent = {continued, continued};
    }
    return true;
}

bool Tokenizer::change_indent(Indent indent) {
    static constexpr const char* inconsistent =
        "inconsistent use of tabs and spaces in indentation";
    const Indent top = indents_.back();
    if (indent.columns == top.columns) {
        if (indent.columns_with_tabs_1 != top.columns_with_tabs_1) {
            fail(at_, inconsistent);
            return false;
        }
        return true;
    }
    if (indent.columns > top.columns) {
        if (indent.columns_with_tabs_1 <= top.columns_with_tabs_1) {
            fail(at_, inconsistent);
            return false;
        }
        if (indents_.size() >= indents_max) {
            fail(at_, "too many levels of indentation");
            return false;
        }
        indents_.push_back(indent);
        pending_indent_ = true;
        return true;
    }
    while (indents_.size() > 1 && indent.columns < indents_.back().columns) {
        indents_.pop_back();
        ++pending_dedents_;
    }
    if (indent.columns != indents_.back().columns) {
        fail(at_, "unindent does not match any outer indentation level");
        return false;
    }
    if (indent.columns_with_tabs_1 != indents_.back().columns_with_tabs_1) {
        fail(at_, inconsistent);
        return false;
    }
    return true;
}

/// At a backslash outside of strings: it must end the line, and something must follow.
bool Tokenizer::take_continuation() {
    if (text_[at_ + 1] != '\n') {
        const bool at_end = at_ + 1 >= text_.size();
        fail(at_ + 1, at_end ? "unexpected EOF while parsing"
                             : "unexpected character after line continuation character");
        return false;
    }
    if (at_ + 2 >= text_.size()) {
        fail(at_ + 1, "unexpected EOF while parsing");
        return false;
    }
    at_ += 2;
    return true;
}

void Tokenizer::take_comment() {
    const size_t newline = std::min(text_.find('\n', at_), text_.size());
    comment_begin_ = at_;
    comment_end_ = static_cast<uint32_t>(newline);
    const auto comment = std::string_view(text_).substr(at_, comment_end_ - at_);
    if (looks_like_directive(comment)) {
        directive_comments_.push_back(at_);
    }
    at_ = comment_end_;
}

// --- names, operators
// -----------------------------------------------------------------------------

Token Tokenizer::take_name() {
    const char* const begin = text_.data() + at_;
    const char* end = begin;
    bool is_ascii = true;
    while (is_identifier_part(*end)) {
        is_ascii = is_ascii && static_cast<unsigned char>(*end) < 0x80;
        ++end;
    }
    const std::string_view word(begin, static_cast<size_t>(end - begin));
    const uint32_t begin_at = at_;
    if (class_of(*end) == CharClass::quote && is_string_prefix(word)) {
        at_ += static_cast<uint32_t>(word.size());
        return take_string(begin_at);
    }
    if (!is_ascii) {
        for (size_t i = 0; i < word.size(); ++i) {
            if ((static_cast<unsigned char>(word[i]) & 0xc0) == 0xc0 &&
                is_never_identifier(code_point_at(word, i))) {
                at_ += static_cast<uint32_t>(i);
                return unexpected_character();
            }
        }
    }
    at_ += static_cast<uint32_t>(word.size());
    Token token = make(TokenKind::name, begin_at);
    const Keyword keyword = find_keyword(word);
    if (keyword != Keyword::none) {
        token.kind = TokenKind::keyword;
        token.code = static_cast<uint8_t>(keyword);
    }
    return token;
}

Token Tokenizer::unexpected_character() {
    const char32_t c = code_point_at(text_, at_);
    char number[16];
    std::snprintf(number, sizeof number, "U+%04X", static_cast<unsigned>(c));
    if (c < 0x80) {
        return fail(at_, "invalid syntax");
    }
    if (is_invisible(c)) {
        return fail(at_, std::string("invalid non-printable character ") + number);
    }
    const size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    return fail(at_, "invalid character '" + text_.substr(at_, length) + "' (" + number + ")");
}

Token Tokenizer::open(Op op) {
    if (brackets_.size() >= brackets_max) {
        return fail(at_, "too many nested parentheses");
    }
    brackets_.push_back(at_);
    ++at_;
    return Token{TokenKind::op, static_cast<uint8_t>(op), at_ - 1, at_};
}

Token Tokenizer::close(Op op, char opening) {
    const std::string closing(1, text_[at_]);
    if (brackets_.empty()) {
        return fail(at_, "unmatched '" + closing + "'");
    }
    const uint32_t opened = open_bracket();
    if (text_[opened] != opening) {
        std::string message = "closing parenthesis '" + closing +
                              "' does not match opening parenthesis '" + text_[opened] + "'";
        const uint32_t line = line_of(text_, opened);
        if (line != line_of(text_, at_)) {
            message += " on line " + std::to_string(line);
        }
        return fail(at_, std::move(message));
    }
    brackets_.pop_back();
    ++at_;
    return Token{TokenKind::op, static_cast<uint8_t>(op), at_ - 1, at_};
}

Token Tokenizer::take_operator() {
    const char* c = text_.data() + at_;
    const auto op = [&](Op code, uint32_t length) {
        at_ += length;
        return Token{TokenKind::op, static_cast<uint8_t>(code), at_ - length, at_};
    };
    /// An operator that "=" behind it makes an augmented assignment.
    const auto maybe_assign = [&](Op code, uint32_t length) {
        return c[length] == '=' ? op(Op::augmented_assign, length + 1) : op(code, length);
    };
    switch (c[0]) {
    case '(':
        return open(Op::left_parenthesis);
    case '[':
        return open(Op::left_bracket);
    case '{':
        return open(Op::left_brace);
    case ')':
        return close(Op::right_parenthesis, '(');
    case ']':
        return close(Op::right_bracket, '[');
    case '}':
        return close(Op::right_brace, '{');
    case ',':
        return op(Op::comma, 1);
    case ';':
        return op(Op::semicolon, 1);
    case '~':
        return op(Op::tilde, 1);
    case ':':
        return c[1] == '=' ? op(Op::walrus, 2) : op(Op::colon, 1);
    case '.':
        if (is_digit(c[1])) {
            return take_number();
        }
        return c[1] == '.' && c[2] == '.' ? op(Op::ellipsis, 3) : op(Op::dot, 1);
    case '=':
        return c[1] == '=' ? op(Op::binary, 2) : op(Op::assign, 1);
    case '+':
        return maybe_assign(Op::sign, 1);
    case '-':
        return c[1] == '>' ? op(Op::arrow, 2) : maybe_assign(Op::sign, 1);
    case '*':
        return c[1] == '*' ? maybe_assign(Op::double_star, 2) : maybe_assign(Op::star, 1);
    case '/':
        return c[1] == '/' ? maybe_assign(Op::binary, 2) : maybe_assign(Op::slash, 1);
    case '@':
        return maybe_assign(Op::at, 1);
    case '%':
    case '&':
    case '|':
    case '^':
        return maybe_assign(Op::binary, 1);
    case '<':
        return c[1] == '<' ? maybe_assign(Op::binary, 2) : op(Op::binary, c[1] == '=' ? 2 : 1);
    case '>':
        return c[1] == '>' ? maybe_assign(Op::binary, 2) : op(Op::binary, c[1] == '=' ? 2 : 1);
    case '!':
        if (c[1] == '=') {
            return op(Op::binary, 2);
        }
        break;
    default:
        break;
    }
    return unexpected_character();
}

} // namespace pawl::script
