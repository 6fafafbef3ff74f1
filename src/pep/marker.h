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
        equal, not_equal, less, less_equal, greater, greater_equal, compatible, arbitrary_equal,
        in, not_in,
    };
    /// `variable op "literal"`, or `"literal" op variable` when reversed.
    struct Comparison {
        MarkerVariable variable = MarkerVariable::os_name;
        Operator op = Operator::equal;
        std::string literal;
        bool reversed = false;
        bool operator==(const Comparison&) const = default;
    };
    enum class Kind : unsigned char { comparison, all_of, any_of };

    /// The grammar of the specification, with a bound on depth. Old names (os.name,
    /// python_implementation, …) are taken as their successors.
    static Result<Marker> parse(std::string_view text);
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
    Kind kind_ = Kind::comparison;
    Comparison comparison_;
    std::vector<Marker> children_;
};

} // namespace pawl::pep
