#pragma once
// Requirements (packaging.python.org "Dependency specifiers", once PEP 508):
// `name[extra1, extra2] >=1.0,<2 ; marker` or `name[extra] @ URL ; marker`.

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

    /// Errors name the position in the text.
    static Result<Requirement> parse(std::string_view text);
    /// As the `packaging` library prints it, with the name as written.
    std::string str() const;
};

} // namespace pawl::pep
