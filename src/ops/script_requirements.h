#pragma once
// The requirements file that a script is given: `--requirements FILE` (design §5). It stands below
// what the script declares of itself and above what its imports say.

#include "ops/lock_input.h"
#include "ops/script_state.h"

namespace pawl::ops {

/// Instead of a file's name: the nearest requirements.in or requirements.txt at or above the
/// script, if there is one; and none, whatever its lock was made with.
constexpr std::string_view nearest_requirements = ":nearest:";
constexpr std::string_view no_requirements = ":none:";

/// Reads the file that the user named or, when he named none, the one that the script's lock was
/// made with and that is still there, into `script.given`.
Result<> find_requirements(ScriptState& script, const Settings& settings);

/// Whether the lock was made with a file that is not here: it travels with its script, and its
/// word counts, whatever the imports say.
bool is_without_its_file(const ScriptState& script);

/// The file's requirements as needs of the script; nothing without a file.
std::optional<std::vector<script::NeededRequirement>> given_needs(const ScriptState& script);

/// After the needs are found: a file that did not decide, since the script declares its own needs,
/// is forgotten, with a note when the user named it.
void settle_requirements(ScriptState& script, const Settings& settings);

/// What else the file says: constraints, which kinds of files may be taken.
void add_given(const ScriptState& script, ResolutionRequest& request);

/// How the lock names that file: relative to the script's directory; "" without one.
std::string recorded_requirements(const ScriptState& script);

/// resolve_to_lock, and what the file says of its answer: hashes that are approved, directories
/// that are editable.
Result<lock::Lock> resolve_given(const ScriptState& script, const ResolutionRequest& request,
                                 Services& services);

} // namespace pawl::ops
