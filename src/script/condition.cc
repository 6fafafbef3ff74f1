// Conditions that people write around imports, read as what they say about the interpreter. The
// answer is an upper bound: where it says "never" or gives a marker, the branch runs nowhere else.
// What is not understood gives "always" for the branch and for its opposite, so that nothing is
// lost by a condition that we cannot read.

#include "script/condition.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/text.h"
#include "script/tokens.h"

namespace pawl::script {
namespace {

constexpr size_t condition_tokens_max = 256;
constexpr size_t marker_bytes_max = 1024;

When always() {
    return {};
}
When never() {
    return {When::Kind::never, "", false};
}
When when(std::string marker) {
    return {When::Kind::marker, std::move(marker), false};
}
Condition unknown() {
    return {always(), always()};
}
Condition negate(Condition c) {
    return {std::move(c.no), std::move(c.yes)};
}

std::string quoted(std::string_view value) {
    return "\"" + std::string(value) + "\"";
}

Condition compare(std::string_view variable, std::string_view op, std::string_view opposite,
                  std::string_view value) {
    const std::string name(variable);
    return {when(name + " " + std::string(op) + " " + quoted(value)),
            when(name + " " + std::string(opposite) + " " + quoted(value))};
}

/// Recursive descent over `or`, `and`, `not`, parentheses and comparisons; depth is bounded by the
/// number of brackets the tokenizer takes.
class ConditionReader {
  public:
    explicit ConditionReader(const std::string& text) : tokens_(text) {
        for (Token token = tokens_.next(); !token.is(TokenKind::end) && !token.is(TokenKind::error);
             token = tokens_.next()) {
            if (token.is(TokenKind::newline) || token.is(TokenKind::indent) ||
                token.is(TokenKind::dedent)) {
                continue;
            }
            all_.push_back(token);
            if (all_.size() > condition_tokens_max) {
                all_.clear();
                return;
            }
        }
    }

    Condition read() {
        if (all_.empty()) {
            return unknown();
        }
        Condition condition = read_or(0);
        return at_ == all_.size() && !is_lost_ ? condition : unknown();
    }

  private:
    static constexpr int depth_max = 20;

    const Token& token(size_t ahead = 0) const {
        static constexpr Token none{};
        return at_ + ahead < all_.size() ? all_[at_ + ahead] : none;
    }
    std::string_view word(size_t ahead = 0) const {
        return at_ + ahead < all_.size() ? tokens_.text_of(all_[at_ + ahead]) : "";
    }

    Condition read_or(int depth) {
        Condition left = read_and(depth);
        while (token().is(Keyword::k_or)) {
            ++at_;
            const Condition right = read_and(depth);
            left = {either(left.yes, right.yes), both(left.no, right.no)};
        }
        return left;
    }

    Condition read_and(int depth) {
        Condition left = read_not(depth);
        while (token().is(Keyword::k_and)) {
            ++at_;
            const Condition right = read_not(depth);
            left = {both(left.yes, right.yes), either(left.no, right.no)};
        }
        return left;
    }

    Condition read_not(int depth) {
        bool is_negated = false;
        while (token().is(Keyword::k_not)) {
            is_negated = !is_negated;
            ++at_;
        }
        Condition inner = read_atom(depth);
        return is_negated ? negate(std::move(inner)) : inner;
    }

    Condition read_atom(int depth) {
        if (token().is(Op::left_parenthesis) && depth < depth_max) {
            const size_t begin = at_;
            ++at_;
            Condition inner = read_or(depth + 1);
            if (token().is(Op::right_parenthesis)) {
                ++at_;
                if (at_atom_end()) {
                    return inner;
                }
            }
            at_ = begin;
        }
        const size_t begin = at_;
        std::optional<Condition> known = read_known();
        if (known && at_atom_end()) {
            return *known;
        }
        at_ = begin;
        skip_atom();
        return unknown();
    }

    bool at_atom_end() const {
        return at_ >= all_.size() || token().is(Keyword::k_and) || token().is(Keyword::k_or) ||
               token().is(Op::right_parenthesis);
    }

    /// Something that is not understood: up to the next `and`, `or` or closing parenthesis here.
    void skip_atom() {
        size_t depth = 0;
        for (; at_ < all_.size(); ++at_) {
            const Op op = token().op();
            if (depth == 0 && at_atom_end()) {
                return;
            }
            if (token().is(Keyword::k_if) || token().is(Keyword::k_lambda)) {
                is_lost_ = true; // binds weaker than `and`: the whole condition is something else
            }
            if (op == Op::left_parenthesis || op == Op::left_bracket || op == Op::left_brace) {
                ++depth;
            } else if (op == Op::right_parenthesis || op == Op::right_bracket ||
                       op == Op::right_brace) {
                depth -= depth > 0 ? 1 : 0;
            }
        }
    }

    /// A dotted name: "sys.platform".
    std::string read_dotted() {
        std::string name;
        while (token().is(TokenKind::name)) {
            name += word();
            ++at_;
            if (!token().is(Op::dot)) {
                break;
            }
            name += '.';
            ++at_;
        }
        return name;
    }

    std::optional<Condition> read_known() {
        if (token().is(Keyword::k_false) || word() == "0") {
            ++at_;
            return Condition{never(), always()};
        }
        if (token().is(Keyword::k_true) || word() == "1") {
            ++at_;
            return Condition{always(), never()};
        }
        const std::string name = read_dotted();
        const std::string_view last = std::string_view(name).substr(name.rfind('.') + 1);
        if (last == "TYPE_CHECKING" || last == "PY2") {
            return Condition{never(), always()};
        }
        if (last == "PY3") {
            return Condition{always(), never()};
        }
        if (name == "sys.version_info" || name == "version_info") {
            return read_version(false);
        }
        if (name == "sys.version_info.major" || name == "version_info.major") {
            return read_major();
        }
        return read_platform(name);
    }

    // --- versions
    // ---------------------------------------------------------------------------------

    static std::string_view opposite(std::string_view op) {
        return op == "=="   ? "!="
               : op == "!=" ? "=="
               : op == "<"  ? ">="
               : op == ">=" ? "<"
               : op == ">"  ? "<="
               : op == "<=" ? ">"
                            : "";
    }

    /// `major op N`: Python is 3.
    std::optional<Condition> read_major() {
        const std::string_view op = word();
        const std::optional<uint64_t> number = parse_unsigned(word(1));
        if (opposite(op).empty() || !number) {
            return std::nullopt;
        }
        at_ += 2;
        const uint64_t major = *number;
        const bool holds = op == "=="   ? major == 3
                           : op == "!=" ? major != 3
                           : op == "<"  ? 3 < major
                           : op == "<=" ? 3 <= major
                           : op == ">"  ? 3 > major
                                        : 3 >= major;
        return holds ? Condition{always(), never()} : Condition{never(), always()};
    }

    /// Behind `sys.version_info`: `[0]`, `[:2]`, or nothing; then a comparison.
    std::optional<Condition> read_version(bool is_pair) {
        if (token().is(Op::left_bracket)) {
            if (word(1) == "0" && token(2).is(Op::right_bracket)) {
                at_ += 3;
                return read_major();
            }
            if (!token(1).is(Op::colon) || word(2) != "2" || !token(3).is(Op::right_bracket)) {
                return std::nullopt;
            }
            at_ += 4;
            is_pair = true;
        }
        std::string_view op = word();
        if (opposite(op).empty() || !token(1).is(Op::left_parenthesis)) {
            return std::nullopt;
        }
        at_ += 2;
        std::vector<uint64_t> numbers;
        while (token().is(TokenKind::number)) {
            numbers.push_back(parse_unsigned(word()).value_or(0));
            ++at_;
            if (token().is(Op::comma)) {
                ++at_;
            }
        }
        if (!token().is(Op::right_parenthesis) || numbers.empty() || numbers.size() > 3) {
            return std::nullopt;
        }
        ++at_;
        return version_condition(op, numbers, is_pair);
    }

    static std::optional<Condition>
    version_condition(std::string_view op, const std::vector<uint64_t>& numbers, bool is_pair) {
        if (numbers[0] != 3 || numbers.size() == 1) { // against a whole major version
            const bool is_above = numbers[0] > 3;
            const bool at_least = op == ">" || op == ">=";
            const bool at_most = op == "<" || op == "<=";
            if (!at_least && !at_most) {
                return std::nullopt;
            }
            return at_least != is_above ? Condition{always(), never()}
                                        : Condition{never(), always()};
        }
        // (3, 10, 4, …) > (3, 10) holds and (3, 10, 4, …) <= (3, 10) does not: a version is longer.
        if (!is_pair && numbers.size() == 2) {
            op = op == ">" ? ">=" : op == "<=" ? "<" : op;
            if (op == "==" || op == "!=") {
                return std::nullopt;
            }
        }
        std::string version = "3." + std::to_string(numbers[1]);
        if (numbers.size() == 3) {
            version += "." + std::to_string(numbers[2]);
            return compare("python_full_version", op, opposite(op), version);
        }
        return compare("python_version", op, opposite(op), version);
    }

    // --- platforms
    // --------------------------------------------------------------------------------

    std::optional<Condition> read_platform(std::string_view name) {
        std::string_view variable;
        const bool is_call = token().is(Op::left_parenthesis) && token(1).is(Op::right_parenthesis);
        if (name == "sys.platform") {
            variable = "sys_platform";
        } else if (name == "os.name") {
            variable = "os_name";
        } else if (name == "sys.implementation.name") {
            variable = "implementation_name";
        } else if (name == "platform.system" && is_call) {
            variable = "platform_system";
        } else if (name == "platform.machine" && is_call) {
            variable = "platform_machine";
        } else if (name == "platform.python_implementation" && is_call) {
            variable = "platform_python_implementation";
        } else if (name == "sys.platform.startswith") {
            return read_prefix();
        } else {
            return std::nullopt;
        }
        at_ += is_call ? 2 : 0;
        const std::string_view op = word();
        if (op == "==" || op == "!=") {
            const std::optional<std::string> value = string_value(1);
            if (!value) {
                return std::nullopt;
            }
            at_ += 2;
            return compare(variable, op, opposite(op), *value);
        }
        const bool is_not_in = token().is(Keyword::k_not) && token(1).is(Keyword::k_in);
        if (!is_not_in && !token().is(Keyword::k_in)) {
            return std::nullopt;
        }
        at_ += is_not_in ? 2 : 1;
        std::optional<Condition> members = read_members(variable);
        return members && is_not_in ? negate(std::move(*members)) : members;
    }

    /// `("win32", "cygwin")`, also as a list or a set.
    std::optional<Condition> read_members(std::string_view variable) {
        const Op opened = token().op();
        if (opened != Op::left_parenthesis && opened != Op::left_bracket &&
            opened != Op::left_brace) {
            return std::nullopt;
        }
        ++at_;
        Condition any{never(), always()};
        while (const std::optional<std::string> value = string_value(0)) {
            const Condition one = compare(variable, "==", "!=", *value);
            any = {either(any.yes, one.yes), both(any.no, one.no)};
            ++at_;
            if (!token().is(Op::comma)) {
                break;
            }
            ++at_;
        }
        const Op closed = token().op();
        if (closed != Op::right_parenthesis && closed != Op::right_bracket &&
            closed != Op::right_brace) {
            return std::nullopt;
        }
        ++at_;
        return any;
    }

    /// `sys.platform.startswith("win")`: the documentation's values that begin so.
    std::optional<Condition> read_prefix() {
        const std::optional<std::string> prefix = string_value(1);
        if (!token().is(Op::left_parenthesis) || !prefix || prefix->empty() ||
            !token(2).is(Op::right_parenthesis)) {
            return std::nullopt;
        }
        at_ += 3;
        for (const std::string_view platform : {"linux", "darwin", "win32", "cygwin", "aix"}) {
            if (platform.starts_with(*prefix)) {
                return compare("sys_platform", "==", "!=", platform);
            }
        }
        return std::nullopt;
    }

    /// The value of a plain one-line string without escapes.
    std::optional<std::string> string_value(size_t ahead) const {
        const std::string_view text = word(ahead);
        if (!token(ahead).is(TokenKind::string) || text.size() < 2 ||
            (text[0] != '"' && text[0] != '\'') || text.find('\\') != std::string_view::npos) {
            return std::nullopt;
        }
        const std::string_view value = text.substr(1, text.size() - 2);
        const bool is_plain = std::ranges::all_of(
            value, [](char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; });
        return is_plain ? std::optional<std::string>(value) : std::nullopt;
    }

    Tokenizer tokens_;
    std::vector<Token> all_;
    size_t at_ = 0;
    bool is_lost_ = false;
};

std::string grouped(const When& part) {
    return part.has_or ? "(" + part.marker + ")" : part.marker;
}

} // namespace

When both(const When& a, const When& b) {
    if (a.kind == When::Kind::never || b.kind == When::Kind::never) {
        return never();
    }
    if (a.kind == When::Kind::always || a.marker == b.marker) {
        return b;
    }
    if (b.kind == When::Kind::always) {
        return a;
    }
    if (a.marker.size() + b.marker.size() > marker_bytes_max) {
        return a; // leaving a condition out keeps it an upper bound
    }
    return when(grouped(a) + " and " + grouped(b));
}

When either(const When& a, const When& b) {
    if (a.kind == When::Kind::always || b.kind == When::Kind::always) {
        return always();
    }
    if (a.kind == When::Kind::never || a.marker == b.marker) {
        return b;
    }
    if (b.kind == When::Kind::never) {
        return a;
    }
    if (a.marker.size() + b.marker.size() > marker_bytes_max) {
        return always();
    }
    return {When::Kind::marker, a.marker + " or " + b.marker, true};
}

Condition read_condition(std::string_view text) {
    const std::string owned = "(" + std::string(text) + ")"; // line breaks mean nothing inside
    return ConditionReader(owned).read();
}

bool catches_import_error(std::string_view text) {
    const std::string owned(text);
    Tokenizer tokens(owned);
    bool is_bare = true;
    for (Token token = tokens.next(); !token.is(TokenKind::end) && !token.is(TokenKind::error);
         token = tokens.next()) {
        if (token.is(Keyword::k_as)) {
            break;
        }
        if (token.is(TokenKind::newline)) {
            continue;
        }
        is_bare = false;
        const std::string_view word = tokens.text_of(token);
        if (word == "ImportError" || word == "ModuleNotFoundError" || word == "Exception" ||
            word == "BaseException") {
            return true;
        }
    }
    return is_bare;
}

} // namespace pawl::script
