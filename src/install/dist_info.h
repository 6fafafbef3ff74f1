#pragma once
// What the installer itself adds to a wheel's dist-info (packaging.python.org "Recording installed
// projects"): INSTALLER, REQUESTED, direct_url.json, and the final RECORD.
//
// Nearly all environments want the same ones of a wheel, so unpacking puts an INSTALLER and a
// RECORD into the store, and an environment needs no more than a link to the whole directory. What
// is different in each environment (the programs in bin/) stands in that RECORD without a hash, as
// the specification allows. It is for environments as Python's venv makes them, site-packages three
// directories below the root.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "install/environment.h"
#include "install/plan.h"
#include "wheel/entry_points.h"

namespace pawl::install {

/// Whether the wheel's own files serve here.
bool has_common_dist_info(const Item& item, const Places& places);

/// Adds them to an unpacked wheel, whose files are in `tree`, sorted and hashed. None when it has
/// headers, whose place names the Python.
Result<> write_own_files(store::WheelManifest& wheel, std::span<const wheel::EntryPoint> programs,
                         const std::string& tree, const store::FileStamp& stamp);

/// The texts to be made for one item in any place, RECORD last: whoever finds RECORD finds the
/// rest. Paths are relative to the root. None when its dist-info is a link.
std::vector<Action> dist_info_texts(uint32_t item, std::span<const Item> items, const Plan& plan,
                                    const Places& places);

/// The same for a virtual environment that is made anew without links to directories: links to the
/// store's own INSTALLER and RECORD when they serve here.
std::vector<Action> dist_info_files(uint32_t item, std::span<const Item> items, const Plan& plan,
                                    const Places& places);

} // namespace pawl::install
