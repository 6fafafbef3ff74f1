#pragma once
// The lock that a command line names: a lock file, a script that has one, or a project.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lock/model.h"
#include "lock/read.h"
#include "ops/lock_record.h"
#include "ops/services.h"

namespace pawl::ops {

struct NamedLock {
    std::string name;      ///< for messages: the file, or "report.py (embedded lock)"
    std::string directory; ///< of the lock, absolute: its paths are below it
    std::string file_name; ///< "" for an embedded lock
    std::string text;
};

/// `what`: a lock file ("-" is standard input); a script, whose lock is found as `run` finds it; a
/// project's directory or pyproject.toml; "" for the project here. Kind::check_failed when there is
/// no lock, Kind::usage when there is nothing of that name.
Result<NamedLock> find_named_lock(std::string_view what);

/// Read as the standard has it, for looking at it only: pawl's own stricter rules are for installs.
struct ReadLock {
    lock::Lock lock;
    LockRecord record;
};
Result<ReadLock> read_named_lock(const NamedLock& named);
/// Whether it is another tool's lock (uv.lock, …), which is read into the same form: what was asked
/// for comes from the manifest beside it.
bool is_foreign(const NamedLock& named);

/// The requirements of a record, parsed. Kind::input for one that is none.
Result<std::vector<pep::Requirement>> requirements_of(std::span<const std::string> texts);

} // namespace pawl::ops
