#pragma once
// A lock, whichever tool made it: PEP 751's model and beside it what PEP 751 has no place for.
//
// Every fact stands in one place. Files, hashes, sources, versions, requires-python and the marker
// of an entry are in `lock`; who needs what, for whom and why is in `facts`, one per entry of
// `lock.packages` and at the same index. Markers and memberships say the same in two ways, and
// every reader sees to it that both are there (memberships.h).

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/url.h"
#include "lock/model.h"
#include "pep/marker.h"
#include "pep/name.h"
#include "pep/requirement.h"
#include "pep/specifier.h"
#include "pep/version.h"

namespace pawl::exchange {

/// What a user can ask of a lock: what the project itself needs, what an extra of it needs, what a
/// dependency group needs.
struct Selector {
    enum class Kind : unsigned char { main, extra, group };
    Kind kind = Kind::main;
    std::string name; ///< normal; "" for main
    auto operator<=>(const Selector&) const = default;
    std::string str() const; ///< for messages: "extra \"a\""
};

/// That an entry is installed when this is asked for, by itself and where the marker holds.
struct Membership {
    Selector selector;
    /// Of environments only, but where extras or groups conflict: then it may also say
    /// `"a" not in extras`. Absent: always.
    std::optional<pep::Marker> marker;
    bool operator==(const Membership&) const = default;
};

/// That an entry needs a project.
struct Edge {
    pep::Name name;
    std::vector<pep::Name> extras;             ///< of that project; sorted, each once
    std::optional<pep::Specifiers> specifiers; ///< absent: the source does not say
    std::string url;                           ///< of a direct reference, as written; or ""
    std::optional<pep::Marker> marker;         ///< of environments only; absent: always
    std::string extra; ///< of the entry itself, which must be asked for with it; "" for none
    /// The version that the source says it leads to, where there are several.
    std::optional<pep::Version> version;

    /// From a Requires-Dist or a manifest's requirement. `extra == "x"` in its marker becomes
    /// `extra`; a requirement under several extras becomes several edges.
    static std::vector<Edge> from(const pep::Requirement& requirement);
    /// As a requirement, with `extra` in its marker again.
    std::string str() const;
};

/// What is known of the edges of an entry; each step knows more than the one before.
enum class EdgeKnowledge : unsigned char {
    none,         ///< nothing, so there are none here
    entries,      ///< to which entries they lead, but not which versions were asked for
    requirements, ///< specifiers too, perhaps without extras that nobody asks for
    metadata,     ///< all that its metadata says
};

/// What PEP 751 cannot say of one entry.
struct Facts {
    EdgeKnowledge edge_knowledge = EdgeKnowledge::none;
    std::vector<Edge> edges;
    std::vector<Membership> memberships; ///< sorted by selector, one each
    /// Extras with which it is asked for by anybody; sorted, each once.
    std::vector<pep::Name> extras;
    /// Hashes of its files where the source does not say which is whose (requirements files,
    /// Pipfile.lock); `lock` then has no files for it. A document is *complete* when all of these
    /// have found their files (ops/complete_lock).
    std::vector<Hash> unplaced_hashes;
    std::string vcs_reference;   ///< what `requested-revision` is: "rev", "tag", "branch" or ""
    std::string name_as_written; ///< "" when it is the normal name
    std::string summary;         ///< one line of the metadata; "" when it is not known
};

/// What somebody asked for: a requirement of the manifest, and for whom it is.
struct Root {
    Selector selector;
    pep::Requirement requirement; ///< its marker does not mention extras
    std::string index;            ///< the name of the index that it must come from, or ""
    bool is_editable = false;     ///< of a path
};

/// A project (or a script, which has no name) that the lock is for.
struct Project {
    std::optional<pep::Name> name;
    std::string name_as_written;
    std::optional<pep::Version> version; ///< absent: dynamic, or a script
    std::string directory = ".";         ///< below the lock's
    /// Whether it is installed itself, and not only what it needs.
    bool is_package = false;
    std::optional<pep::Specifiers> requires_python;
    std::vector<Root> roots;
    std::vector<pep::Name> extras;           ///< sorted
    std::vector<std::string> groups;         ///< normal, sorted
    std::vector<std::string> default_groups; ///< what is installed when nothing is asked for
};

/// The index that is meant where none is said.
constexpr std::string_view pypi = "https://pypi.org/simple";

/// As addresses of indexes are compared: tools write them with a slash at the end and without.
std::string_view without_slash(std::string_view url);

/// An index that entries come from.
struct Index {
    std::string name; ///< "" when the source gives none
    std::string url;  ///< without credentials
    bool is_explicit = false;
    bool operator==(const Index&) const = default;
};

struct Document {
    lock::Lock lock;
    std::vector<Facts> facts; ///< as many as lock.packages

    /// The first is the one that is meant when no other is named; the others are members of its
    /// workspace. Empty: nobody says what was asked for.
    std::vector<Project> projects;
    bool is_script = false;
    /// Memberships were split out of PEP 751's markers, which cannot say all: what main needs
    /// anyway does not show what else needs it. See refine_memberships().
    bool has_split_memberships = false;
    std::vector<Index> indexes;       ///< in the order in which they are asked
    std::vector<Url> logins;          ///< of indexes; for asking them, never written or shown
    std::vector<pep::Marker> regions; ///< that the resolution split environments into
    std::vector<pep::Marker> required_environments;
    /// Extras and groups that are never asked for together.
    std::vector<std::vector<Selector>> conflicts;
    /// Relative paths in `lock` are below it. Absolute.
    std::string directory;
    /// Why the tool that made the lock would not take it any more; "" when it is fresh, or nobody
    /// can tell.
    std::string stale_reason;
    std::vector<std::string> warnings; ///< of the reader, each with its place

    void add(lock::Package package, Facts entry_facts);
    /// Removes entries, by ascending index.
    void remove(std::span<const uint32_t> entries);
};

/// "six 1.16.0", for messages and losses.
std::string entry_name(const lock::Package& package);

/// What the index calls a file: pylock.toml may have its name in normal form
/// ("pysocks-1.7.1-py3-none-any.whl"), and some tools compare names as texts ("PySocks-…").
std::string name_on_index(std::string_view name, const lock::FileSource& source);

/// All entries by name, the versions of one project upwards.
std::vector<uint32_t> entries_in_order(const lock::Lock& lock);

/// Entries by name. The document must live and keep its entries as long.
class EntryIndex {
  public:
    explicit EntryIndex(const Document& document);
    /// In order; empty when there are none.
    std::span<const uint32_t> of(const pep::Name& name) const;
    /// Those that an edge may lead to: of the version that it says; else those that its specifiers
    /// admit; should that be none, all of the name.
    std::vector<uint32_t> targets(const Edge& edge) const;

  private:
    const Document* document_;
    std::unordered_map<pep::Name, std::vector<uint32_t>> entries_;
};

/// Something that the target's format cannot say, or does not keep.
struct Loss {
    std::string package; ///< "six 1.16.0"; "" for the lock as a whole
    std::string key;     ///< in the words of pylock.toml, else of the source: "upload-time"
    std::string what;    ///< one sentence for people: "Pipfile.lock has no place for it"
    bool operator==(const Loss&) const = default;
};

struct Written {
    std::string text;
    std::vector<Loss> losses; ///< in a stable order
};

} // namespace pawl::exchange
