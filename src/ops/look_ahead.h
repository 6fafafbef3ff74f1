#pragma once
// What will probably be asked for next, asked for as soon as it can be known. The resolver needs
// one answer to know its next question, so that a cold resolution would wait for the network once
// for every link of the longest chain, with nothing else under way meanwhile. Here each page that
// comes leads at once to the metadata of the releases that its first requirement would choose, the
// newest and, where that is not for all Pythons, those for the others; and each metadata to the
// pages that it names.
//
// It only asks; what is right is decided by the resolver. It has a marker space of its own, since
// answers come in any order and the resolver's space must not depend on it.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "index/client.h"
#include "pep/marker_space.h"
#include "pep/name.h"
#include "pep/version_set.h"

namespace pawl::ops {

struct LookAheadHints {
    /// Where the resolution's answer must hold.
    std::function<pep::MarkerId(pep::MarkerSpace&)> region;
    std::map<pep::Name, std::vector<pep::Version>> preferred; ///< of a lock that is there
    std::map<pep::Name, pep::VersionSet> allowed;             ///< by constraints; absent: all
    std::set<pep::Name> excluded;                             ///< never asked for
    bool is_lowest = false; ///< of all that is allowed, the lowest is chosen
};

/// For the resolver's thread. Never waits.
class LookAhead {
  public:
    LookAhead(index::Client& client, LookAheadHints hints);
    ~LookAhead();

    /// A requirement on a project whose page is asked for and has not come yet.
    void follow(const pep::Name& name, const pep::VersionSet& versions,
                std::span<const pep::Name> extras);
    /// Looks at what has come, and asks for what it leads to.
    void advance();
    /// Whether there is anything to look for.
    bool is_idle() const { return links_.empty(); }

  private:
    struct Link;
    bool step(Link& link);
    std::vector<index::FileId> likely_files(const Link& link);
    bool is_for_all(std::string_view requires_python);
    void follow_requirements(const Link& link, const index::MetadataView& metadata);
    void add_link(const pep::Name& name, const pep::VersionSet& versions, std::string extra);
    bool is_possible(std::string_view marker);
    pep::MarkerId region();

    index::Client& client_;
    LookAheadHints hints_;
    pep::MarkerSpace space_;
    std::optional<pep::MarkerId> region_;
    std::unordered_map<std::string, bool> possible_;           ///< by a marker's text
    std::unordered_map<std::string, bool> for_all_;            ///< by a requires-python's text
    std::set<std::pair<index::ProjectId, std::string>> known_; ///< project and extra
    std::vector<Link> links_;
};

} // namespace pawl::ops
