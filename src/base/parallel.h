#pragma once
// Work over several threads: a span of jobs in, all done out. No thread outlives the call.

#include <cstddef>
#include <functional>

#include "base/result.h"

namespace pawl {

/// The number of processors this process may use, at least 1 and at most 64.
size_t processor_count();

/// Calls work(0) … work(count - 1) on up to `threads_max` threads (0: one a processor), the
/// caller's among them. Returns the error of the lowest index that failed; jobs that have not
/// begun when one fails are left out.
Result<> parallel_for(size_t count, const std::function<Result<>(size_t)>& work,
                      size_t threads_max = 0);

} // namespace pawl
