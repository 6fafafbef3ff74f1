#pragma once
// Python's tokens, as CPython's tokenizer makes them: brackets matched, strings (f-strings and
// t-strings with all that nests in them) taken whole, indentation turned into indent and dedent.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "script/scanner.h"

namespace pawl::script {

enum class TokenKind : uint8_t {
    name,
    keyword,
    number,
    string,
    op,
    newline,
    indent,
    dedent,
    end,
    error
};

enum class Keyword : uint8_t {
    none,
    k_false,
    k_none,
    k_true,
    k_and,
    k_as,
    k_assert,
    k_async,
    k_await,
    k_break,
    k_class,
    k_continue,
    k_def,
    k_del,
    k_elif,
    k_else,
    k_except,
    k_finally,
    k_for,
    k_from,
    k_global,
    k_if,
    k_import,
    k_in,
    k_is,
    k_lambda,
    k_nonlocal,
    k_not,
    k_or,
    k_pass,
    k_raise,
    k_return,
    k_try,
    k_while,
    k_with,
    k_yield,
};

enum class Op : uint8_t {
    none,
    left_parenthesis,
    left_bracket,
    left_brace,
    right_parenthesis,
    right_bracket,
    right_brace,
    colon,
    comma,
    semicolon,
    dot,
    ellipsis,
    assign,
    augmented_assign,
    walrus,
    arrow,
    star,
    double_star,
    sign /* + - */,
    tilde,
    at,
    slash,
    binary /* every other operator of two sides */,
};

struct Token {
    TokenKind kind = TokenKind::end;
    uint8_t code = 0;   ///< a Keyword or an Op
    uint32_t begin = 0; ///< byte offsets into the source
    uint32_t end = 0;

    bool is(Keyword keyword) const {
        return kind == TokenKind::keyword && code == static_cast<uint8_t>(keyword);
    }
    bool is(Op op) const { return kind == TokenKind::op && code == static_cast<uint8_t>(op); }
    bool is(TokenKind other) const { return kind == other; }
    Keyword keyword() const {
        return kind == TokenKind::keyword ? static_cast<Keyword>(code) : Keyword::none;
    }
    Op op() const { return kind == TokenKind::op ? static_cast<Op>(code) : Op::none; }
};

struct SyntaxFailure {
    uint32_t at = 0; ///< byte offset
    std::string message;
};

/// What CPython's tokenizer allows (MAXLEVEL, MAXINDENT, MAXFSTRINGLEVEL).
constexpr size_t brackets_max = 200;
constexpr size_t indents_max = 100;
constexpr int string_nesting_max = 150;

/// Walks one source from begin to end. `text` has no BOM, no NUL, "\n" for every line ending, and
/// outlives the tokenizer. For one thread.
class Tokenizer {
  public:
    explicit Tokenizer(const std::string& text);

    /// After `error` or `end` the same comes again.
    Token next();
    std::string_view text_of(const Token& token) const {
        return std::string_view(text_).substr(token.begin, token.end - token.begin);
    }
    std::string_view text() const { return text_; }
    const SyntaxFailure& failure() const { return failure_; }
    /// Makes every further next() an error.
    Token fail(uint32_t at, std::string message);

    size_t depth() const { return brackets_.size(); }
    /// The byte offset of the innermost open bracket; only when depth() > 0.
    uint32_t open_bracket() const { return brackets_.back(); }

    /// The last comment that was passed: its offset and end; none when both are 0.
    uint32_t comment_begin() const { return comment_begin_; }
    uint32_t comment_end() const { return comment_end_; }
    /// Offsets of comments that look like a directive of ours.
    const std::vector<uint32_t>& directive_comments() const { return directive_comments_; }

  private:
    struct Indent {
        uint32_t columns = 0;             ///< with tabs to the next multiple of 8
        uint32_t columns_with_tabs_1 = 0; ///< with tabs as one column
    };
    /// How a string literal is written.
    struct StringForm {
        char quote = '"';
        bool is_triple = false, is_raw = false;
    };

    Token make(TokenKind kind, uint32_t begin) const { return Token{kind, 0, begin, at_}; }
    bool begin_line();
    bool take_pending(Token& token);
    bool measure_indent(Indent& indent);
    bool change_indent(Indent indent);
    bool take_continuation();
    void take_comment();
    Token take_name();
    Token take_number();
    bool take_digits(bool (*is_member)(char), const char* what);
    bool check_number_end(uint32_t begin, const char* what);
    Token take_string(uint32_t begin);
    Token take_operator();
    Token open(Op op);
    Token close(Op op, char opening);
    bool skip_string(uint32_t begin, int nesting);
    bool skip_plain(StringForm form, uint32_t begin);
    bool skip_line(StringForm form, uint32_t begin);
    bool skip_triple(StringForm form, uint32_t begin);
    bool skip_formatted(StringForm form, uint32_t begin, int nesting);
    bool skip_field(StringForm form, uint32_t begin, int nesting);
    bool skip_field_text(StringForm form, uint32_t begin, int nesting);
    bool skip_format_spec(StringForm form, uint32_t begin, int nesting);
    bool unterminated(StringForm form, uint32_t begin, const char* what);
    Token unexpected_character();

    const std::string& text_;
    uint32_t at_ = 0;
    bool is_special_ = true; // next() has more to do than scan: one of those below holds
    bool at_line_begin_ = true;
    bool line_has_tokens_ = false;
    int pending_dedents_ = 0;
    bool pending_indent_ = false;
    bool has_failed_ = false;
    std::vector<uint32_t> brackets_;
    std::vector<Indent> indents_;
    uint32_t comment_begin_ = 0, comment_end_ = 0;
    std::vector<uint32_t> directive_comments_;
    SyntaxFailure failure_;
};

/// The line of a byte offset, from 1. Walks the text: for errors.
uint32_t line_of(std::string_view text, uint32_t offset);

/// none when the text is no keyword.
Keyword find_keyword(std::string_view text);

} // namespace pawl::script
