#pragma once
// What the installer itself adds to a wheel's dist-info (packaging.python.org "Recording installed
// projects"): INSTALLER, REQUESTED, direct_url.json, and the final RECORD.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "install/environment.h"
#include "install/plan.h"

namespace pawl::install {

/// The texts to be made for one item, RECORD last: whoever finds RECORD finds the rest. Paths are
/// relative to the root.
std::vector<Action> dist_info_texts(uint32_t item, std::span<const Item> items, const Plan& plan,
                                    const Places& places);

} // namespace pawl::install
