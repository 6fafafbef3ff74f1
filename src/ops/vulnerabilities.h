#pragma once
// What is known to be wrong with releases: read from a file (OSV records, or PyPI's JSON), or from
// the JSON that an index has beside its pages.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pep/name.h"
#include "pep/version.h"

namespace pawl::ops {

struct Vulnerability {
    std::string id; ///< "PYSEC-2024-1", "GHSA-…"
    std::vector<std::string> aliases;
    std::string summary;
    std::vector<std::string> fixed_in; ///< versions, as written
};

/// Which releases of a project have it.
struct AffectedRange {
    std::optional<pep::Version> introduced;    ///< absent: from the first release on
    std::optional<pep::Version> fixed;         ///< from here on no longer
    std::optional<pep::Version> last_affected; ///< behind it no longer
};
struct Advisory {
    pep::Name project = pep::Name::of("x");
    std::vector<pep::Version> versions;
    std::vector<AffectedRange> ranges;
    Vulnerability vulnerability;
    bool affects(const pep::Version& version) const;
};

/// An OSV record, a list of them, {"vulns": […]}, or PyPI's JSON of one release. What was withdrawn
/// and what is of another ecosystem is left out. Kind::input for anything else.
Result<std::vector<Advisory>> parse_advisories(std::string_view text);

} // namespace pawl::ops
