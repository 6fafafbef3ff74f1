#pragma once
// Finds and loads libpawl_fetch.so: beside the program, in ../lib/pawl/ seen from there, or where
// the dynamic loader looks for this program.

#include <memory>

#include "base/result.h"
#include "index/fetch/fetcher.h"

namespace pawl::index {

/// Loads the library (once a process; it stays) and makes a fetcher.
Result<std::unique_ptr<Fetcher>> load_fetcher(const FetcherSettings& settings);

} // namespace pawl::index
