#pragma once
// The lock that a tool's wheel carries: found by the one rule of precedence, read, checked, and its
// hosts agreed to.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "lock/model.h"
#include "ops/services.h"
#include "ops/tool_source.h"
#include "wheel/lock_members.h"

namespace pawl::ops {

struct ToolLockChoice {
    std::string name;     ///< `--lock NAME`: pylock.NAME.toml; "" for the default one
    bool no_lock = false; ///< none is looked for
    bool locked = false;  ///< none is an error
};

struct ToolLock {
    wheel::LockMember member;
    lock::Lock lock; ///< without the wheel itself
};

/// dist-info's lock, else package data, else the sidecar beside the wheel; nothing when there is
/// none. Warnings go to the terminal. Kinds: check_failed (`locked`, or a named one that is not
/// there), integrity, input, refused as wheel::read_carried_lock().
Result<std::optional<ToolLock>> find_tool_lock(const ToolWheel& wheel, const ToolLockChoice& choice,
                                               const Settings& settings, Services& services);

} // namespace pawl::ops
