#pragma once
// IPython's own syntax in a notebook's cell. Private to the room.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pawl::script {

/// The requirements of one `pip install` line.
struct PipLine {
    uint32_t line = 0;
    std::vector<std::string> requirements;
    std::vector<std::string> left_out; ///< words that are none: options with a file, paths
};

struct PlainCell {
    std::string code; ///< line for line as the cell
    std::vector<PipLine> pip_lines;
};

/// The cell as plain Python; `name` is for errors.
Result<PlainCell> without_magics(std::string_view cell, std::string_view name);

} // namespace pawl::script
