#pragma once
// `pawl cache dir|size|verify|prune|clean`.

#include "base/result.h"
#include "ops/services.h"

namespace pawl::ops {

Result<> show_cache_directory(Services& services);
Result<> show_cache_size(bool json, Services& services);
Result<> clean_cache(Services& services);
Result<> prune_cache(Services& services);
Result<> verify_cache(bool with_repair, Services& services);

} // namespace pawl::ops
