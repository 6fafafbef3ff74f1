#pragma once
// The tools that are installed, and how one state of a tool follows another.
//
// tools/NAME/ holds one directory a revision (environment, lock and receipt, all made before
// anybody sees them) and the link `current`, which says which one counts. Commands on the PATH lead
// through that link. So a change of all of a tool is one rename of a link: whoever is killed at any
// moment leaves the old tool or the new one, and a revision that nobody refers to, which the next
// change removes. The revision that counted before stays until then, too: programs that run on are
// still reading from it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "ops/tool_places.h"
#include "ops/tool_receipt.h"

namespace pawl::ops {

struct InstalledTool {
    std::string name;      ///< of the project, normal form: the directory's name
    std::string directory; ///< tools/NAME/current
    ToolReceipt receipt;
    std::vector<std::string> problems; ///< why it may not work; printable

    std::string environment() const;
    std::string program(std::string_view command) const; ///< through `current`
    std::string lock_path() const;
};

/// One writer at a time, whatever the tool. Waits for another one.
Result<fs::FileLock> lock_tools(const ToolPlaces& places);

/// Nothing when there is none of that name. One whose receipt cannot be read is there, with a
/// problem and an empty receipt.
Result<std::optional<InstalledTool>> find_tool(const ToolPlaces& places, std::string_view name);
/// All of them, by name.
Result<std::vector<InstalledTool>> list_tools(const ToolPlaces& places);

/// Of a name as the user writes it; one that is not there is an error (Kind::usage).
Result<InstalledTool> require_tool(const ToolPlaces& places, std::string_view name);

/// A new revision that nobody sees yet: `environment` can be made in it.
Result<fs::TemporaryDirectory> begin_revision(const ToolPlaces& places, std::string_view name);
/// Makes it the one that counts, and removes what is older than the one that counted until now.
Result<> publish_revision(const ToolPlaces& places, std::string_view name,
                          fs::TemporaryDirectory revision);
/// Takes away what an installation that failed has left of a tool that never was.
void forget_failed(const ToolPlaces& places, std::string_view name);
/// Takes the tool away with all its revisions.
Result<> remove_revisions(const ToolPlaces& places, std::string_view name);

} // namespace pawl::ops
