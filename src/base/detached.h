#pragma once
// Work that nobody waits for: in a process of its own that outlives this one.

#include <functional>

namespace pawl {

/// Forks twice and runs `work` in a process that belongs to init, in a session of its own, with no
/// terminal, no descriptor of ours and "/" as its directory. Never fails: when the machine has no
/// room for a process, nothing is done. Call it where no other thread runs.
void run_detached(const std::function<void()>& work);

} // namespace pawl
