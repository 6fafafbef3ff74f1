#pragma once
// Starting an interpreter once, isolated and limited, to hear what it is.

#include <string>
#include <string_view>

#include "base/result.h"
#include "python/interpreter.h"

namespace pawl::python {

/// Runs the probe with the interpreter at `executable` and gives its answer: one line of JSON, not
/// yet believed (read_answer checks it). Errors: it cannot start, hangs, dies or talks nonsense.
Result<std::string> run_probe(const std::string& executable, int time_ms_max);

/// Makes the facts out of an answer; `executable` is the path that was started. What changes with
/// the kernel (platform_release, platform_version) comes from the running system, not the answer.
Result<Interpreter> read_answer(std::string_view answer, const std::string& executable);

/// "glibc 2.36" as our own process has it; "" elsewhere. Part of the cache's key, since an upgrade
/// of the system changes which wheels fit.
std::string own_libc();

} // namespace pawl::python
