#pragma once
// Dependency groups (PEP 735, packaging.python.org "Dependency Groups"): the table
// [dependency-groups] of pyproject.toml, with includes.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pep/requirement.h"

namespace pawl::pep {

/// One element of a group's list, as read from TOML.
struct DependencyGroupItem {
    enum class Kind : unsigned char {
        requirement, ///< `text` is a requirement
        include,     ///< `text` is another group's name
        invalid,     ///< neither a string nor {include-group = "…"}; `text` says what it is
    };
    Kind kind = Kind::requirement;
    std::string text;
};

struct DependencyGroup {
    std::string name; ///< as written
    std::vector<DependencyGroupItem> items;
    /// What the value is, when it is no list: asking for the group is then an error.
    std::string problem = {};
};

/// Groups by normal name. A value; any number of threads may read one.
class DependencyGroups {
  public:
    DependencyGroups() = default;
    /// Two names that are equal when normalised are an error. What the lists hold is looked at only
    /// when a group is asked for.
    static Result<DependencyGroups> create(std::vector<DependencyGroup> groups);

    /// Normal names, sorted.
    std::vector<std::string> names() const;
    bool contains(std::string_view name) const;
    /// The group's requirements in order, included ones in their place, repetitions and all. Errors
    /// name the group: unknown, cyclic, a requirement that cannot be read.
    Result<std::vector<Requirement>> resolve(std::string_view name) const;

  private:
    std::map<std::string, DependencyGroup, std::less<>> groups_;
};

} // namespace pawl::pep
