// How it works: the tokenizer gives tokens; a stack of open blocks says what each statement stands
// in; every block header becomes a Branch that remembers its condition and the branch before it.
// Conditions are read only for the few branches that have imports in them, at the end.

#include "script/scanner.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/text.h"
#include "script/grammar.h"
#include "script/scan_state.h"
#include "script/tokens.h"

namespace pawl::script {

namespace {

/// How many bytes are "\n": eight at a time, since every line of the file passes here.
uint32_t count_newlines(const char* begin, const char* end) {
    constexpr uint64_t low_bits = 0x7f7f'7f7f'7f7f'7f7fU;
    uint32_t count = 0;
    for (; end - begin >= 8; begin += 8) {
        uint64_t word;
        std::memcpy(&word, begin, sizeof word);
        word ^= 0x0a0a'0a0a'0a0a'0a0aU; // a newline becomes a zero byte
        const uint64_t is_other = ((word & low_bits) + low_bits) | word | low_bits;
        count += static_cast<uint32_t>(std::popcount(~is_other));
    }
    return count + static_cast<uint32_t>(std::count(begin, end, '\n'));
}

} // namespace

Position LineCounter::at(uint32_t offset) {
    if (offset < known_offset_) {
        known_offset_ = 0;
        known_line_ = 1;
    }
    const char* const begin = text_.data();
    known_line_ += count_newlines(begin + known_offset_, begin + offset);
    const std::string_view before = text_.substr(known_offset_, offset - known_offset_);
    const size_t newline = before.rfind('\n');
    if (newline != std::string_view::npos) {
        known_offset_ += static_cast<uint32_t>(newline) + 1;
    }
    return {known_line_, offset - known_offset_};
}

namespace {

/// How errors call the block whose body is missing.
const char* header_name(BranchKind kind) {
    switch (kind) {
    case BranchKind::module:
        return "module";
    case BranchKind::if_branch:
        return "'if' statement";
    case BranchKind::elif_branch:
        return "'elif' statement";
    case BranchKind::else_branch:
        return "'else' statement";
    case BranchKind::for_loop:
        return "'for' statement";
    case BranchKind::while_loop:
        return "'while' statement";
    case BranchKind::try_body:
        return "'try' statement";
    case BranchKind::except_handler:
        return "'except' statement";
    case BranchKind::finally_branch:
        return "'finally' statement";
    case BranchKind::with_block:
        return "'with' statement";
    case BranchKind::function:
        return "function definition";
    case BranchKind::class_body:
        return "class definition";
    case BranchKind::match_block:
        return "'match' statement";
    case BranchKind::case_block:
        return "'case' statement";
    }
    return "";
}

struct Header {
    bool is_header = false;
    BranchKind branch = BranchKind::module;
    StatementKind statement = StatementKind::bare_header;
};

Header header_of(Keyword keyword) {
    switch (keyword) {
    case Keyword::k_if:
        return {true, BranchKind::if_branch, StatementKind::condition};
    case Keyword::k_elif:
        return {true, BranchKind::elif_branch, StatementKind::condition};
    case Keyword::k_while:
        return {true, BranchKind::while_loop, StatementKind::condition};
    case Keyword::k_else:
        return {true, BranchKind::else_branch, StatementKind::bare_header};
    case Keyword::k_try:
        return {true, BranchKind::try_body, StatementKind::bare_header};
    case Keyword::k_finally:
        return {true, BranchKind::finally_branch, StatementKind::bare_header};
    case Keyword::k_for:
        return {true, BranchKind::for_loop, StatementKind::for_loop};
    case Keyword::k_with:
        return {true, BranchKind::with_block, StatementKind::with};
    case Keyword::k_except:
        return {true, BranchKind::except_handler, StatementKind::except};
    case Keyword::k_def:
        return {true, BranchKind::function, StatementKind::definition};
    case Keyword::k_class:
        return {true, BranchKind::class_body, StatementKind::class_definition};
    default:
        return {};
    }
}

StatementKind statement_kind(Keyword keyword) {
    switch (keyword) {
    case Keyword::k_return:
    case Keyword::k_raise:
    case Keyword::k_del:
    case Keyword::k_assert:
    case Keyword::k_global:
    case Keyword::k_nonlocal:
        return StatementKind::simple;
    case Keyword::k_pass:
    case Keyword::k_break:
    case Keyword::k_continue:
        return StatementKind::closed;
    default:
        return StatementKind::expression;
    }
}

/// Whether `next` may follow `before` in one if, for, while or try statement.
bool may_follow(BranchKind before, BranchKind next) {
    const bool after_if = before == BranchKind::if_branch || before == BranchKind::elif_branch;
    const bool in_try = before == BranchKind::try_body || before == BranchKind::except_handler;
    switch (next) {
    case BranchKind::elif_branch:
        return after_if;
    case BranchKind::else_branch:
        return after_if || before == BranchKind::for_loop || before == BranchKind::while_loop ||
               before == BranchKind::except_handler;
    case BranchKind::except_handler:
        return in_try;
    case BranchKind::finally_branch:
        return in_try || before == BranchKind::else_branch;
    default:
        return false;
    }
}

bool is_continuation(BranchKind kind) {
    return kind == BranchKind::elif_branch || kind == BranchKind::else_branch ||
           kind == BranchKind::except_handler || kind == BranchKind::finally_branch;
}

class Scanner {
  public:
    Scanner(Scan& scan, bool is_strict)
        : scan_(scan), tokens_(scan.text), lines_(scan.text), checker_(tokens_),
          is_strict_(is_strict) {
        branches_.emplace_back();
        blocks_.push_back({0, no_index});
    }

    /// False after a failure.
    bool run();
    SyntaxFailure failure();

  private:
    struct Block {
        uint32_t branch;
        uint32_t last_in_chain; ///< the branch that `else`, `except` and the like continue
    };

    bool fail(uint32_t at, std::string message) {
        tokens_.fail(at, std::move(message));
        return false;
    }
    bool open_block(const Token& token);
    bool logical_line(const Token& first);
    bool end_chain(const Token& token);
    bool read_header(Token first, Header header, uint32_t begin);
    bool take_header_tokens(const Token& first, StatementKind kind, uint32_t& colon);
    bool add_branch(Branch branch, const Token& first);
    bool simple_statements(Token token);
    bool simple_statement(const Token& first, Token& terminator);
    bool lazy_import(const Token& first, Token& terminator, bool& is_import);
    bool expression(const Token& first, Token& terminator);
    bool continue_expression(Token token, Token& terminator);
    bool import_statement(uint32_t begin, const Token& keyword, Token& terminator);
    bool judged(StatementChecker::Verdict verdict);
    void note_main(const Token& name);
    void collect_directives();

    Scan& scan_;
    Tokenizer tokens_;
    LineCounter lines_;
    StatementChecker checker_;
    bool is_strict_;
    std::vector<Branch> branches_;
    std::vector<Block> blocks_;
    std::vector<uint32_t> branch_of_import_;
    uint32_t branch_ = 0;                     // of the statement that is being read
    uint32_t header_without_body_ = no_index; // a header whose body must be indented
};

bool Scanner::run() {
    for (;;) {
        const Token token = tokens_.next();
        if (header_without_body_ != no_index && !token.is(TokenKind::error)) {
            if (!open_block(token)) {
                return false;
            }
            continue;
        }
        switch (token.kind) {
        case TokenKind::error:
            return false;
        case TokenKind::indent:
            return fail(token.begin, "unexpected indent");
        case TokenKind::dedent:
            if (!end_chain(token)) {
                return false;
            }
            blocks_.pop_back();
            break;
        case TokenKind::end:
            if (!end_chain(token)) {
                return false;
            }
            judge_imports(scan_.text, branches_, branch_of_import_, scan_.imports);
            collect_directives();
            return true;
        default:
            if (!logical_line(token)) {
                return false;
            }
        }
    }
}

/// The failure that CPython would report: a bracket that was opened on an earlier line and never
/// closed is the likelier cause of an "invalid syntax" on a later one.
SyntaxFailure Scanner::failure() {
    SyntaxFailure found = tokens_.failure();
    if (tokens_.depth() == 0 || !found.message.starts_with("invalid syntax")) {
        return found;
    }
    const uint32_t bracket = tokens_.open_bracket();
    const std::string_view text = scan_.text;
    const bool is_earlier_line =
        bracket < found.at && text.substr(bracket, found.at - bracket).find('\n') != text.npos;
    if (!is_earlier_line) {
        return found;
    }
    return {bracket, std::string("'") + text[bracket] + "' was never closed"};
}

bool Scanner::open_block(const Token& token) {
    const Branch& header = branches_[header_without_body_];
    if (!token.is(TokenKind::indent)) {
        return fail(token.begin, std::string("expected an indented block after ") +
                                     header_name(header.kind) + " on line " +
                                     std::to_string(line_of(scan_.text, header.header_begin)));
    }
    blocks_.push_back({header_without_body_, no_index});
    header_without_body_ = no_index;
    return true;
}

/// What follows no longer belongs to the if or try statement before it.
bool Scanner::end_chain(const Token& token) {
    uint32_t& last = blocks_.back().last_in_chain;
    if (last != no_index && branches_[last].kind == BranchKind::try_body) {
        return fail(token.begin, "expected 'except' or 'finally' block");
    }
    last = no_index;
    return true;
}

bool Scanner::logical_line(const Token& first) {
    branch_ = blocks_.back().branch;
    Header header = header_of(first.keyword());
    Token keyword = first;
    if (first.is(Keyword::k_async)) {
        keyword = tokens_.next();
        header = header_of(keyword.keyword());
        if (!keyword.is(Keyword::k_def) && !keyword.is(Keyword::k_for) &&
            !keyword.is(Keyword::k_with)) {
            return fail(keyword.begin, "invalid syntax");
        }
    } else if (branches_[branch_].kind == BranchKind::match_block) {
        if (!first.is(TokenKind::name) || tokens_.text_of(first) != "case") {
            return fail(first.begin, "invalid syntax");
        }
        header = {true, BranchKind::case_block, StatementKind::case_block};
    }
    if (!header.is_header) {
        return end_chain(first) && simple_statements(first);
    }
    if (!read_header(keyword, header, first.begin)) {
        return false;
    }
    const Token token = tokens_.next();
    if (token.is(TokenKind::newline)) {
        header_without_body_ = branch_;
        return true;
    }
    return simple_statements(token); // the body is on the header's line
}

bool Scanner::read_header(Token first, Header header, uint32_t begin) {
    Branch branch;
    branch.kind = header.branch;
    branch.header_begin = begin;
    branch.keyword_end = first.end;
    if (!add_branch(branch, first)) {
        return false;
    }
    uint32_t colon = 0;
    if (!take_header_tokens(first, header.statement, colon)) {
        return false;
    }
    branches_[branch_].colon = colon;
    return true;
}

bool Scanner::add_branch(Branch branch, const Token& first) {
    uint32_t& last = blocks_.back().last_in_chain;
    if (is_continuation(branch.kind)) {
        if (last == no_index || !may_follow(branches_[last].kind, branch.kind)) {
            return fail(first.begin, "invalid syntax");
        }
        branch.previous = last;
    } else if (!end_chain(first)) {
        return false;
    }
    branch.parent = blocks_.back().branch;
    const ImportScope outer = branches_[branch.parent].scope;
    branch.scope = outer;
    if (branch.kind == BranchKind::function) {
        branch.scope = ImportScope::function;
    } else if (branch.kind == BranchKind::class_body && outer == ImportScope::module) {
        branch.scope = ImportScope::class_body;
    }
    branch_ = static_cast<uint32_t>(branches_.size());
    branch.head = branch.previous == no_index ? branch_ : branches_[branch.previous].head;
    last = branch_;
    branches_.push_back(branch);
    return true;
}

bool Scanner::take_header_tokens(const Token& first, StatementKind kind, uint32_t& colon) {
    checker_.begin(first, kind);
    Token token = first;
    if (!judged(checker_.feed(token))) {
        return false;
    }
    for (bool is_second = true;; is_second = false) {
        token = tokens_.next();
        const bool names_something =
            kind == StatementKind::definition || kind == StatementKind::class_definition;
        if (is_second && names_something) {
            if (!token.is(TokenKind::name)) {
                return fail(token.begin, "invalid syntax");
            }
            if (kind == StatementKind::definition) {
                note_main(token);
            }
        }
        if (token.is(TokenKind::newline) || token.is(TokenKind::end)) {
            return fail(token.begin, "expected ':'");
        }
        if (token.is(TokenKind::error)) {
            return false;
        }
        const StatementChecker::Verdict verdict = checker_.feed(token);
        if (verdict == StatementChecker::Verdict::colon) {
            colon = token.begin;
            return true;
        }
        if (!judged(verdict)) {
            return false;
        }
    }
}

/// Passes the checker's failure on; without `strict` only the tokenizer's own count.
bool Scanner::judged(StatementChecker::Verdict verdict) {
    if (verdict != StatementChecker::Verdict::wrong || !is_strict_) {
        return true;
    }
    return fail(checker_.failure().at, checker_.failure().message);
}

void Scanner::note_main(const Token& name) {
    const uint32_t begin = branches_[branch_].header_begin;
    const bool at_line_begin = begin == 0 || scan_.text[begin - 1] == '\n';
    if (scan_.main_line == 0 && at_line_begin && tokens_.text_of(name) == "main") {
        scan_.main_line = lines_.at(begin).line;
    }
}

bool Scanner::simple_statements(Token token) {
    for (;;) {
        Token terminator;
        if (!simple_statement(token, terminator)) {
            return false;
        }
        if (!terminator.is(Op::semicolon)) {
            return true;
        }
        token = tokens_.next();
        if (token.is(TokenKind::newline)) {
            return true;
        }
    }
}

bool Scanner::simple_statement(const Token& first, Token& terminator) {
    if (first.is(Keyword::k_import) || first.is(Keyword::k_from)) {
        return import_statement(first.begin, first, terminator);
    }
    if (first.is(TokenKind::name) && tokens_.text_of(first) == "lazy") {
        bool is_import = false;
        if (!lazy_import(first, terminator, is_import) || is_import) {
            return is_import;
        }
    }
    return expression(first, terminator);
}

/// `lazy import a` and `lazy from a import b` (PEP 810, Python 3.15).
bool Scanner::lazy_import(const Token& first, Token& terminator, bool& is_import) {
    const std::string_view rest = std::string_view(scan_.text).substr(first.end);
    const size_t word = rest.find_first_not_of(" \t\f");
    is_import = word != 0 && word != std::string_view::npos &&
                (rest.substr(word).starts_with("import") || rest.substr(word).starts_with("from"));
    if (!is_import) {
        return true;
    }
    const Token keyword = tokens_.next();
    if (!keyword.is(Keyword::k_import) && !keyword.is(Keyword::k_from)) {
        return fail(keyword.begin, "invalid syntax");
    }
    return import_statement(first.begin, keyword, terminator);
}

bool Scanner::import_statement(uint32_t begin, const Token& keyword, Token& terminator) {
    Import import;
    import.scope = branches_[branch_].scope;
    if (!read_import(tokens_, lines_, begin, keyword, import, terminator)) {
        return false;
    }
    const uint32_t index = static_cast<uint32_t>(scan_.imports.size());
    for (uint32_t at = branch_; at != no_index; at = branches_[at].parent) {
        Branch& branch = branches_[at];
        if (branch.scope != import.scope) {
            break; // a function's imports are no part of the try around it
        }
        if (branch.kind == BranchKind::try_body && branch.first_import == no_index) {
            branch.first_import = index;
        }
    }
    branch_of_import_.push_back(branch_);
    scan_.imports.push_back(std::move(import));
    return true;
}

bool Scanner::expression(const Token& first, Token& terminator) {
    if (first.is(TokenKind::newline) || first.is(TokenKind::end)) {
        return fail(first.begin, "invalid syntax");
    }
    if (header_of(first.keyword()).is_header || first.is(Keyword::k_async)) {
        return fail(first.begin, "invalid syntax");
    }
    checker_.begin(first, statement_kind(first.keyword()));
    return continue_expression(first, terminator);
}

bool Scanner::continue_expression(Token token, Token& terminator) {
    const Token first = token;
    for (;; token = tokens_.next()) {
        if (token.is(TokenKind::error)) {
            return false;
        }
        if (token.is(TokenKind::newline) || token.is(Op::semicolon)) {
            terminator = token;
            return checker_.may_end(token) || judged(StatementChecker::Verdict::wrong);
        }
        const StatementChecker::Verdict verdict = checker_.feed(token);
        if (!judged(verdict)) {
            return false;
        }
        if (verdict != StatementChecker::Verdict::colon) {
            continue;
        }
        const uint32_t colon = token.begin;
        token = tokens_.next();
        const bool is_match = token.is(TokenKind::newline) && first.is(TokenKind::name) &&
                              tokens_.text_of(first) == "match";
        if (is_match) { // an annotation has something behind its colon
            Branch branch;
            branch.kind = BranchKind::match_block;
            branch.header_begin = first.begin;
            branch.keyword_end = first.end;
            branch.colon = colon;
            terminator = token;
            if (!add_branch(branch, first)) {
                return false;
            }
            header_without_body_ = branch_;
            return true;
        }
        if (token.is(TokenKind::error) || token.is(TokenKind::newline) || token.is(Op::semicolon)) {
            return token.is(TokenKind::error) ? false : fail(token.begin, "invalid syntax");
        }
        if (!judged(checker_.feed(token))) {
            return false;
        }
    }
}

void Scanner::collect_directives() {
    const std::string_view text = scan_.text;
    LineCounter lines(text);
    for (const uint32_t begin : tokens_.directive_comments()) {
        const std::string_view rest = text.substr(begin);
        const Position at = lines.at(begin);
        const std::string_view before = text.substr(begin - at.column, at.column);
        scan_.directives.push_back({std::string(rest.substr(0, rest.find('\n'))), at,
                                    before.find_first_not_of(" \t\f") == std::string_view::npos});
    }
}

constexpr size_t shown_line_bytes_max = 160;

/// "report.py:3:8: invalid syntax" and the line with a mark under the place.
Error syntax_error(std::string_view text, std::string_view name, const SyntaxFailure& failure) {
    const uint32_t offset = std::min(failure.at, static_cast<uint32_t>(text.size()));
    const Position at = LineCounter(text).at(offset);
    const std::string_view rest = text.substr(offset - at.column);
    const std::string_view line = rest.substr(0, std::min(rest.find('\n'), rest.size()));
    const auto is_character_begin = [](char c) { return (c & '\xc0') != '\x80'; };
    const auto column = 1 + std::ranges::count_if(line.substr(0, at.column), is_character_begin);
    std::string message = std::string(name) + ":" + std::to_string(at.line) + ":" +
                          std::to_string(column) + ": " + failure.message;
    const bool is_plain = std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; });
    if (is_plain && line.size() <= shown_line_bytes_max && !trim(line).empty()) {
        const size_t indent = line.find_first_not_of(' ');
        if (at.column >= indent) {
            message.append("\n    ").append(line.substr(indent)).append("\n    ");
            message.append(at.column - indent, ' ').append("^");
        }
    }
    return {Error::Kind::input, std::move(message)};
}

} // namespace

Result<Scan> scan_imports(std::string_view bytes, std::string_view name, ScanOptions options) {
    Scan scan;
    scan.text = TRY(decode_source(bytes, name));
    Scanner scanner(scan, options.strict);
    if (!scanner.run()) {
        return fail(syntax_error(scan.text, printable(name), scanner.failure()));
    }
    return scan;
}

} // namespace pawl::script
