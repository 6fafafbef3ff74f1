#pragma once
// The shape of a wheel (packaging.python.org "Binary distribution format"): which member goes
// where, decided from names alone, before anything is unpacked.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive/zip_directory.h"
#include "base/result.h"
#include "pep/wheel_name.h"
#include "wheel/entry_points.h"

namespace pawl::wheel {

/// Where a file of a wheel ends up. `root` is purelib or platlib, as WHEEL says.
enum class Scheme : unsigned char { root, purelib, platlib, headers, scripts, data };

/// A member's scheme and its path in it: "a-1.0.data/scripts/x" is scripts and "x".
struct Placed {
    Scheme scheme = Scheme::root;
    std::string_view path; ///< a view into the member's path
};

struct Layout {
    std::string dist_info;      ///< "attrs-24.2.0.dist-info"
    std::string data_directory; ///< "attrs-24.2.0.data"; empty when there is none

    /// Of a file that find_layout() has seen.
    Placed place(std::string_view path) const;
    bool is_in_dist_info(std::string_view path) const;
};

/// Finds the one dist-info directory and the data directory, which must belong to the project and
/// version of the file name; refuses others and data of unknown schemes.
Result<Layout> find_layout(std::span<const archive::ZipEntry> entries, const pep::WheelName& name);

/// Whether a program of an entry point takes the place of this member: a script of the same name,
/// as old wheels have both (chardet 2.2.1). The program wins, as with pip.
bool is_replaced(const Layout& layout, std::string_view path, std::span<const EntryPoint> programs);

/// Refuses two members (or a member and an entry point's program that does not replace it) for one
/// path of an environment, and paths that belong to the environment itself: its interpreter,
/// activate scripts, pyvenv.cfg. Returns the members of the wheel's root that differ from another
/// one by case only.
Result<std::vector<std::string>> check_owners(std::span<const archive::ZipEntry> entries,
                                              const Layout& layout,
                                              std::span<const EntryPoint> programs,
                                              std::string_view project);

/// Files that are the installer's to write, or mean nothing once installed: INSTALLER, REQUESTED,
/// direct_url.json, RECORD and its signatures. They are not taken over from a wheel.
bool is_installers_own(const Layout& layout, std::string_view path);

/// Whether the file is a shared object or a library of any system.
bool is_native(std::string_view path);

} // namespace pawl::wheel
