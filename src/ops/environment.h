#pragma once
// From a lock to a ready environment: choose, fetch what the store lacks, unpack, build, link.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "install/environment.h"
#include "lock/model.h"
#include "lock/select.h"
#include "ops/services.h"
#include "python/interpreter.h"
#include "store/wheel_entry.h"

namespace pawl::ops {

struct EnvironmentRequest {
    const python::Interpreter* interpreter = nullptr;
    Settings settings;               ///< with the script's own table
    std::string lock_directory;      ///< what relative paths of the lock are below
    lock::Request wanted;            ///< extras and groups
    std::set<std::string> requested; ///< project names that were asked for by the user
    unsigned build_depth = 0;
    /// An environment with much the same in it, or "". Of its wheels only the facts are read.
    std::string sibling;
};

/// Wheels in the store, and what to install of them; each item points at its wheel.
struct WheelSet {
    std::vector<store::WheelEntry> wheels;
    std::vector<install::Item> items;
};

/// The wheels that this interpreter gets from the lock, each in the store; what is not there is
/// downloaded (all at once) or built. In the order of the lock.
Result<WheelSet> wheels_of(const lock::Lock& lock, const EnvironmentRequest& request,
                           Services& services);

/// The environment of exactly these wheels, found or made; bytecode follows in the background.
Result<install::Environment> environment_of(const lock::Lock& lock,
                                            const EnvironmentRequest& request, Services& services);

} // namespace pawl::ops
