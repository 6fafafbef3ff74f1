// Numbers and strings: the tokens that have a grammar of their own.
//
// An f-string (and a t-string) is one token here, but where it ends can only be known by reading
// what is in it: since PEP 701 a replacement field may hold strings with the same quotes, comments,
// line breaks and further f-strings. Files of Python 3.8 to 3.11 are a subset: there the enclosing
// quote may not stand in a field at all.

#include <algorithm>

#include "base/text.h"
#include "script/characters.h"
#include "script/tokens.h"

namespace pawl::script {

// --- numbers
// --------------------------------------------------------------------------------------

/// Digits with single underscores between them; at least one.
bool Tokenizer::take_digits(bool (*is_member)(char), const char* what) {
    for (;;) {
        if (!is_member(text_[at_])) {
            fail(at_, std::string("invalid ") + what + " literal");
            return false;
        }
        while (is_member(text_[at_])) {
            ++at_;
        }
        if (text_[at_] != '_') {
            return true;
        }
        ++at_;
    }
}

/// A name may not follow a number at once, but a keyword may: `1if x else 2`.
bool Tokenizer::check_number_end(uint32_t begin, const char* what) {
    if (!is_identifier_part(text_[at_])) {
        return true;
    }
    static constexpr std::string_view followers[] = {"and", "else", "for", "if",
                                                     "in",  "is",   "not", "or"};
    const std::string_view rest = std::string_view(text_).substr(at_);
    if (std::ranges::any_of(followers, [&](auto word) { return rest.starts_with(word); })) {
        return true;
    }
    fail(std::max(begin, at_ - 1), std::string("invalid ") + what + " literal");
    return false;
}

Token Tokenizer::take_number() {
    const uint32_t begin = at_;
    const auto is_decimal = [](char c) { return is_digit(c); };
    const auto error = [&] { return Token{TokenKind::error, 0, at_, at_}; };
    const char kind = text_[at_] == '0' ? to_lower(text_[at_ + 1]) : '\0';
    if (kind == 'x' || kind == 'o' || kind == 'b') {
        at_ += text_[at_ + 2] == '_' ? 3U : 2U;
        const char* what = kind == 'x' ? "hexadecimal" : kind == 'o' ? "octal" : "binary";
        const auto is_hexadecimal = [](char c) {
            return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f');
        };
        const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
        const auto is_binary = [](char c) { return c == '0' || c == '1'; };
        const bool fits = kind == 'x'   ? take_digits(is_hexadecimal, what)
                          : kind == 'o' ? take_digits(is_octal, what)
                                        : take_digits(is_binary, what);
        return fits && check_number_end(begin, what) ? make(TokenKind::number, begin) : error();
    }
    bool is_integer = true;
    if (text_[at_] != '.' && !take_digits(is_decimal, "decimal")) {
        return error();
    }
    if (text_[at_] == '.') {
        is_integer = false;
        ++at_;
        if (is_digit(text_[at_]) && !take_digits(is_decimal, "decimal")) {
            return error();
        }
    }
    if (to_lower(text_[at_]) == 'e') {
        const uint32_t sign = text_[at_ + 1] == '+' || text_[at_ + 1] == '-' ? 1U : 0U;
        if (is_digit(text_[at_ + 1 + sign])) {
            is_integer = false;
            at_ += 1 + sign;
            if (!take_digits(is_decimal, "decimal")) {
                return error();
            }
        }
    }
    const bool is_imaginary = to_lower(text_[at_]) == 'j';
    at_ += is_imaginary ? 1U : 0U;
    if (!check_number_end(begin, is_imaginary ? "imaginary" : "decimal")) {
        return error();
    }
    const std::string_view digits = std::string_view(text_).substr(begin, at_ - begin);
    if (is_integer && !is_imaginary && digits.size() > 1 && digits[0] == '0' &&
        digits.find_first_not_of("0_") != std::string_view::npos) {
        return fail(begin, "leading zeros in decimal integer literals are not permitted; use an "
                           "0o prefix for octal integers");
    }
    return make(TokenKind::number, begin);
}

// --- strings
// --------------------------------------------------------------------------------------

/// `begin` is where the prefix begins; the quote is at at_.
Token Tokenizer::take_string(uint32_t begin) {
    return skip_string(begin, 0) ? make(TokenKind::string, begin)
                                 : Token{TokenKind::error, 0, begin, begin};
}

bool Tokenizer::skip_string(uint32_t begin, int nesting) {
    StringForm form;
    bool is_formatted = false;
    for (uint32_t i = begin; i < at_; ++i) {
        const char c = to_lower(text_[i]);
        form.is_raw = form.is_raw || c == 'r';
        is_formatted = is_formatted || c == 'f' || c == 't';
    }
    form.quote = text_[at_];
    form.is_triple = text_[at_ + 1] == form.quote && text_[at_ + 2] == form.quote;
    at_ += form.is_triple ? 3U : 1U;
    if (!is_formatted) {
        return skip_plain(form, begin);
    }
    if (nesting >= string_nesting_max) {
        fail(begin, "too many nested f-strings");
        return false;
    }
    return skip_formatted(form, begin, nesting);
}

bool Tokenizer::unterminated(StringForm form, uint32_t begin, const char* what) {
    const uint32_t last = std::min(at_, static_cast<uint32_t>(text_.size()));
    fail(begin, std::string("unterminated ") + (form.is_triple ? "triple-quoted " : "") + what +
                    " literal (detected at line " + std::to_string(line_of(text_, last)) + ")");
    return false;
}

bool Tokenizer::skip_plain(StringForm form, uint32_t begin) {
    return form.is_triple ? skip_triple(form, begin) : skip_line(form, begin);
}

/// A string of one line. Short as a rule, so it is walked byte by byte.
bool Tokenizer::skip_line(StringForm form, uint32_t begin) {
    const char* c = text_.data() + at_;
    const char* const end = text_.data() + text_.size();
    for (;; ++c) {
        while (!may_end_string(*c)) {
            ++c;
        }
        if (*c == form.quote) {
            at_ = static_cast<uint32_t>(c + 1 - text_.data());
            return true;
        }
        if (*c == '\\' && c + 1 < end) {
            ++c; // whatever follows is part of the string, a quote or a line break too
        } else if (c >= end || *c == '\n') {
            at_ = static_cast<uint32_t>(c - text_.data());
            return unterminated(form, begin, "string");
        }
    }
}

/// A string in triple quotes. Often long (documentation), so the quotes are searched for; a quote
/// counts unless an odd number of backslashes stands before it, back to where the string began or
/// the last look ended.
bool Tokenizer::skip_triple(StringForm form, uint32_t begin) {
    for (;;) {
        const size_t quote = text_.find(form.quote, at_);
        if (quote == std::string::npos) {
            at_ = static_cast<uint32_t>(text_.size());
            return unterminated(form, begin, "string");
        }
        size_t backslashes = 0;
        while (quote - backslashes > at_ && text_[quote - backslashes - 1] == '\\') {
            ++backslashes;
        }
        const bool is_escaped = backslashes % 2 != 0;
        if (!is_escaped && text_[quote + 1] == form.quote && text_[quote + 2] == form.quote) {
            at_ = static_cast<uint32_t>(quote) + 3;
            return true;
        }
        at_ = static_cast<uint32_t>(quote) + 1;
    }
}

/// The text of an f-string between its fields.
bool Tokenizer::skip_formatted(StringForm form, uint32_t begin, int nesting) {
    for (;;) {
        const char c = text_[at_];
        if (at_ >= text_.size() || (c == '\n' && !form.is_triple)) {
            return unterminated(form, begin, "f-string");
        }
        if (c == form.quote) {
            if (!form.is_triple) {
                ++at_;
                return true;
            }
            if (text_[at_ + 1] == c && text_[at_ + 2] == c) {
                at_ += 3;
                return true;
            }
            ++at_;
        } else if (c == '\\') {
            const char escaped = text_[at_ + 1];
            if (escaped == '{' || escaped == '}') {
                ++at_; // a backslash does not quote a brace
            } else if (escaped == 'N' && text_[at_ + 2] == '{' && !form.is_raw) {
                at_ += 3; // \N{NAME}: the braces belong to the escape
                while (at_ < text_.size() && text_[at_] != '}' && text_[at_] != form.quote &&
                       text_[at_] != '\n') {
                    ++at_;
                }
                at_ += text_[at_] == '}' ? 1U : 0U;
            } else {
                at_ += at_ + 1 < text_.size() ? 2U : 1U;
            }
        } else if (c == '{') {
            if (text_[at_ + 1] == '{') {
                at_ += 2;
            } else if (!skip_field(form, begin, nesting)) {
                return false;
            }
        } else if (c == '}') {
            if (text_[at_ + 1] != '}') {
                fail(at_, "f-string: single '}' is not allowed");
                return false;
            }
            at_ += 2;
        } else {
            ++at_;
        }
    }
}

/// `{expression = !r : spec}`, at its opening brace.
bool Tokenizer::skip_field(StringForm form, uint32_t begin, int nesting) {
    if (nesting >= string_nesting_max || brackets_.size() >= brackets_max) {
        fail(begin, "f-string: expressions nested too deeply");
        return false;
    }
    const size_t depth_before = brackets_.size();
    brackets_.push_back(at_);
    ++at_;
    if (!skip_field_text(form, begin, nesting)) {
        return false;
    }
    if (text_[at_] == '!') {
        ++at_;
        while (is_identifier_part(text_[at_]) || is_blank(text_[at_])) {
            ++at_;
        }
    }
    if (text_[at_] == ':') {
        ++at_;
        if (!skip_format_spec(form, begin, nesting)) {
            return false;
        }
    }
    if (text_[at_] != '}') {
        fail(begin, "f-string: expecting '}'");
        return false;
    }
    ++at_;
    brackets_.resize(depth_before);
    return true;
}

/// The expression of a field: stops at the "}", "!" or ":" that ends it.
bool Tokenizer::skip_field_text(StringForm form, uint32_t begin, int nesting) {
    const size_t depth_of_field = brackets_.size();
    bool is_empty = true;
    for (;;) {
        const char c = text_[at_];
        const bool outermost = brackets_.size() == depth_of_field;
        if (at_ >= text_.size()) {
            return unterminated(form, begin, "f-string");
        }
        if (outermost && (c == '}' || c == ':' || (c == '!' && text_[at_ + 1] != '='))) {
            if (is_empty) {
                fail(at_, std::string("f-string: valid expression required before '") + c + "'");
                return false;
            }
            return true;
        }
        is_empty = is_empty && (is_blank(c) || c == '\n' || c == '#' || c == '\\');
        switch (class_of(c)) {
        case CharClass::identifier: {
            const uint32_t word = at_;
            while (is_identifier_part(text_[at_])) {
                ++at_;
            }
            const bool is_string =
                class_of(text_[at_]) == CharClass::quote &&
                is_string_prefix(std::string_view(text_).substr(word, at_ - word));
            if (is_string && !skip_string(word, nesting + 1)) {
                return false;
            }
            break;
        }
        case CharClass::quote:
            if (!skip_string(at_, nesting + 1)) {
                return false;
            }
            break;
        case CharClass::comment:
            take_comment();
            break;
        case CharClass::escape:
            if (!take_continuation()) {
                return false;
            }
            break;
        default:
            if (c == '(' || c == '[' || c == '{') {
                if (open(Op::left_brace).is(TokenKind::error)) {
                    return false;
                }
            } else if (c == ')' || c == ']' || c == '}') {
                const char opening = c == ')' ? '(' : c == ']' ? '[' : '{';
                if (outermost) {
                    fail(at_, std::string("f-string: unmatched '") + c + "'");
                    return false;
                }
                if (close(Op::right_brace, opening).is(TokenKind::error)) {
                    return false;
                }
            } else {
                ++at_;
            }
        }
    }
}

/// Behind the ":" of a field: text with further fields, up to its "}".
bool Tokenizer::skip_format_spec(StringForm form, uint32_t begin, int nesting) {
    for (;;) {
        const char c = text_[at_];
        if (at_ >= text_.size() || (c == '\n' && !form.is_triple)) {
            return unterminated(form, begin, "f-string");
        }
        if (c == '}') {
            return true;
        }
        if (c == '{') {
            if (!skip_field(form, begin, nesting + 1)) {
                return false;
            }
            continue;
        }
        const bool closes =
            c == form.quote && (!form.is_triple || (text_[at_ + 1] == c && text_[at_ + 2] == c));
        if (closes) {
            fail(begin, "f-string: expecting '}'");
            return false;
        }
        at_ += c == '\\' && at_ + 1 < text_.size() ? 2U : 1U;
    }
}

} // namespace pawl::script
