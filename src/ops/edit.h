#pragma once
// `pawl add SCRIPT REQ…`, `pawl remove SCRIPT PROJECT…`: the inline metadata edited, every other
// byte kept, and the lock that is there brought up to date with nothing else moved.

#include <string>
#include <vector>

#include "base/result.h"
#include "ops/services.h"

namespace pawl::ops {

struct EditRequest {
    std::string script;
    std::vector<std::string> words; ///< requirements to add; or names of projects to remove
    bool raw = false;               ///< add: as given, without a lower bound where none is said
    bool frozen = false; ///< only the metadata: nothing is resolved, the lock stays as it is
};

/// A script without metadata gets a block, with what its imports need beside what is added: from
/// then on the block decides, and nothing that worked may be missing from it.
Result<> add_requirements(const EditRequest& request, Services& services);

Result<> remove_requirements(const EditRequest& request, Services& services);

} // namespace pawl::ops
