#pragma once
// What a lock does not say and another format needs, looked up: files without addresses by their
// hashes, hashes without files, what entries need by the metadata of their wheels. Versions and
// hashes stay as they are: an index can only add where the approved bytes are.

#include "base/result.h"
#include "exchange/document.h"
#include "exchange/format.h"
#include "ops/services.h"
#include "ops/settings.h"

namespace pawl::ops {

/// Asks the indexes of the settings; where the user named none, those that the lock names. Errors:
/// Kind::integrity when no file of an entry has one of its hashes, Kind::network when a release
/// cannot be found. What an entry needs and cannot be found out is a warning.
Result<> complete_lock(exchange::Document& document, const exchange::Needs& needs,
                       const Settings& settings, Services& services);

} // namespace pawl::ops
