#pragma once
// What a pylock.toml says, as values. Lists are in the order of the file; write() sorts.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "pep/marker.h"
#include "pep/name.h"
#include "pep/specifier.h"
#include "pep/version.h"
#include "pep/wheel_name.h"

namespace pawl::lock {

/// Where the bytes of one file are and how to know them. `path` wins over `url`.
struct FileSource {
    std::string url;  ///< "" when there is none
    std::string path; ///< relative to the lock (or absolute); "" when there is none
    std::optional<uint64_t> size_bytes;
    std::optional<Timestamp> upload_time;
    std::vector<Hash> hashes; ///< one at least, each algorithm once
    bool operator==(const FileSource&) const = default;
};

struct Wheel {
    std::string name; ///< file name, always filled in: `name`, else from path, else from url
    FileSource source;
    bool operator==(const Wheel&) const = default;
};

struct Sdist {
    std::string name; ///< as for wheels
    FileSource source;
    bool operator==(const Sdist&) const = default;
};

/// A file that was asked for by its address: a wheel or an sdist.
struct Archive {
    FileSource source;
    std::string subdirectory; ///< "" when there is none
    bool operator==(const Archive&) const = default;
    /// From path, else from url (percent-decoded).
    std::string file_name() const;
};

struct Vcs {
    std::string type; ///< git, hg, bzr, svn
    std::string url;  ///< "" when there is none
    std::string path; ///< "" when there is none
    std::string requested_revision;
    std::string commit_id;
    std::string subdirectory;
    bool operator==(const Vcs&) const = default;
};

struct Directory {
    std::string path;
    bool editable = false;
    std::string subdirectory;
    bool operator==(const Directory&) const = default;
};

/// Points at another entry, for audits only: installing must not look at it. An entry is meant when
/// it agrees with every key that is here.
struct Dependency {
    pep::Name name;
    std::optional<pep::Version> version;
    std::string marker; ///< of the other entry, as written; "" when not needed to tell it apart
    std::optional<Vcs> vcs;
    std::optional<Directory> directory;
    std::optional<Archive> archive;
    bool operator==(const Dependency&) const = default;
};

/// A publisher as the index's provenance names it.
struct AttestationIdentity {
    std::string kind;
    /// The other keys in the order of the file, each value as TOML text.
    std::vector<std::pair<std::string, std::string>> claims;
    bool operator==(const AttestationIdentity&) const = default;
};

/// One tool's own table (`[tool.NAME]`, `[packages.tool.NAME]`) as TOML text, without its prefix,
/// so that it can be written back under any header. What stood below a header stays byte for byte.
struct ToolTable {
    struct Section {
        std::string header; ///< below the tool, as written: "metadata" or "metadata.files"
        bool is_array = false;
        std::string lines; ///< entries and comments, each with its line end
        bool operator==(const Section&) const = default;
    };
    std::string name;
    std::string lines;
    std::vector<Section> sections;
    bool operator==(const ToolTable&) const = default;
    /// The table as a TOML document of its own.
    std::string document() const;
    /// The table whose content is that document.
    static Result<ToolTable> from_document(std::string name, std::string text);
};

struct ToolTables {
    std::vector<ToolTable> tables;
    std::string lines; ///< entries of `tool` itself that are no tables (nobody should write any)
    bool operator==(const ToolTables&) const = default;
    bool is_empty() const { return tables.empty() && lines.empty(); }
    const ToolTable* find(std::string_view name) const;
    void set(ToolTable table); ///< replaces the one of that name, or adds it
};

struct Package {
    pep::Name name;
    std::optional<pep::Version> version;
    std::optional<pep::Marker> marker; ///< absent: always
    std::optional<pep::Specifiers> requires_python;
    std::vector<Dependency> dependencies;
    /// Exactly one of vcs, directory, archive, or sdist and wheels (one of the two at least).
    std::optional<Vcs> vcs;
    std::optional<Directory> directory;
    std::optional<Archive> archive;
    std::string index; ///< "" when there is none
    std::optional<Sdist> sdist;
    std::vector<Wheel> wheels;
    std::vector<AttestationIdentity> attestation_identities;
    ToolTables tool;
    uint32_t line = 0; ///< where it stands in the file it was read from; 0: in none
    bool operator==(const Package& other) const; ///< but for `line`
};

struct Lock {
    std::string lock_version = "1.0";
    std::vector<pep::Marker> environments; ///< empty: no limit
    std::optional<pep::Specifiers> requires_python;
    /// Absent: the locker knows nothing of them. Empty: the inputs had none.
    std::optional<std::vector<pep::Name>> extras;
    std::optional<std::vector<std::string>> dependency_groups;
    std::vector<std::string> default_groups;
    std::string created_by;
    std::vector<Package> packages;
    ToolTables tool;
    bool operator==(const Lock&) const = default;

    /// The entries of a name, in order.
    std::vector<const Package*> find(const pep::Name& name) const;
    /// The entries that a dependency may point at (normally one).
    std::vector<size_t> find(const Dependency& dependency) const;
};

/// Whether the dependency may mean this entry.
bool points_at(const Dependency& dependency, const Package& package);

/// "pylock.toml" and "pylock.NAME.toml" with a NAME without dots.
bool is_lock_file_name(std::string_view file_name);
/// NAME of such a file name: "" for pylock.toml; nothing when it is no lock's file name.
std::optional<std::string_view> lock_name_of(std::string_view file_name);

/// The file name that path or url lead to: the last part of the path, else of the url, decoded.
std::string file_name_of(std::string_view path, std::string_view url);

/// "./lib" and ".//lib" are "lib"; "." stays, and so does "".
std::string_view plain_path(std::string_view path);

} // namespace pawl::lock
