#pragma once
// What a tool consists of, decided before anything of it is made: the one path from "black" to a
// lock that holds black itself and all that it needs here.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "lock/model.h"
#include "ops/environment.h"
#include "ops/services.h"
#include "ops/tool_lock.h"
#include "ops/tool_source.h"
#include "python/interpreter.h"

namespace pawl::ops {

/// What the user asks for.
struct ToolRequest {
    std::string source; ///< NAME[==V], a path, a URL
    std::vector<std::string> with;
    ToolLockChoice lock;
    bool build = false; ///< sdists may be built, which runs their code
    /// Hosts that were agreed to before; what is agreed to now is added.
    std::vector<std::string> allowed_hosts;
    Settings settings;
};

struct ToolPlan {
    ToolSource source;
    python::Interpreter interpreter;
    std::string version;
    std::optional<ToolWheel> wheel;  ///< nothing when it must be built
    std::optional<ToolLock> carried; ///< the lock that is used; nothing: resolved here and now
    /// The tool and all that it needs; paths are absolute.
    lock::Lock lock;
    EnvironmentRequest environment; ///< points at `interpreter` once it is finish()ed

    const pep::Name& name() const { return source.requirement.name; }
    /// For a plan that has found its last place.
    const EnvironmentRequest& request() {
        environment.interpreter = &interpreter;
        return environment;
    }
};

/// Warnings (yanked releases among them) go to the terminal.
Result<ToolPlan> plan_tool(ToolRequest& request, Services& services);

} // namespace pawl::ops
