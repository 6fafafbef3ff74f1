#pragma once
// Where the files of a wheel go (packaging.python.org "Binary distribution format": spreading):
// the root to purelib or platlib, "<name>.data/<scheme>/…" to that scheme's place.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "python/interpreter.h"
#include "store/wheel_entry.h"

namespace pawl::install {

/// The places of a scheme, relative to one root, "" for the root itself.
struct Places {
    std::string purelib, platlib, scripts, headers, data;

    static Places of_environment(const python::Scheme& scheme);
};

enum class Role : unsigned char {
    library,
    script, ///< goes to bin/, may need its first line rewritten
    data,
    headers,
    dist_info,
};

/// A run of files of one wheel, all below one directory in it, that goes below one directory of
/// the root: files [first, last) of the manifest, `skip` bytes of each path replaced by `place`.
struct Run {
    uint32_t item = 0;
    uint32_t first = 0, last = 0;
    uint32_t skip = 0;
    Role role = Role::library;
    std::string place;
};

/// All runs of a wheel; every file is in exactly one. An error (Kind::refused) for a file below
/// ".data" that belongs to no scheme; unpacking has refused those already.
Result<std::vector<Run>> runs_of(uint32_t item, const store::WheelManifest& manifest,
                                 const Places& places);

/// "place/rest" for one file of a run.
std::string placed_path(const Run& run, std::string_view path);

/// `path` as seen from `directory`, both relative to one root: "../../../bin/tool".
std::string relative_path(std::string_view path, std::string_view directory);

} // namespace pawl::install
