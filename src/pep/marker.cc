#include "pep/marker.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "pep/name.h"
#include "pep/specifier.h"

namespace pawl::pep {

namespace {

constexpr std::array<std::string_view, 14> variable_names = {
    "os_name",
    "sys_platform",
    "platform_system",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_version",
    "implementation_name",
    "implementation_version",
    "python_version",
    "python_full_version",
    "extra",
    "extras",
    "dependency_groups",
};

constexpr std::array<std::string_view, 10> operator_texts = {
    "==", "!=", "<", "<=", ">", ">=", "~=", "===", "in", "not in",
};

bool is_set_variable(MarkerVariable variable) {
    return variable == MarkerVariable::extras || variable == MarkerVariable::dependency_groups;
}

/// The character as an escape of Python's where a string cannot hold it as it is, else "". A
/// backslash stays alone as long as what follows makes no escape of it.
std::string_view escape_at(std::string_view text, size_t at) {
    constexpr std::string_view escaped = "\\'\"abfnrtvxuUN01234567\n\r";
    switch (text[at]) {
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\0':
        return "\\x00";
    case '\\':
        return at + 1 == text.size() || escaped.find(text[at + 1]) != escaped.npos ||
                       text[at + 1] == '\0'
                   ? "\\\\"
                   : "";
    default:
        return "";
    }
}

/// In double quotes if that is possible, else in single ones; a text with both kinds (which only
/// escapes can make) gets its double quotes escaped.
std::string quoted(std::string_view text) {
    const bool is_double = text.find('"') == text.npos;
    const bool is_single = !is_double && text.find('\'') == text.npos;
    std::string quoted;
    for (size_t i = 0; i < text.size(); ++i) {
        std::string_view escape = text[i] == '"' && !is_single ? "\\x22" : escape_at(text, i);
        quoted += escape.empty() ? text.substr(i, 1) : escape;
    }
    return (is_single ? '\'' : '"') + quoted + (is_single ? '\'' : '"');
}

Error undefined_comparison(const Marker::Comparison& comparison) {
    return {Error::Kind::input, "marker: " + printable(marker_comparison_text(comparison)) +
                                    " is a comparison that the specification does not define"};
}

Error undefined_variable(std::string_view name) {
    return {Error::Kind::input,
            "marker: the variable \"" + printable(name) + "\" has no value here"};
}

/// Comparisons of plain strings: there is no order, so "<=" and ">=" mean "==".
Result<bool> compare_strings(const Marker::Comparison& comparison, std::string_view left,
                             std::string_view right) {
    using enum Marker::Operator;
    switch (comparison.op) {
    case equal:
    case less_equal:
    case greater_equal:
        return left == right;
    case not_equal:
        return left != right;
    case less:
    case greater:
        return false;
    case in:
        return right.find(left) != right.npos;
    case not_in:
        return right.find(left) == right.npos;
    case compatible:
    case arbitrary_equal:
        break;
    }
    return fail(undefined_comparison(comparison));
}

/// A version built from a checkout is "3.15.0+", which is no version; its release counts.
std::string repaired_python(std::string_view version) {
    return version.ends_with('+') ? std::string(version) + "local" : std::string(version);
}

Result<bool> compare_with_set(const Marker::Comparison& comparison,
                              const std::set<std::string>& values) {
    using enum Marker::Operator;
    if (!comparison.reversed) {
        return fail(undefined_comparison(comparison));
    }
    switch (comparison.op) {
    case in:
        return values.contains(normalize_name(comparison.literal));
    case not_in:
        return !values.contains(normalize_name(comparison.literal));
    case not_equal:
        return true; // a text is never a set
    case equal:
    case less:
    case less_equal:
    case greater:
    case greater_equal:
        return false;
    case compatible:
    case arbitrary_equal:
        break;
    }
    return fail(undefined_comparison(comparison));
}

} // namespace

std::string_view marker_variable_name(MarkerVariable variable) {
    return variable_names[static_cast<size_t>(variable)];
}

std::optional<MarkerVariable> marker_variable_named(std::string_view name) {
    for (size_t i = 0; i < variable_names.size(); ++i) {
        if (variable_names[i] == name) {
            return static_cast<MarkerVariable>(i);
        }
    }
    return std::nullopt;
}

std::string_view marker_operator_text(Marker::Operator op) {
    return operator_texts[static_cast<size_t>(op)];
}

bool is_version_variable(MarkerVariable variable) {
    return variable == MarkerVariable::implementation_version ||
           variable == MarkerVariable::platform_release ||
           variable == MarkerVariable::python_full_version ||
           variable == MarkerVariable::python_version;
}

const std::string& MarkerEnvironment::value(MarkerVariable variable) const {
    bool is_plain = variable != MarkerVariable::extra && !is_set_variable(variable);
    check(is_plain);
    switch (variable) {
    case MarkerVariable::os_name:
        return os_name;
    case MarkerVariable::sys_platform:
        return sys_platform;
    case MarkerVariable::platform_system:
        return platform_system;
    case MarkerVariable::platform_machine:
        return platform_machine;
    case MarkerVariable::platform_python_implementation:
        return platform_python_implementation;
    case MarkerVariable::platform_release:
        return platform_release;
    case MarkerVariable::platform_version:
        return platform_version;
    case MarkerVariable::implementation_name:
        return implementation_name;
    case MarkerVariable::implementation_version:
        return implementation_version;
    case MarkerVariable::python_version:
        return python_version;
    case MarkerVariable::python_full_version:
        return python_full_version;
    case MarkerVariable::extra:
    case MarkerVariable::extras:
    case MarkerVariable::dependency_groups:
        break;
    }
    check(is_plain);
    return os_name;
}

std::string marker_comparison_text(const Marker::Comparison& comparison) {
    std::string between = " " + std::string(marker_operator_text(comparison.op)) + " ";
    std::string name(marker_variable_name(comparison.variable));
    switch (comparison.sides) {
    case Marker::Sides::two_literals:
        return quoted(comparison.literal) + between + quoted(comparison.right);
    case Marker::Sides::two_variables:
        return name + between + comparison.literal;
    case Marker::Sides::variable_and_literal:
        break;
    }
    std::string literal = quoted(comparison.literal);
    return comparison.reversed ? literal + between + name : name + between + literal;
}

Result<bool> compare_marker_value(const Marker::Comparison& comparison, std::string_view value) {
    std::string_view left = comparison.reversed ? comparison.literal : value;
    std::string_view right = comparison.reversed ? value : comparison.literal;
    bool is_order =
        comparison.op != Marker::Operator::in && comparison.op != Marker::Operator::not_in;
    if (is_version_variable(comparison.variable) && is_order) {
        std::string text(marker_operator_text(comparison.op));
        text += right;
        if (auto specifier = Specifier::parse(text)) {
            if (comparison.op == Marker::Operator::arbitrary_equal) {
                return equals_ignoring_case(left, specifier->version_text());
            }
            auto version = Version::parse(left);
            return version && specifier->set().contains(*version);
        }
    }
    return compare_strings(comparison, left, right);
}

Marker Marker::of(Comparison comparison) {
    Marker marker;
    marker.comparison_ = std::move(comparison);
    return marker;
}

Marker Marker::of(Kind kind, std::vector<Marker> children) {
    check(kind != Kind::comparison && !children.empty());
    if (children.size() == 1) {
        return std::move(children.front());
    }
    Marker marker;
    marker.kind_ = kind;
    marker.children_ = std::move(children);
    return marker;
}

std::string Marker::str() const {
    if (kind_ == Kind::comparison) {
        return marker_comparison_text(comparison_);
    }
    std::string text;
    for (const Marker& child : children_) {
        if (!text.empty()) {
            text += kind_ == Kind::all_of ? " and " : " or ";
        }
        bool is_bare_and = kind_ == Kind::any_of && child.kind_ == Kind::all_of;
        bool bracketed = child.kind_ != Kind::comparison && (child.in_brackets_ || !is_bare_and);
        text += bracketed ? "(" + child.str() + ")" : child.str();
    }
    return text;
}

namespace {

Result<bool> evaluate_comparison(const Marker::Comparison& written,
                                 const MarkerEnvironment& environment,
                                 const MarkerContext& context) {
    Marker::Comparison comparison = written;
    if (comparison.sides == Marker::Sides::two_literals) {
        auto variable = marker_variable_named(comparison.right);
        if (!variable) {
            return fail(undefined_variable(comparison.right));
        }
        comparison.variable = *variable;
        comparison.reversed = true;
    }
    if (is_set_variable(comparison.variable)) {
        const auto& values = comparison.variable == MarkerVariable::extras
                                 ? context.extras
                                 : context.dependency_groups;
        if (!values) {
            return fail(undefined_variable(marker_variable_name(comparison.variable)));
        }
        return compare_with_set(comparison, *values);
    }
    if (comparison.variable == MarkerVariable::extra) {
        if (!context.extra) {
            return fail(undefined_variable("extra"));
        }
        return compare_marker_value(comparison, *context.extra);
    }
    if (comparison.variable == MarkerVariable::python_full_version) {
        return compare_marker_value(comparison, repaired_python(environment.python_full_version));
    }
    return compare_marker_value(comparison, environment.value(comparison.variable));
}

} // namespace

// No short cut: an undefined comparison is an error wherever it stands, so that the answer does not
// hang on the order of the parts.
Result<bool> Marker::evaluate(const MarkerEnvironment& environment,
                              const MarkerContext& context) const {
    if (kind_ == Kind::comparison) {
        return evaluate_comparison(comparison_, environment, context);
    }
    bool all = true;
    bool any = false;
    for (const Marker& child : children_) {
        bool value = TRY(child.evaluate(environment, context));
        all = all && value;
        any = any || value;
    }
    return kind_ == Kind::all_of ? all : any;
}

} // namespace pawl::pep
