#pragma once
// Files that are dealt with as they come: while the network brings one, others are unpacked.

#include <functional>
#include <span>

#include "base/terminal.h"
#include "index/client.h"

namespace pawl::ops {

/// Downloads the files and calls `work(i)` for each as soon as it is whole and its hashes are
/// checked, on as many threads as there are processors; a file is removed once its work is done.
/// What is on the disk and waits for its turn is bounded. All or an error: of several, that of the
/// first file.
Result<> download_and_work(index::Client& client, std::span<const index::Download> downloads,
                           const std::function<Result<>(size_t)>& work, Terminal& terminal);

} // namespace pawl::ops
