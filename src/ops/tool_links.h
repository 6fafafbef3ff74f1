#pragma once
// What of a tool shows itself outside its directory: commands on the PATH, man pages, completions.
// All are symbolic links that lead through tools/NAME/current, so that they belong to whichever
// revision counts.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ops/tool_places.h"
#include "store/wheel_entry.h"

namespace pawl::ops {

struct ToolLinks {
    std::vector<std::string> commands; ///< names in bin/, sorted
    std::vector<std::string> shared;   ///< below the environment: "share/man/man1/x.1", sorted
};

/// What the wheel of a tool ships: its own programs, not those of what it depends on.
Result<ToolLinks> links_of(const store::WheelEntry& wheel);

/// Kind::permission when a command of this tool is another tool's (both are named), or a file that
/// is not ours; `force` takes over.
Result<> check_links(const ToolPlaces& places, std::string_view tool, const ToolLinks& links,
                     bool force);

/// Makes the links, and removes those of this tool that are no longer wanted. What is somebody
/// else's stays, without `force`. Safe to repeat.
Result<> set_links(const ToolPlaces& places, std::string_view tool, const ToolLinks& links,
                   bool force);

} // namespace pawl::ops
