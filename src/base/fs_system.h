#pragma once
// Shared by the .cc files behind fs.h: how a path reaches the system and how errno becomes words.

#include <cerrno>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pawl::fs {

/// "cannot OPERATION PATH: reason", with the kind that the reason deserves.
[[nodiscard]] tl::unexpected<Error> system_error(std::string_view operation, std::string_view path,
                                                 int number = errno);

/// Tells this thread's Recording, if there is one.
void record(std::string_view operation, std::string_view path);

} // namespace pawl::fs
