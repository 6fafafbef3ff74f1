#pragma once
// What the packages of a lock say they need: from the index or its cache, for `pawl validate
// --deep`.

#include "base/result.h"
#include "lock/verify.h"
#include "ops/named_lock.h"
#include "ops/services.h"

namespace pawl::ops {

/// Everything that lock::verify() wants to know. Errors are those of the network and of the cache;
/// what a package itself lacks is in its EntryMetadata. `read` must outlive the result.
/// `allow_builds`: sdists whose metadata only a build can tell are built.
struct VerifyOptions {
    bool allow_builds = false;
};
Result<lock::VerifyInput> verify_input(const NamedLock& named, const ReadLock& read,
                                       const VerifyOptions& options, Services& services);

} // namespace pawl::ops
