#pragma once
// Small made-up worlds for the resolver's tests: a problem, the projects there are, and what is
// expected to come out. Written as text (test/scenarios/README.md) or made at random.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pep/marker.h"
#include "resolve/resolve.h"

namespace pawl::scenarios {

struct WorldRelease {
    std::string version;
    std::vector<std::string> needs; ///< requirements, as in Requires-Dist
    std::string requires_python;
    std::vector<std::string> extras;
    std::vector<std::string> wheels; ///< tags; none: a pure wheel
    bool has_sdist = true;
    bool is_yanked = false;
    std::string unusable;
    std::string broken_metadata; ///< why the metadata cannot be had
};

struct WorldProject {
    std::string source; ///< "" is the index; else a URL or "index:NAME"
    std::vector<WorldRelease> releases;
};

struct World {
    // The problem.
    std::string requires_python;      ///< of the root; "" is any
    std::vector<std::string> regions; ///< markers; the union of them; none: everywhere
    std::optional<pep::MarkerEnvironment> environment; ///< resolve for this one only
    std::vector<std::string> required_environments;
    std::vector<std::string> require, constrain, override_with, exclude;
    std::vector<std::string> prefer;      ///< "name version", also "… from SOURCE ; MARKER"
    std::vector<std::string> first_split; ///< the regions of an earlier answer
    std::map<std::string, std::string> prereleases_of;
    resolve::Options options;

    std::multimap<std::string, WorldProject> projects;

    // What is expected; see README.md. Only in scenarios.
    bool expects_solution = true;
    bool expects_packages = false;     ///< `packages` is the whole answer
    std::vector<std::string> packages; ///< "name version ; marker"
    std::optional<size_t> regions_expected;
    std::vector<std::string> says;      ///< parts of the message or of the warnings
    std::vector<std::string> silent_on; ///< parts that the message must not have

    static Result<World> parse(std::string_view text);
    /// As text that parse() takes, to show a world that failed.
    std::string str() const;

    WorldRelease& release(const std::string& project, const std::string& version);
};

/// A machine by a short name: linux, linux-arm, macos, macos-intel, windows,
/// freebsd; with "-pypy" PyPy.
std::optional<pep::MarkerEnvironment> environment_named(std::string_view name,
                                                        std::string_view python);

/// Answers from a world. Counts what it is asked.
class WorldProvider : public resolve::Provider {
  public:
    WorldProvider(const World& world, pep::MarkerSpace& space);

    Result<const resolve::Releases*> releases(const pep::Name& name,
                                              std::string_view source) override;
    Result<const resolve::ReleaseMetadata*> metadata(const pep::Name& name, std::string_view source,
                                                     size_t release) override;
    void prefetch(std::span<const resolve::Wanted> wanted) override;

    size_t metadata_asked() const { return metadata_.size(); }
    size_t wanted() const { return wanted_.size(); }
    /// Questions that no prefetch had announced.
    size_t unannounced() const { return unannounced_; }

  private:
    struct Known {
        resolve::Releases releases;
        std::vector<const WorldRelease*> sources; // by place
    };
    const World& world_;
    pep::MarkerSpace& space_;
    pep::MarkerId region_;
    std::map<std::string, std::unique_ptr<Known>> known_;
    std::map<std::string, std::unique_ptr<resolve::ReleaseMetadata>> metadata_;
    std::set<std::string> wanted_;
    size_t unannounced_ = 0;
};

/// Where a world's answer must hold.
Result<pep::MarkerId> region_of(const World& world, pep::MarkerSpace& space);
/// The problem of a world.
Result<resolve::Problem> problem_of(const World& world, pep::MarkerSpace& space);

/// The answer in short: "a 1.0 ; sys_platform == 'linux'", one a line.
std::string str(const resolve::Solution& solution, pep::MarkerSpace& space);

} // namespace pawl::scenarios
