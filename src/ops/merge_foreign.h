#pragma once
// Three locks of another tool as one, as `pawl merge` does with pylock.toml: project by project,
// and in the tool's own words.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "exchange/format.h"

namespace pawl::ops {

struct MergedText {
    std::string text;                   ///< with conflict markers around what both sides changed
    std::vector<std::string> conflicts; ///< projects, and parts of the head
    /// Both sides changed what was asked for, so the hash of the manifest is that of neither: the
    /// tool will say that its lock is out of date, and lock again with the versions that are there.
    bool is_stale = false;
};

/// Of any format but pylock that can be read; "" is a lock that is not there.
MergedText merge_foreign(exchange::Format format, std::string_view base, std::string_view ours,
                         std::string_view theirs);

} // namespace pawl::ops
