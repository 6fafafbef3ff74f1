#pragma once
// What the condition of an `if` says about version and platform, as a marker.

#include <cstdint>
#include <string>
#include <string_view>

namespace pawl::script {

/// When something holds, at most: never, always, or where a marker holds.
struct When {
    enum class Kind : uint8_t { never, always, marker };
    Kind kind = Kind::always;
    std::string marker;  ///< without outer parentheses; "and" binds inside "or"
    bool has_or = false; ///< the marker's outermost operator is "or"
};

When both(const When& a, const When& b);
When either(const When& a, const When& b);

/// When the branch of the condition runs, and when the branches behind it do. Both are upper
/// bounds: a condition that says nothing we understand gives "always" twice.
struct Condition {
    When yes, no;
};

/// `text` is Python, between `if` and its colon: `sys.version_info >= (3, 11)`, `os.name == "nt"`,
/// `TYPE_CHECKING`, `not PY2 and sys.platform.startswith("win")`, …
Condition read_condition(std::string_view text);

/// Whether the text between `except` and its colon names an error that a failing import raises:
/// nothing at all, ImportError, ModuleNotFoundError, Exception or BaseException.
bool catches_import_error(std::string_view text);

} // namespace pawl::script
