#pragma once
// From imports to requirements. Private to the room.

#include "script/local_modules.h"
#include "script/needs.h"
#include "script/pins.h"
#include "script/stdlib_table.h"

namespace pawl::script {

/// What inference needs to know, and where it writes. Requirements that were declared or listed
/// stand in `needs` already.
struct InferenceInput {
    const SourceTree& tree;
    const PinMap& pins;
    const NeedsOptions& options;
    MinorSet supported = every_minor; ///< the minors that the script runs on
    /// The script says itself what it needs: of its local modules only imports that the table knows
    /// are added.
    bool is_declared = false;
};

/// Adds requirements, imports, module checks, uncounted imports and notes to `needs`.
Result<> infer(const InferenceInput& input, Needs& needs);

} // namespace pawl::script
