#pragma once
// What the resolver asks the world. The caller implements it (over an index, a lock, a table in a
// test); the resolver calls it from one thread and never touches disk or network itself.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "resolve/types.h"

namespace pawl::resolve {

/// One release of a project, before its metadata is known. Views must stay good as long as the
/// provider lives.
struct Release {
    pep::Version version;
    /// Where its Requires-Python holds (see python_support()); always when it states none.
    pep::MarkerId pythons = pep::MarkerId::always;
    std::string_view requires_python; ///< as written, for messages; "" when there is none
    /// Where an installable file exists: always when there is an sdist that may be built or a
    /// pure wheel, else the union of what the wheels' tags cover; never when no tag fits anything.
    pep::MarkerId files = pep::MarkerId::always;
    bool is_yanked = false;
    /// "" or why it can never be chosen, as the end of a sentence about one release that begins
    /// with "has" or "was" ("has no files"); `pythons` and `files` do not count then.
    std::string_view unusable;
    std::string_view advice; ///< "" or what may be done about that
};

/// All releases of a project that are to be considered.
struct Releases {
    std::vector<Release> releases; ///< ascending by version, each version once
    /// "" or why there is nothing: "was not found on the index", "is not in the cache (offline)".
    std::string unavailable;
};

/// What one release says it needs.
struct ReleaseMetadata {
    std::vector<Dependency> dependencies;
    std::vector<pep::Name> extras; ///< Provides-Extra; asking for others is worth a warning
    /// Requires-Python of the metadata itself, for releases whose page says nothing.
    pep::MarkerId pythons = pep::MarkerId::always;
    std::string requires_python;
    /// "" or why the metadata cannot be had or read; the release is then passed over.
    std::string unavailable;
    /// With `unavailable`: it is another project's or version's. A resolution that fails for want
    /// of the release is then an error of integrity.
    bool is_foreign = false;
};

/// Something that will probably be asked for soon.
struct Wanted {
    const pep::Name* name = nullptr;
    std::string_view source;
    /// nullptr: the project's releases. Otherwise the metadata of this release.
    const pep::Version* version = nullptr;
    const Dependency* dependency = nullptr; ///< who wants the releases
};

/// An error (a Result's) ends the resolution; "there is none" is an answer (`unavailable`).
class Provider {
  public:
    virtual ~Provider() = default;

    /// The releases of a project from a source (Dependency::source; a URL has one release, whose
    /// version is in its metadata). The same list on every call; owned by the provider.
    virtual Result<const Releases*> releases(const pep::Name& name, std::string_view source) = 0;

    /// The metadata of one of them, by its place in the list. Owned by the provider.
    virtual Result<const ReleaseMetadata*> metadata(const pep::Name& name, std::string_view source,
                                                    size_t release) = 0;

    /// Start fetching these; must not wait. May be called with things that are already there.
    virtual void prefetch(std::span<const Wanted> wanted) { static_cast<void>(wanted); }
};

} // namespace pawl::resolve
