#pragma once
// The program that runs a notebook's cells.

#include <string>
#include <string_view>

#include "script/notebook.h"

namespace pawl::ops {

/// A Python program (3.8 and newer) that runs the cells in order as `__main__`, each under its own
/// name, so that tracebacks show the cell and its lines. `path` is the notebook, absolute: its
/// folder comes first on the search path, as Jupyter has it.
std::string notebook_runner(const script::Notebook& notebook, std::string_view path);

} // namespace pawl::ops
