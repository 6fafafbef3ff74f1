#pragma once
// Who refers to which wheels, and taking away what nobody uses: shared by the .cc files of this
// room.

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/seal.h"
#include "store/store.h"

namespace pawl::store {

/// In each environment, sealed: the sha256 of the wheels that it refers to, one a line, and what
/// else it consists of (EnvironmentContents).
constexpr std::string_view wheels_name = ".pawl-wheels";
constexpr std::string_view wheels_head = "pawl environment 1";
constexpr uint64_t wheels_bytes_max = uint64_t{64} << 20;

/// The first line of a file of roots/, which is sealed; the path follows, then the wheels.
constexpr std::string_view root_head = "pawl root 1";

std::string write_wheels(std::span<const std::string> wheels);

/// Installations hold it shared, prune exclusive.
inline std::string use_lock_path(const Store& store) {
    return fs::join(store.directory(), "use.lock");
}

/// What is directly in a directory, sorted; nothing when there is none.
Result<std::vector<std::string>> children_of(const std::string& directory);
/// Those but what fs::write_atomic() is writing, or a killed writer left.
Result<std::vector<std::string>> finished_children_of(const std::string& directory);

/// Moves an entry away and removes it, unless somebody holds a lease on it (false). An entry that
/// is not there counts as removed.
Result<bool> remove_if_unused(const Store& store, const std::string& entry);

/// Takes a damaged wheel away, with the environments that link into it: the next run makes both
/// anew. One that is in use stays, and is whole again when the wheel is back.
Result<> discard_wheel(const Store& store, const std::string& entry);

/// The environments that link into a wheel, as far as nobody uses them.
Result<> discard_environments_of(const Store& store, const std::string& entry);

/// The wheels that a file of roots/ names; none when it cannot be read.
std::set<std::string> wheels_of_root(const std::string& path);

/// The wheels that environments and roots refer to. Roots whose directory is gone are removed.
Result<std::set<std::string>> referenced_wheels(const Store& store);

} // namespace pawl::store
