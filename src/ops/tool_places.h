#pragma once
// Where tools are on this machine (docs/formats/tools.md).

#include <string>
#include <string_view>

#include "base/result.h"

namespace pawl::ops {

struct ToolPlaces {
    std::string tools;    ///< PAWL_TOOL_DIR, else $XDG_DATA_HOME/pawl/tools
    std::string programs; ///< PAWL_TOOL_BIN_DIR, else $XDG_BIN_HOME, else ~/.local/bin
    std::string data;     ///< $XDG_DATA_HOME, else ~/.local/share: man pages, completions

    std::string directory_of(std::string_view name) const; ///< tools/NAME
};

/// Nothing is made. Kind::environment when neither a variable nor HOME says where.
Result<ToolPlaces> tool_places();

/// Below tools/NAME: the link to the revision that counts, and what a revision holds.
constexpr std::string_view current_name = "current";
constexpr std::string_view receipt_name = "tool.toml";
constexpr std::string_view tool_lock_name = "pylock.toml";
constexpr std::string_view tool_environment_name = "environment";

} // namespace pawl::ops
