#pragma once
// What one environment installs from a lock: the specification's "Installation" section, decided
// from the lock alone.

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "lock/model.h"
#include "pep/marker.h"
#include "pep/tag.h"

namespace pawl::lock {

/// The environment to install into. `tags` must outlive the call.
struct Target {
    pep::MarkerEnvironment environment;
    const pep::TagSet* tags = nullptr;
};

/// What the user asks for. Names in any spelling.
struct Request {
    std::set<std::string> extras;
    /// Absent: the lock's default groups.
    std::optional<std::set<std::string>> dependency_groups;
    /// Asking for an extra or group that the lock does not declare is an error.
    bool refuse_undeclared = true;
    /// Of wheels with equally good tags the highest build number is taken, as the wheel
    /// specification says; the reference library takes the first of the file.
    bool ignore_build_numbers = false;
};

struct Selection {
    enum class Kind : unsigned char { vcs, directory, archive, wheel, sdist };
    Kind kind = Kind::wheel;
    uint32_t package = 0; ///< index into Lock::packages
    uint32_t wheel = 0;   ///< index into Package::wheels, for Kind::wheel
    bool operator==(const Selection&) const = default;
};

/// In the order of the lock. Errors: Kind::environment for a Python or an environment that the lock
/// does not support or a package without a fitting file; Kind::input for a lock that is ambiguous
/// (two entries of one name apply) or a marker that cannot be evaluated; Kind::usage for an
/// undeclared extra or group.
Result<std::vector<Selection>> select(const Lock& lock, const Target& target,
                                      const Request& request = {});

/// The best wheel for the tags; nothing when none fits. File names that cannot be parsed do not
/// fit.
std::optional<uint32_t> best_wheel(std::span<const Wheel> wheels, const pep::TagSet& tags,
                                   bool ignore_build_numbers = false);

} // namespace pawl::lock
