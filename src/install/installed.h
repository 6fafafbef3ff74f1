#pragma once
// What is installed in a place that is not ours, as its dist-info directories say.

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "install/target.h"
#include "store/wheel_entry.h"

namespace pawl::install {

/// A file that a RECORD claims, its path relative to the target's root.
struct OwnedFile {
    std::string path;
    std::string hash; ///< "sha256=…" or ""
    uint64_t size_bytes = 0;
};

/// One dist-info directory (or an egg-info of old installers, which has no RECORD).
struct InstalledPackage {
    Installed facts;
    std::string info_path;                 ///< of the directory, relative to the root
    bool is_whole = false;                 ///< METADATA and RECORD can be read
    bool is_legacy = false;                ///< egg-info: cannot be taken out safely
    std::string record_text;               ///< RECORD as it stands
    std::vector<OwnedFile> rows;           ///< those inside the root; others are never touched
    std::vector<std::string> foreign_rows; ///< those outside it, as written
};

/// Everything in the target's library directories, by name.
Result<std::vector<InstalledPackage>> scan(const Target& target);

/// Whether every file of the wheel stands in RECORD with its hash: the same wheel was installed
/// before, by whomever.
bool is_same_wheel(const InstalledPackage& package, const store::WheelManifest& manifest,
                   const Target& target);

/// Whether the files of RECORD are there with their sizes.
bool has_all_files(const InstalledPackage& package, const Target& target);

/// `path` relative to `root` ("" is the root itself); both absolute and normal.
std::string below(std::string_view root, std::string_view path);

} // namespace pawl::install
