#pragma once
// Environment markers as they are written (packaging.python.org "Dependency specifiers"; PEP 751
// adds `extras` and `dependency_groups`): parsing, printing, evaluating. The algebra (and, or, not,
// implies, simplify) is in marker_space.h.

#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pep/version.h"

namespace pawl::pep {

enum class MarkerVariable : unsigned char {
    os_name,
    sys_platform,
    platform_system,
    platform_machine,
    platform_python_implementation,
    platform_release,
    platform_version,
    implementation_name,
    implementation_version,
    python_version,
    python_full_version,
    extra,             ///< one name; only in a distribution's own metadata
    extras,            ///< a set; only while a lock is installed (PEP 751)
    dependency_groups, ///< a set; only while a lock is installed (PEP 751)
};
std::string_view marker_variable_name(MarkerVariable variable);
std::optional<MarkerVariable> marker_variable_named(std::string_view name);
/// Whether comparisons with it are comparisons of versions where both sides are versions.
bool is_version_variable(MarkerVariable variable);

/// What markers are evaluated against: one value a variable.
struct MarkerEnvironment {
    std::string os_name, sys_platform, platform_system, platform_machine;
    std::string platform_python_implementation, platform_release, platform_version;
    std::string implementation_name, implementation_version, python_version, python_full_version;
    /// Value of one of the plain variables above.
    const std::string& value(MarkerVariable variable) const;
};

/// What is asked for beside the environment. Names are normalised.
struct MarkerContext {
    std::optional<std::string> extra;                       ///< for requirements in metadata
    std::optional<std::set<std::string>> extras;            ///< for locks
    std::optional<std::set<std::string>> dependency_groups; ///< for locks
};

/// A parsed marker: a value, independent of any arena.
class Marker {
  public:
    enum class Operator : unsigned char {
        equal,
        not_equal,
        less,
        less_equal,
        greater,
        greater_equal,
        compatible,
        arbitrary_equal,
        in,
        not_in,
    };
    /// The grammar also admits two variables and two literals. They mean nothing sensible; they
    /// are kept so that such text is printed and judged as the `packaging` library does it: the
    /// right variable's name counts as a literal, the right literal as a variable's name.
    enum class Sides : unsigned char { variable_and_literal, two_variables, two_literals };
    /// `variable op "literal"`, or `"literal" op variable` when reversed.
    struct Comparison {
        MarkerVariable variable = MarkerVariable::os_name;
        Operator op = Operator::equal;
        std::string literal; ///< for two variables the right one's name
        bool reversed = false;
        Sides sides = Sides::variable_and_literal;
        std::string right = {}; ///< of two literals only
        bool operator==(const Comparison&) const = default;
    };
    enum class Kind : unsigned char { comparison, all_of, any_of };

    /// The grammar of the specification, with a bound on depth. Old names (os.name,
    /// python_implementation, …) are taken as their successors.
    static Result<Marker> parse(std::string_view text);
    /// As parse() for a marker that begins at `begin` and goes to the end of `text`; errors name
    /// positions in `text` (a requirement's marker).
    static Result<Marker> parse_at(std::string_view text, size_t begin);
    static Marker of(Comparison comparison);
    static Marker of(Kind kind, std::vector<Marker> children);

    Kind kind() const { return kind_; }
    const Comparison& comparison() const { return comparison_; }
    const std::vector<Marker>& children() const { return children_; }

    /// As the `packaging` library prints it: parentheses only where needed, double quotes.
    std::string str() const;
    /// An error for an undefined variable (`extra` without a value, sets outside a lock) or a
    /// comparison that the specification does not define.
    Result<bool> evaluate(const MarkerEnvironment& environment,
                          const MarkerContext& context = {}) const;
    bool operator==(const Marker&) const = default;

  private:
    friend class MarkerParser;
    Kind kind_ = Kind::comparison;
    Comparison comparison_;
    std::vector<Marker> children_;
    bool in_brackets_ = false; // written so though precedence may not need it: printed so again
};

std::string_view marker_operator_text(Marker::Operator op);
/// `variable op "literal"` as str() prints it.
std::string marker_comparison_text(const Marker::Comparison& comparison);
/// Evaluates a comparison whose variable has this plain value (not for extras and
/// dependency_groups); an error when the specification does not define it.
Result<bool> compare_marker_value(const Marker::Comparison& comparison, std::string_view value);

} // namespace pawl::pep
