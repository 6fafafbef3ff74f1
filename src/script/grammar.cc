// The idea: in an expression, operands and operators take turns. Keeping per bracket whether an
// operand is due, and which keyword opened what, finds nearly every slip of a typist (a missing
// comma, bracket, colon or operator, Python 2's print, `=` for `==`) at the token where Python's
// own parser stops, for a few nanoseconds a token.

#include "script/grammar.h"

#include <algorithm>

namespace pawl::script {
namespace {

constexpr const char* maybe_equal = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";

bool is_unary_or_binary(const Token& token) {
    switch (token.op()) {
    case Op::star:
    case Op::double_star:
    case Op::sign:
    case Op::tilde:
    case Op::at:
    case Op::slash:
    case Op::binary:
    case Op::dot:
        return true;
    default:
        return false;
    }
}

} // namespace

void StatementChecker::begin(const Token& first, StatementKind kind) {
    kind_ = kind;
    levels_.assign(1, Level{});
    first_ = first;
    previous_ = before_previous_ = Token{};
    is_first_ = true;
    closed_parameters_ = closed_call_ = false;
    saw_parameters_ = saw_in_ = saw_guard_ = saw_annotation_ = false;
    wants_in_ = wants_for_ = false;
    failure_ = {};
}

StatementChecker::Verdict StatementChecker::feed(const Token& token) {
    const Verdict verdict = judge(token);
    closed_call_ = closed_call_ && token.is(Op::right_parenthesis);
    before_previous_ = previous_;
    previous_ = token;
    is_first_ = false;
    return verdict;
}

bool StatementChecker::may_end(const Token& token) {
    const Level& level = levels_.back();
    if (kind_ != StatementKind::expression && kind_ != StatementKind::simple &&
        kind_ != StatementKind::closed) {
        wrong(token, "expected ':'");
        return false;
    }
    if (level.want == Want::operand || wants_in_ || level.lambdas != 0) {
        wrong(token);
        return false;
    }
    if (level.pending_ifs != 0) {
        wrong(previous_, "expected 'else' after 'if' expression");
        return false;
    }
    return true;
}

StatementChecker::Verdict StatementChecker::wrong(const Token& token, std::string message) {
    if (failure_.message.empty()) {
        failure_ = {token.begin, std::move(message)};
    }
    return Verdict::wrong;
}

/// `match x:`, `case x:`, `type X = int`, at the begin of a statement.
bool StatementChecker::previous_is_soft_keyword() const {
    if (!at_bottom() || previous_.kind != TokenKind::name || previous_.begin != first_.begin) {
        return false;
    }
    const std::string_view word = tokens_.text_of(previous_);
    return word == "match" || word == "case" || word == "type";
}

StatementChecker::Verdict StatementChecker::judge(const Token& token) {
    if (is_first_ && token.kind == TokenKind::keyword) {
        switch (kind_) {
        case StatementKind::closed:
        case StatementKind::bare_header:
            return want(Want::operation);
        case StatementKind::simple:
            return want(token.is(Keyword::k_return) || token.is(Keyword::k_raise)
                            ? Want::operand_or_end
                            : Want::operand);
        case StatementKind::except:
            return want(Want::operand_or_end);
        case StatementKind::expression:
            break;
        default:
            return want(Want::operand);
        }
    }
    if (is_first_ && kind_ == StatementKind::case_block) {
        return want(Want::operand);
    }
    if (is_first_ && token.is(Op::at)) {
        return want(Want::operand); // a decorator
    }
    const bool is_over = kind_ == StatementKind::closed || kind_ == StatementKind::bare_header;
    if (is_over && !(kind_ == StatementKind::bare_header && token.is(Op::colon))) {
        return wrong(token,
                     kind_ == StatementKind::bare_header ? "expected ':'" : "invalid syntax");
    }
    if (wants_in_ && !token.is(Keyword::k_in)) {
        return wrong(token);
    }
    if (wants_for_ && !token.is(Keyword::k_for)) {
        return wrong(token);
    }
    if (previous_.is(Op::dot) && !token.is(TokenKind::name)) {
        return wrong(token);
    }
    if (closed_parameters_) {
        closed_parameters_ = false;
        if (!token.is(Op::arrow) && !token.is(Op::colon)) {
            return wrong(token, "expected ':'");
        }
    }
    if (levels_.back().is_parameters && levels_.back().lambdas == 0) {
        if (parameter(token) == Verdict::wrong) {
            return Verdict::wrong;
        }
    }
    switch (token.kind) {
    case TokenKind::name:
    case TokenKind::number:
    case TokenKind::string:
        return operand(token);
    case TokenKind::keyword:
        return keyword(token);
    case TokenKind::op:
        return op(token);
    default:
        return wrong(token);
    }
}

StatementChecker::Verdict StatementChecker::operand(const Token& token) {
    if (wants_operand()) {
        return want(Want::operation);
    }
    const bool joins_strings = token.is(TokenKind::string) && previous_.is(TokenKind::string);
    if (joins_strings || previous_is_soft_keyword()) {
        return Verdict::fine;
    }
    if (at_bottom() && previous_.is(TokenKind::name) && previous_.begin == first_.begin) {
        const std::string_view word = tokens_.text_of(previous_);
        if (word == "print" || word == "exec") {
            return wrong(previous_, "Missing parentheses in call to '" + std::string(word) +
                                        "'. Did you mean " + std::string(word) + "(...)?");
        }
    }
    if (!at_bottom()) {
        return wrong(token, "invalid syntax. Perhaps you forgot a comma?");
    }
    return wrong(token);
}

/// Whether a token may stand where a parameter's name is due, or directly behind it.
StatementChecker::Verdict StatementChecker::parameter(const Token& token) {
    const auto begins_one = [](const Token& before) {
        return before.is(Op::left_parenthesis) || before.is(Op::comma);
    };
    const bool is_unpacked =
        (previous_.is(Op::star) || previous_.is(Op::double_star)) && begins_one(before_previous_);
    if (begins_one(previous_) || is_unpacked) {
        switch (token.op()) {
        case Op::star:
        case Op::double_star:
        case Op::slash:
        case Op::comma:
        case Op::right_parenthesis:
            return Verdict::fine; // judged where they are
        default:
            return token.is(TokenKind::name) ? Verdict::fine : wrong(token);
        }
    }
    if (previous_.is(TokenKind::name) &&
        (begins_one(before_previous_) || before_previous_.is(Op::double_star))) {
        const bool may_follow = token.is(Op::comma) || token.is(Op::colon) ||
                                token.is(Op::assign) || token.is(Op::right_parenthesis);
        return may_follow || before_previous_.is(Op::double_star) ? Verdict::fine : wrong(token);
    }
    return Verdict::fine;
}

/// At the comma or parenthesis behind an argument of a call.
StatementChecker::Verdict StatementChecker::end_argument(const Token& token) {
    Level& level = levels_.back();
    const bool is_empty = level.want != Want::operation;
    if (!in_call() || is_empty) {
        return Verdict::fine;
    }
    if (level.saw_keyword && !level.is_keyword && !level.is_unpacked) {
        return wrong(token, "positional argument follows keyword argument");
    }
    level.saw_keyword = level.saw_keyword || level.is_keyword;
    level.is_keyword = level.is_unpacked = false;
    return Verdict::fine;
}

/// Something that stands between two operands.
StatementChecker::Verdict StatementChecker::operation(const Token& token) {
    return wants_operand() ? wrong(token) : want(Want::operand);
}

StatementChecker::Verdict StatementChecker::open(const Token& token) {
    Level& outer = levels_.back();
    const bool follows_operand = outer.want == Want::operation;
    if (follows_operand && token.is(Op::left_brace) && !previous_is_soft_keyword()) {
        return wrong(token);
    }
    outer.want = Want::operation;
    Level level;
    level.opened = token.op();
    level.want = Want::operand_or_end;
    level.is_applied = follows_operand;
    level.is_parameters = at_bottom() && kind_ == StatementKind::definition && !saw_parameters_ &&
                          token.is(Op::left_parenthesis);
    saw_parameters_ = saw_parameters_ || level.is_parameters;
    levels_.push_back(level);
    return Verdict::fine;
}

StatementChecker::Verdict StatementChecker::close(const Token& token) {
    const Level& level = levels_.back();
    if (at_bottom() || level.want == Want::operand || level.lambdas != 0) {
        return wrong(token);
    }
    if (level.pending_ifs != 0) {
        return wrong(token, "expected 'else' after 'if' expression");
    }
    const bool is_empty = level.want == Want::operand_or_end;
    if (token.is(Op::right_bracket) && level.is_applied && is_empty &&
        previous_.is(Op::left_bracket)) {
        return wrong(token);
    }
    if (end_argument(token) == Verdict::wrong) {
        return Verdict::wrong;
    }
    closed_parameters_ = level.is_parameters;
    closed_call_ = token.is(Op::right_parenthesis) && level.is_applied;
    levels_.pop_back();
    return Verdict::fine;
}

StatementChecker::Verdict StatementChecker::op(const Token& token) {
    switch (token.op()) {
    case Op::left_parenthesis:
    case Op::left_bracket:
    case Op::left_brace:
        return open(token);
    case Op::right_parenthesis:
    case Op::right_bracket:
    case Op::right_brace:
        return close(token);
    case Op::colon:
        return colon(token);
    case Op::comma:
        return comma(token);
    case Op::ellipsis:
        return operand(token);
    case Op::assign:
        return assign(token);
    case Op::augmented_assign:
        if (!at_bottom() || kind_ != StatementKind::expression) {
            return wrong(token);
        }
        return operation(token);
    case Op::walrus: {
        const bool is_statement =
            kind_ == StatementKind::expression || kind_ == StatementKind::simple;
        const bool may_name = first_.is(Op::at) || tokens_.text_of(first_) == "match";
        return at_bottom() && is_statement && !may_name ? wrong(token) : operation(token);
    }
    case Op::arrow:
        if (!at_bottom() || kind_ != StatementKind::definition) {
            return wrong(token);
        }
        return operation(token);
    case Op::star:
    case Op::double_star:
    case Op::slash:
        return star(token);
    case Op::sign:
        return want(Want::operand); // of one side or of two
    case Op::tilde:
        return wants_operand() || previous_is_soft_keyword() ? want(Want::operand) : wrong(token);
    case Op::dot:
    case Op::at:
    case Op::binary:
        return operation(token);
    default:
        return wrong(token);
    }
}

/// `*`, `**` and `/`: operators, unpacking, or marks in a list of parameters.
StatementChecker::Verdict StatementChecker::star(const Token& token) {
    Level& level = levels_.back();
    if (!wants_operand()) {
        return want(Want::operand);
    }
    const bool begins_argument = in_call() && level.lambdas == 0 &&
                                 (previous_.is(Op::comma) || previous_.is(Op::left_parenthesis));
    if (begins_argument && !token.is(Op::slash)) {
        level.is_keyword = token.is(Op::double_star);
        level.is_unpacked = token.is(Op::star);
    }
    const bool in_parameters = level.is_parameters || level.lambdas != 0;
    if (token.is(Op::slash)) {
        return in_parameters && previous_.is(Op::comma) ? want(Want::operation) : wrong(token);
    }
    if (is_unary_or_binary(previous_) ||
        (token.is(Op::double_star) && at_bottom() && level.lambdas == 0)) {
        return wrong(token);
    }
    return want(Want::operand);
}

StatementChecker::Verdict StatementChecker::colon(const Token& token) {
    Level& level = levels_.back();
    if (level.lambdas != 0) {
        if (level.want == Want::operand) {
            return wrong(token);
        }
        --level.lambdas;
        return want(Want::operand);
    }
    switch (level.opened) {
    case Op::left_bracket:
        if (!level.is_applied || level.want == Want::operand) {
            return wrong(token);
        }
        return want(Want::operand_or_end); // of a slice
    case Op::left_brace:
        return operation(token);
    case Op::left_parenthesis:
        return level.is_parameters ? operation(token) : wrong(token);
    default:
        break;
    }
    if (level.want == Want::operand || kind_ == StatementKind::simple ||
        kind_ == StatementKind::closed) {
        return wrong(token);
    }
    if (level.pending_ifs != 0) {
        return wrong(previous_, "expected 'else' after 'if' expression");
    }
    if (kind_ == StatementKind::definition && !saw_parameters_) {
        return wrong(token, "expected '('");
    }
    if (kind_ == StatementKind::for_loop && !saw_in_) {
        return wrong(token);
    }
    if (kind_ == StatementKind::expression) {
        if (saw_annotation_) {
            return wrong(token);
        }
        saw_annotation_ = true;
    }
    level.want = Want::operand;
    return Verdict::colon;
}

StatementChecker::Verdict StatementChecker::comma(const Token& token) {
    Level& level = levels_.back();
    const bool in_parameters = level.is_parameters || level.lambdas != 0;
    const bool is_bare_star = in_parameters && previous_.is(Op::star);
    const bool ends_slice = level.opened == Op::left_bracket && previous_.is(Op::colon);
    if (level.want != Want::operation && !is_bare_star && !ends_slice) {
        return wrong(token);
    }
    if (level.lambdas == 0 && end_argument(token) == Verdict::wrong) {
        return Verdict::wrong;
    }
    if (level.pending_ifs != 0) {
        return wrong(token, "expected 'else' after 'if' expression");
    }
    return want(Want::operand_or_end);
}

/// What stands before a "=" that is neither an annotated default nor a lambda's.
StatementChecker::Verdict StatementChecker::assign_target(const Token& token) {
    Level& level = levels_.back();
    if (in_call()) {
        const bool is_name =
            previous_.is(TokenKind::name) &&
            (before_previous_.is(Op::comma) || before_previous_.is(Op::left_parenthesis));
        if (!is_name) {
            return wrong(previous_,
                         "expression cannot contain assignment, perhaps you meant \"==\"?");
        }
        level.is_keyword = true;
    }
    if (at_bottom() && (previous_.is(TokenKind::number) || previous_.is(TokenKind::string))) {
        return wrong(previous_,
                     "cannot assign to literal here. Maybe you meant '==' instead of '='?");
    }
    if (at_bottom() && closed_call_) {
        return wrong(token, "cannot assign to function call here. Maybe you meant '==' instead of "
                            "'='?");
    }
    return Verdict::fine;
}

StatementChecker::Verdict StatementChecker::assign(const Token& token) {
    Level& level = levels_.back();
    bool may_assign = level.lambdas != 0;
    switch (level.opened) {
    case Op::none:
        may_assign = may_assign || kind_ == StatementKind::expression;
        break;
    case Op::left_parenthesis:
        may_assign = may_assign || level.is_applied;
        break;
    case Op::left_bracket: // the default of a type parameter
        may_assign = may_assign || (levels_.size() == 2 && level.is_applied &&
                                    (kind_ == StatementKind::definition ||
                                     kind_ == StatementKind::class_definition ||
                                     tokens_.text_of(first_) == "type"));
        break;
    default:
        break;
    }
    if (!may_assign) {
        return wrong(token, maybe_equal);
    }
    if (level.lambdas == 0 && !saw_annotation_ && assign_target(token) == Verdict::wrong) {
        return Verdict::wrong;
    }
    const bool follows_comma =
        level.want == Want::operand_or_end && previous_.is(Op::comma) && at_bottom(); // `a, = b`
    return follows_comma ? want(Want::operand) : operation(token);
}

StatementChecker::Verdict StatementChecker::keyword(const Token& token) {
    Level& level = levels_.back();
    switch (token.keyword()) {
    case Keyword::k_true:
    case Keyword::k_false:
    case Keyword::k_none:
        return operand(token);
    case Keyword::k_and:
    case Keyword::k_or:
    case Keyword::k_is:
        return operation(token);
    case Keyword::k_in: {
        const bool follows_comma = level.want == Want::operand_or_end && previous_.is(Op::comma);
        saw_in_ = saw_in_ || at_bottom();
        wants_in_ = false;
        return follows_comma ? want(Want::operand) : operation(token); // `for x, in y`
    }
    case Keyword::k_not:
        if (!wants_operand() && !previous_is_soft_keyword()) {
            wants_in_ = true;
            return Verdict::fine;
        }
        return want(Want::operand);
    case Keyword::k_if:
        if (kind_ == StatementKind::case_block && at_bottom() && !saw_guard_) {
            saw_guard_ = true;
        } else if (!level.has_for) {
            ++level.pending_ifs;
        }
        return operation(token);
    case Keyword::k_else:
        return else_keyword(token);
    case Keyword::k_for:
    case Keyword::k_async:
        return for_keyword(token);
    case Keyword::k_lambda:
        if (!wants_operand() && !previous_is_soft_keyword()) {
            return wrong(token);
        }
        ++level.lambdas;
        return want(Want::operand_or_end);
    case Keyword::k_await:
        return wants_operand() || previous_is_soft_keyword() ? want(Want::operand) : wrong(token);
    case Keyword::k_yield:
        return wants_operand() ? want(Want::operand_or_end) : wrong(token);
    case Keyword::k_from:
        if (previous_.is(Keyword::k_yield)) {
            return want(Want::operand);
        }
        return first_.is(Keyword::k_raise) && at_bottom() ? operation(token) : wrong(token);
    case Keyword::k_as:
        if (kind_ != StatementKind::with && kind_ != StatementKind::except &&
            kind_ != StatementKind::case_block) {
            return wrong(token);
        }
        return operation(token);
    default:
        return wrong(token); // a statement's keyword inside of another statement
    }
}

StatementChecker::Verdict StatementChecker::else_keyword(const Token& token) {
    Level& level = levels_.back();
    if (level.pending_ifs == 0) {
        return wrong(token);
    }
    --level.pending_ifs;
    return operation(token);
}

/// `for` and `async for` of a comprehension.
StatementChecker::Verdict StatementChecker::for_keyword(const Token& token) {
    Level& level = levels_.back();
    if (at_bottom() || wants_operand()) {
        return wrong(token);
    }
    if (level.pending_ifs != 0) {
        return wrong(token, "expected 'else' after 'if' expression");
    }
    wants_for_ = token.is(Keyword::k_async);
    if (wants_for_) {
        return Verdict::fine;
    }
    level.has_for = true;
    return want(Want::operand);
}

} // namespace pawl::script
