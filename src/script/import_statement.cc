// The two import statements of the language reference:
//   import a.b as c, d
//   from ..a.b import c as d, e        from . import (c, d,)        from a import *

#include "script/characters.h"
#include "script/scan_state.h"

namespace pawl::script {
namespace {

class ImportReader {
  public:
    ImportReader(Tokenizer& tokens, LineCounter& lines) : tokens_(tokens), lines_(lines) {}

    bool read(const Token& keyword, Import& import) {
        token_ = tokens_.next();
        import.is_from = keyword.is(Keyword::k_from);
        return import.is_from ? read_from(import) : read_plain(import);
    }
    const Token& token() const { return token_; }
    uint32_t end() const { return end_; }

  private:
    bool fail(const char* message) {
        tokens_.fail(token_.begin, message);
        return false;
    }
    void advance() {
        end_ = token_.end;
        token_ = tokens_.next();
    }
    bool at_end() const {
        return token_.is(TokenKind::newline) || token_.is(Op::semicolon) ||
               token_.is(TokenKind::end);
    }

    bool read_name(std::string& into) {
        if (!token_.is(TokenKind::name)) {
            return fail("invalid syntax");
        }
        into += tokens_.text_of(token_);
        advance();
        return true;
    }

    bool read_dotted(std::string& into) {
        if (!read_name(into)) {
            return false;
        }
        while (token_.is(Op::dot)) {
            into += '.';
            advance();
            if (!read_name(into)) {
                return false;
            }
        }
        return true;
    }

    bool read_alias(bool is_dotted, Import& import) {
        ImportedName& alias = import.names.emplace_back();
        alias.span.begin = lines_.at(token_.begin);
        if (!(is_dotted ? read_dotted(alias.name) : read_name(alias.name))) {
            return false;
        }
        if (token_.is(Keyword::k_as)) {
            advance();
            if (!read_name(alias.bound_as)) {
                return false;
            }
        }
        alias.span.end = lines_.at(end_);
        return true;
    }

    bool read_plain(Import& import) {
        if (at_end()) {
            return fail("Expected one or more names after 'import'");
        }
        for (;;) {
            if (!read_alias(true, import)) {
                return false;
            }
            if (!token_.is(Op::comma)) {
                return at_end() || fail("invalid syntax");
            }
            advance();
        }
    }

    bool read_from(Import& import) {
        while (token_.is(Op::dot) || token_.is(Op::ellipsis)) {
            import.level += token_.end - token_.begin;
            advance();
        }
        const bool has_module = !token_.is(Keyword::k_import);
        if ((has_module && !read_dotted(import.module)) || (!has_module && import.level == 0)) {
            return fail("invalid syntax");
        }
        if (!token_.is(Keyword::k_import)) {
            return fail("invalid syntax");
        }
        advance();
        if (token_.is(Op::star)) {
            import.names.push_back({"*", "", { lines_.at(token_.begin), lines_.at(token_.end) }});
            advance();
            return at_end() || fail("invalid syntax");
        }
        return read_names(import);
    }

    /// `a, b as c` or `(a, b as c,)`
    bool read_names(Import& import) {
        const bool is_parenthesised = token_.is(Op::left_parenthesis);
        if (is_parenthesised) {
            advance();
        } else if (at_end()) {
            return fail("Expected one or more names after 'import'");
        }
        for (;;) {
            if (!read_alias(false, import)) {
                return false;
            }
            if (!token_.is(Op::comma)) {
                break;
            }
            advance();
            if (at_end()) {
                return fail("trailing comma not allowed without surrounding parentheses");
            }
            if (is_parenthesised && token_.is(Op::right_parenthesis)) {
                break;
            }
        }
        if (is_parenthesised) {
            if (!token_.is(Op::right_parenthesis)) {
                return fail("invalid syntax");
            }
            advance();
        }
        return at_end() || fail("invalid syntax");
    }

    Tokenizer& tokens_;
    LineCounter& lines_;
    Token token_;
    uint32_t end_ = 0;
};

} // namespace

bool read_import(Tokenizer& tokens, LineCounter& lines, uint32_t begin, const Token& keyword,
                 Import& import, Token& terminator) {
    ImportReader reader(tokens, lines);
    import.span.begin = lines.at(begin);
    if (!reader.read(keyword, import)) {
        return false;
    }
    import.span.end = lines.at(reader.end());
    terminator = reader.token();
    const bool has_comment = terminator.is(TokenKind::newline) &&
                             tokens.comment_end() == terminator.begin &&
                             tokens.comment_begin() >= reader.end() && tokens.comment_end() != 0;
    if (has_comment) {
        import.comment = tokens.text().substr(tokens.comment_begin(),
                                              tokens.comment_end() - tokens.comment_begin());
        import.comment_at = lines.at(tokens.comment_begin());
    }
    return true;
}

} // namespace pawl::script
