#pragma once
// A small world of releases as a text, and the wheels and sdists made from it. The same text gives
// the same bytes.
//
// clang-format off
//   # a comment; blank lines are nothing
//   index second                  what follows is on the index /second/ (first: /simple/)
//   status foo archived Why       PEP 792
//   release foo 1.0               a release; what follows belongs to it
//     requires bar>=2; python_version < "4"     one Requires-Dist a line
//     extra test                  Provides-Extra (one that a requirement's marker names is there
//                                 anyway)
//     python >=3.8                Requires-Python
//     yanked broken               the reason may be left out
//     uploaded 2024-01-31T10:00:00Z
//     wheel                       py3-none-any; or: wheel cp312-cp312-linux_x86_64,
//                                 wheel 1-py3-none-any; a variant: wheel py3-none-any-cu12
//     sdist                       static metadata 2.2; or: sdist dynamic (only a build can tell)
//     file foo/__init__.py        its content follows, each line behind "|"
//     | print("hello")
//     variants                    foo-1.0-variants.json beside it; its content follows behind "|"
//     script foo = foo:main       an entry point of console_scripts
//     metadata Summary: x         a line that METADATA gets as it is
//     claims bar 2.0              METADATA says that it is this
//     record foo/x.py,sha256=…,3  a row of RECORD, instead of the true one of that path
//     plain                       no .metadata file is announced
//     hidden                      … nor there
// clang-format on
//
// A release that names neither wheel nor sdist has the wheel py3-none-any; one without a file has
// its package with an __init__.py that sets __version__.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pawl::test {

struct WorldFile {
    std::string path, content;
    bool is_beside = false; ///< the page lists it; it is in no wheel
};

/// A wheel or sdist ready to be served.
struct BuiltFile {
    std::string file_name;
    std::string bytes;
    std::string metadata; ///< METADATA of a wheel; "" for an sdist
};

struct Release {
    std::string index = "simple";
    std::string name; ///< as written
    std::string version;
    std::vector<std::string> requires_dist, extras, scripts, metadata_lines, record_rows;
    std::string claimed_name, claimed_version; ///< of METADATA; "": as they are
    std::string requires_python;
    std::optional<std::string> yanked;
    std::string uploaded;
    std::vector<std::string> wheels; ///< tags, perhaps with a build tag in front
    bool has_sdist = false, is_dynamic = false;
    bool announces_metadata = true, has_metadata = true;
    std::vector<WorldFile> files;
    std::optional<BuiltFile> ready; ///< a file from elsewhere, instead of all that is to be built
};

struct ProjectStatusLine {
    std::string index, project, status, reason;
};

struct World {
    std::vector<Release> releases;
    std::vector<ProjectStatusLine> statuses;

    /// Errors name the line.
    static Result<World> parse(std::string_view text);
};

/// A release that is a wheel or sdist made elsewhere.
Result<Release> ready_release(std::string file_name, std::string bytes);

/// The text of METADATA, or of PKG-INFO when `is_sdist`.
std::string metadata_text(const Release& release, bool is_sdist);
/// All files of a release: its wheels, then its sdist.
Result<std::vector<BuiltFile>> build_files(const Release& release);

} // namespace pawl::test
