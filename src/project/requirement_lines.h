#pragma once
// The text of a requirements file, down to logical lines, words and variables.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pawl::project {

/// One line after joining and without its comment; never blank.
struct LogicalLine {
    uint32_t line = 0; ///< of its first physical line, from 1
    std::string text;
};

/// UTF-8 with or without a byte order mark, and UTF-16 with one (what a Windows shell writes).
/// Errors begin "LINE: " where there is a line. Refused: other encodings, control characters
/// that some readers take for a line's end, a comment behind text that ends in a backslash.
Result<std::vector<LogicalLine>> split_requirement_lines(std::string_view bytes);

/// A line's two parts: the requirement, and the options from the first word with a dash on.
struct LineParts {
    std::string_view requirement; ///< may be empty
    std::string_view options;     ///< may be empty
};
LineParts split_line(std::string_view text);

/// Words as a POSIX shell sees them: quotes and backslashes, nothing else.
Result<std::vector<std::string>> split_words(std::string_view text);

/// Puts values in place of "${NAME}" (capital letters, digits, "_"). What is unset or empty stays
/// as it is and is named in `unset`.
struct Expanded {
    std::string text;
    bool has_values = false; ///< at least one variable was replaced
    std::vector<std::string> unset;
};
using VariableLookup = std::function<std::optional<std::string>(std::string_view name)>;
/// Kind::input when a value holds a control character. Never prints a value.
Result<Expanded> expand_variables(std::string_view text, const VariableLookup& variable);

/// The text with what stands between "://" and "@" replaced by "****".
std::string without_credentials(std::string_view text);

} // namespace pawl::project
