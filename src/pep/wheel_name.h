#pragma once
// File names of wheels and sdists (packaging.python.org "Binary distribution format", "Source
// distribution format"). Values.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pep/name.h"
#include "pep/tag.h"
#include "pep/version.h"

namespace pawl::pep {

/// "1", "2abc": the number first, then the rest as text; none is before all.
struct BuildTag {
    uint64_t number = 0;
    std::string suffix;
    auto operator<=>(const BuildTag&) const = default;
};

struct WheelName {
    Name name;
    Version version;
    std::optional<BuildTag> build;
    std::vector<Tag> tags; ///< all combinations

    static Result<WheelName> parse(std::string_view file_name);
};

/// A wheel's file name taken apart, its name not yet held against the rules for project names: the
/// format of the file name itself allows more ("é", "_").
struct WheelNameParts {
    std::string_view name; ///< as written, a view into the file name
    Version version;
    std::optional<BuildTag> build;
    std::vector<Tag> tags;

    static Result<WheelNameParts> parse(std::string_view file_name);
};

struct SdistName {
    Name name;
    Version version;

    /// ".tar.gz" and ".zip".
    static Result<SdistName> parse(std::string_view file_name);
    /// For old file names whose split is unclear ("a-b-1.0.tar.gz"): the project is known.
    static Result<SdistName> parse_for(std::string_view file_name, const Name& project);
};

/// As WheelNameParts.
struct SdistNameParts {
    std::string_view name;
    Version version;

    static Result<SdistNameParts> parse(std::string_view file_name);
};

} // namespace pawl::pep
