#pragma once
// Licence expressions (PEP 639): SPDX licence identifiers and LicenseRef-… joined by AND, OR and
// WITH, in SPDX's own spelling.

#include <string>
#include <string_view>

#include "base/result.h"

namespace pawl::pep {

/// The expression with identifiers spelled as SPDX spells them and operators in capitals:
/// "mit and (apache-2.0 or bsd-2-clause)" → "MIT AND (Apache-2.0 OR BSD-2-Clause)". An error names
/// what is unknown or out of place.
Result<std::string> normalize_licence(std::string_view expression);

} // namespace pawl::pep
