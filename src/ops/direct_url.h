#pragma once
// direct_url.json (PEP 610) of an entry of a lock that was asked for by its address.

#include <string>
#include <string_view>

#include "lock/model.h"

namespace pawl::ops {

/// "" for files of an index, which have none.
std::string direct_url_of(const lock::Package& package, std::string_view lock_directory);

} // namespace pawl::ops
