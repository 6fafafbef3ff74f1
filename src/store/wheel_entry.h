#pragma once
// One unpacked wheel: wheels/<sha256 of the wheel file>/ holds `manifest` (this header's
// WheelManifest), `.pawl-state` (durability.h), `files/` (the tree as it stands in the wheel) and
// `marks/`. Files are 0444 or 0555, the directories below files/ 0555.

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "base/sha256.h"
#include "store/store.h"

namespace pawl::store {

struct WheelFile {
    std::string path; ///< below files/, with slashes; files only, sorted by path
    Sha256::Digest sha256{};
    uint64_t size_bytes = 0;
    bool is_executable = false;
};

/// What the installer needs to know without opening a file of the wheel.
struct WheelManifest {
    std::string file_name;      ///< of the wheel, as it came
    std::string url;            ///< where it came from, to fetch it anew; "" when from a file
    std::string name;           ///< of the project, normalised
    std::string version;        ///< as METADATA says it
    std::string dist_info;      ///< "attrs-24.2.0.dist-info"
    std::string data_directory; ///< "attrs-24.2.0.data"; empty when the wheel has none
    bool root_is_purelib = true;
    bool has_native = false; ///< some file is a shared object or library
    /// None of them looks for another one outside of this wheel (wheel/machine_code.h).
    bool is_self_contained = false;
    bool has_entry_points = false; ///< <dist_info>/entry_points.txt is there
    bool has_pth = false;          ///< a .pth file goes to the top of site-packages
    /// Names at the top of site-packages (of the root, purelib and platlib), sorted, without
    /// dist_info and data_directory; those of directories end with a slash: "attr/", "six.py".
    std::vector<std::string> top_level;
    /// What the user should hear when this wheel is installed (not in RECORD, sitecustomize.py …).
    std::vector<std::string> warnings;
    /// INSTALLER and RECORD, which pawl put into dist_info for whoever links to that directory.
    /// None when they cannot be the same for everybody.
    std::vector<WheelFile> own_files;
    /// All else that is below files/. Neither the wheel's RECORD nor its INSTALLER and the like.
    std::vector<WheelFile> files;

    /// Among both kinds.
    const WheelFile* find(std::string_view path) const;
    /// Those that files are in, parents first, without the top one.
    std::vector<std::string_view> directories() const;
};

/// How much of a manifest is read: the list of files costs more than all the rest.
enum class ManifestPart : unsigned char { facts, all };

/// The manifest's own format: text, with sums over its two parts. Exact inverse of each other.
std::string write_manifest(const WheelManifest& manifest);
/// Whether the beginning of a manifest holds all of its facts.
bool has_whole_facts(std::string_view beginning);
Result<WheelManifest> read_manifest(std::string_view text, ManifestPart part = ManifestPart::all);

/// A wheel that is there. A value; the files stay while a UseLease (environments.h) is held.
struct WheelEntry {
    std::string sha256;    ///< of the wheel file, lower-case hexadecimal digits
    std::string directory; ///< absolute
    WheelManifest manifest;

    std::string files() const { return directory + "/files"; }
};

/// Nothing when it is not there, or was damaged (it is moved away then). Checks the files once
/// after a reboot when they were not known to be on the disk. Names are the caller's to compare:
/// the entry was found by the hash of its bytes alone. With ManifestPart::facts,
/// entry.manifest.files stays empty.
Result<std::optional<WheelEntry>> find_wheel(const Store& store, std::string_view sha256,
                                             ManifestPart part = ManifestPart::all);

/// Reads `manifest.files` of an entry that was found without them.
Result<> read_list(WheelEntry& entry);

/// What each file of an entry gets when it has been written: its mode, whatever the umask, and a
/// time of modification (wheel_tree.h says what for). Any thread may put it.
class FileStamp {
  public:
    explicit FileStamp(std::string_view sha256);
    Result<> put(const fs::Fd& file, const WheelFile& of) const;

  private:
    int64_t time_s_;
};

/// `staging` has the tree in "<staging>/files", each file stamped; the manifest's lists are in
/// order. Writes manifest and state, makes the directories read-only and publishes; when another
/// process was faster, its entry is the result. Or takes the place of a damaged one; the
/// environments that link to it go, as far as nobody uses them.
enum class Existing : unsigned char { kept, replaced };
Result<WheelEntry> publish_wheel(const Store& store, Staging staging, std::string_view sha256,
                                 WheelManifest manifest, Existing existing = Existing::kept);

/// Whether `work` (say "compiled-cpython-311") was done in this entry.
bool has_mark(const WheelEntry& entry, std::string_view mark);
/// Does `work` on the tree (made writable meanwhile) once per mark, whatever the number of
/// processes; `work` gets the path of files/ and only adds files below __pycache__ directories,
/// each synced and then renamed to its name: environments that link to them never look again.
/// When the store is read-only: Kind::disk, and the caller goes on without.
Result<> do_once(const WheelEntry& entry, std::string_view mark,
                 const std::function<Result<>(const std::string& files)>& work);

/// Whether nobody has written to, added to or removed any of it, by a stat of each file and
/// directory: cheap, and blind to a disk that rots.
bool is_untouched(const WheelEntry& entry);

/// As find_wheel(), for whoever installs from it: what was touched is hashed, and taken away when
/// it is not what the wheel holds; `damage` says then what was wrong.
struct FoundWheel {
    std::optional<WheelEntry> entry;
    std::string damage;
};
Result<FoundWheel> find_sound_wheel(const Store& store, std::string_view sha256);

/// Hashes every file. An error (Kind::integrity) names the first that is missing or different.
Result<> verify_wheel(const WheelEntry& entry);

} // namespace pawl::store
