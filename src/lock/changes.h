#pragma once
// What changed from one lock to another, package by package. By meaning: how a marker is written,
// sizes, upload times and other tools' tables do not count, nor do optional keys that one of the
// two never has.

#include <string>
#include <vector>

#include "base/result.h"
#include "lock/model.h"

namespace pawl::lock {

/// One thing that is otherwise now: "requires-python", ">=3.9", ">=3.10". Empty: absent.
struct Change {
    std::string key;
    std::string before, after;
    bool operator==(const Change&) const = default;
};

struct PackageChange {
    enum class Kind : unsigned char { added, removed, updated, changed };
    Kind kind = Kind::changed;
    pep::Name name;
    std::string before, after;   ///< version, or where a source tree is from; "" when absent
    std::vector<Change> details; ///< of updated: all but files; of changed: everything
};

struct Changes {
    std::vector<Change> lock;            ///< of the lock as a whole
    std::vector<PackageChange> packages; ///< by name
    bool is_empty() const { return lock.empty() && packages.empty(); }
};

/// Kind::input for markers that are too hard to judge.
Result<Changes> changes(const Lock& before, const Lock& after);

} // namespace pawl::lock
