#pragma once
// Which minor versions of Python a script runs on, and markers for some of them. Private to the
// room.

#include <string>

#include "pep/specifier.h"
#include "script/stdlib_table.h"

namespace pawl::script {

/// The minors of the table that a requires-python admits. One that admits none of them (older or
/// newer ones only) counts as the nearest.
MinorSet supported_minors(const pep::Specifiers& requires_python);

/// A marker that holds for `minors` and not for the rest of `supported`; "" when that is all of
/// them. Both ends are open: the newest minor stands for those after it, too.
std::string minors_marker(MinorSet minors, MinorSet supported);

/// "3.8 to 3.11 and 3.13"
std::string minors_text(MinorSet minors);

} // namespace pawl::script
