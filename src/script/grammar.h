#pragma once
// Whether the tokens of one statement can be Python: operands and operators in turn, brackets'
// contents, keywords where they may stand. Not a parser: it accepts some things that Python does
// not, and nothing that Python accepts is an error (tools/check_scanner.py holds it to that).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "script/tokens.h"

namespace pawl::script {

/// What kind of statement the tokens belong to.
enum class StatementKind : uint8_t {
    expression, ///< also assignments, annotations, decorators, and `match` until its colon is seen
    simple,     ///< return, raise, del, assert, global, nonlocal
    closed,     ///< pass, break, continue: nothing may follow
    condition,  ///< if, elif, while
    for_loop,
    with,
    except,
    definition,
    class_definition,
    case_block,
    bare_header, ///< else, try, finally: only the colon may follow
};

/// Follows one statement at a time. For one thread.
class StatementChecker {
  public:
    explicit StatementChecker(const Tokenizer& tokens) : tokens_(tokens) {}

    /// Starts with the statement's first token (the one behind `async`), which is judged, too.
    void begin(const Token& first, StatementKind kind);

    enum class Verdict : uint8_t { fine, colon /* of a header or an annotation */, wrong };
    Verdict feed(const Token& token);
    /// Whether the statement may end before `token` (its newline or semicolon).
    bool may_end(const Token& token);

    const SyntaxFailure& failure() const { return failure_; }

  private:
    enum class Want : uint8_t { operand, operand_or_end, operation };
    /// One bracket, or the statement itself at the bottom.
    struct Level {
        Op opened = Op::none;
        Want want = Want::operand;
        bool is_applied = false;    ///< follows an operand: a call, a subscript, parameters
        bool is_parameters = false; ///< of a `def`
        bool has_for = false;       ///< a comprehension began
        // Of the arguments of a call:
        bool saw_keyword = false; ///< `a=1` or `**b` stood before
        bool is_keyword = false;  ///< the current one is `a=…` or `**a`
        bool is_unpacked = false; ///< the current one is `*a`
        uint16_t pending_ifs = 0; ///< `a if b` that wait for their `else`
        uint16_t lambdas = 0;     ///< lambdas that wait for their colon
    };

    Verdict judge(const Token& token);
    Verdict operand(const Token& token);
    Verdict operation(const Token& token);
    Verdict open(const Token& token);
    Verdict close(const Token& token);
    Verdict op(const Token& token);
    Verdict star(const Token& token);
    Verdict colon(const Token& token);
    Verdict comma(const Token& token);
    Verdict assign(const Token& token);
    Verdict assign_target(const Token& token);
    Verdict end_argument(const Token& token);
    Verdict parameter(const Token& token);
    Verdict keyword(const Token& token);
    Verdict else_keyword(const Token& token);
    Verdict for_keyword(const Token& token);
    Verdict wrong(const Token& token, std::string message = "invalid syntax");
    Verdict want(Want what) {
        levels_.back().want = what;
        return Verdict::fine;
    }
    bool wants_operand() const { return levels_.back().want != Want::operation; }
    bool at_bottom() const { return levels_.size() == 1; }
    bool previous_is_soft_keyword() const;
    /// A parenthesis behind an operand that holds arguments, not parameters.
    bool in_call() const {
        const Level& level = levels_.back();
        return level.opened == Op::left_parenthesis && level.is_applied && !level.is_parameters;
    }

    const Tokenizer& tokens_;
    StatementKind kind_ = StatementKind::expression;
    std::vector<Level> levels_;
    Token first_, previous_, before_previous_;
    bool is_first_ = true;
    bool saw_parameters_ = false, saw_in_ = false, saw_guard_ = false, saw_annotation_ = false;
    bool wants_in_ = false;          ///< behind the `not` of `not in`
    bool closed_parameters_ = false; ///< only "->" or ":" may follow
    bool closed_call_ = false;       ///< the previous token ended a call
    bool wants_for_ = false;         ///< behind the `async` of a comprehension
    SyntaxFailure failure_;
};

} // namespace pawl::script
