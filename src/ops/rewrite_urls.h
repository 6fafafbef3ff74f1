#pragma once
// `--rewrite-urls FROM=TO`: a lock that was made outside, for use inside, where files and indexes
// have other addresses.

#include <span>
#include <string>

#include "base/result.h"
#include "lock/model.h"

namespace pawl::ops {

/// Addresses that begin with FROM begin with TO instead; of several rules the first that fits. Each
/// rule is "FROM=TO", and both are URLs without credentials. Hashes stay, so a wrong mirror cannot
/// slip in other files. Kind::usage for rules that cannot be read.
Result<> rewrite_urls(lock::Lock& lock, std::span<const std::string> rules);

} // namespace pawl::ops
