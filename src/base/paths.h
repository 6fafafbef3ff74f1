#pragma once
// Paths from one place to another, as text; the rest of what paths as text can do is in fs.h.

#include <string>
#include <string_view>

namespace pawl::fs {

/// How a file in `directory` names an absolute path: with "../" where it must; as it is when there
/// is no directory.
std::string relative_path(std::string_view absolute_path, std::string_view directory);

} // namespace pawl::fs
