#pragma once
// Requirements (packaging.python.org "Dependency specifiers", once PEP 508):
// `name[extra1, extra2] >=1.0,<2 ; marker` or `name[extra] @ URL ; marker`. Values.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pep/marker.h"
#include "pep/name.h"
#include "pep/specifier.h"

namespace pawl::pep {

struct Requirement {
    Name name;
    std::string name_as_written;
    std::vector<Name> extras; ///< sorted, each once
    Specifiers specifiers;    ///< empty when there is a URL
    std::string url;          ///< as written; "" when there is none
    std::optional<Marker> marker;
    /// For str(), which prints `extras` where this is empty. Sorted, each once.
    std::vector<std::string> extras_as_written = {};

    /// Errors name the position in the text.
    static Result<Requirement> parse(std::string_view text);
    /// As the `packaging` library prints it, with the name as written.
    std::string str() const;
};

/// A requirement as it is written: the grammar is checked, the names are not yet held against the
/// rules for names (which forbid "a_"). The views look into the text that was parsed.
struct WrittenRequirement {
    std::string_view name;
    std::vector<std::string_view> extras; ///< in the text's order
    Specifiers specifiers;
    std::string_view url;
    std::optional<Marker> marker;

    static Result<WrittenRequirement> parse(std::string_view text);
    /// With extras sorted, each once.
    std::string str() const;
};

} // namespace pawl::pep
