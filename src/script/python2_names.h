#pragma once
// Names of the standard library that moved or arrived. Private to the room.

#include <string_view>

#include "script/stdlib_table.h"

namespace pawl::script {

/// "urllib.request" for "urllib2"; "" when nothing takes its place.
std::string_view python3_name(std::string_view python2_module);

/// The minors in which `from module import name` works; all of them for names that are not known
/// to have arrived late. For modules of the standard library.
MinorSet minors_with_name(std::string_view module, std::string_view name);

} // namespace pawl::script
