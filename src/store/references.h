#pragma once
// Who refers to which wheels, and taking away what nobody uses: shared by the .cc files of this
// room.

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/store.h"

namespace pawl::store {

/// In each environment: the sha256 of the wheels it refers to, one a line.
constexpr std::string_view wheels_name = ".pawl-wheels";

std::string write_wheels(std::span<const std::string> wheels);

/// Installations hold it shared, prune exclusive.
inline std::string use_lock_path(const Store& store) {
    return fs::join(store.directory(), "use.lock");
}

/// Moves an entry away and removes it, unless somebody holds a lease on it (false). An entry that
/// is not there counts as removed.
Result<bool> remove_if_unused(const Store& store, const std::string& entry);

/// Takes a damaged wheel away, with the environments that link into it: the next run makes both
/// anew. One that is in use stays, and is whole again when the wheel is back.
Result<> discard_wheel(const Store& store, const std::string& entry);

/// The wheels that environments and roots refer to. Roots whose directory is gone are removed.
Result<std::set<std::string>> referenced_wheels(const Store& store);

} // namespace pawl::store
