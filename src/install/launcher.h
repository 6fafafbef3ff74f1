#pragma once
// The small files in bin/: programs made from entry points, and scripts of wheels whose first line
// is "#!python".

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wheel/entry_points.h"

namespace pawl::install {

/// The first line (or lines) that make the kernel start `executable`, a line end included. Where
/// the path is too long for the kernel or holds a blank, three lines that are a shell script and
/// Python at once. Kind::usage for a path that neither can say (not UTF-8, a backslash).
Result<std::string> script_head(std::string_view executable, std::string_view arguments = "");

/// The whole program of an entry point.
Result<std::string> launcher(const wheel::EntryPoint& point, std::string_view executable);

/// A wheel's script with "#!python" or "#!pythonw" replaced; nothing when it begins otherwise and
/// is installed as it is.
Result<std::optional<std::string>> rewrite_script(std::string_view content,
                                                  std::string_view executable);

} // namespace pawl::install
