#pragma once
// The independent verifier: a lock walked on a grid of concrete machines, and held against what its
// packages say they need. It knows nothing of the resolver, and shares no algebra with it: every
// marker is evaluated as an installer evaluates it.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "lock/model.h"
#include "lock/read.h"
#include "lock/satisfaction.h"

namespace pawl::lock {

/// What the metadata of an entry says.
struct EntryMetadata {
    std::vector<pep::Requirement> needs;
    std::optional<pep::Specifiers> requires_python;
    std::string unknown; ///< "" or why it cannot be had; what it needs is then not looked at
};

struct VerifyInput {
    const Lock* lock = nullptr;
    std::vector<EntryMetadata> metadata; ///< one per entry
    /// In `roots` and `needs`, the URLs of direct references are in the form of `sources`.
    Question question;
    std::vector<std::string> sources; ///< one per entry: of a direct reference, else ""
    /// Whether `question.roots` is what the lock was made from. If not, everything counts as asked
    /// for, without extras.
    bool knows_roots = false;
    std::vector<pep::Marker> left_out;              ///< as for overlaps()
    std::vector<pep::Marker> required_environments; ///< where every entry must have a file
};

struct Verification {
    std::vector<Problem> problems; ///< by line
    size_t machines = 0;           ///< that the lock is for
    size_t points = 0;             ///< machines, times what can be asked for
};

/// On every machine of the grid that the lock is for, with everything that can be asked for: each
/// requirement of each chosen entry is met by what is chosen, nothing is missing, nothing is there
/// that nobody asked for, at most one entry of a project applies, its requires-python holds, and a
/// file of it fits (else a warning, and an error in the environments that demand one).
Verification verify(const VerifyInput& input);

} // namespace pawl::lock
