#pragma once
// Markers, requirements and wheel tags as the judge reads them: texts evaluated for one machine,
// without the algebra (or anything else) of src/pep.

#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "test/scenarios/plain_version.h"

namespace pawl::scenarios {

/// A machine, and what is asked for on it.
struct PlainPoint {
    static constexpr std::array<std::string_view, 11> variables = {"os_name",
                                                                   "sys_platform",
                                                                   "platform_system",
                                                                   "platform_machine",
                                                                   "platform_release",
                                                                   "platform_version",
                                                                   "python_version",
                                                                   "python_full_version",
                                                                   "platform_python_implementation",
                                                                   "implementation_name",
                                                                   "implementation_version"};
    std::array<std::string, 11> values;
    std::array<std::optional<PlainVersion>, 11> versions; ///< of those that are versions
    std::string extra;
    std::set<std::string> extras, groups;

    const std::string& value(std::string_view variable) const;
    void set(std::string_view variable, std::string value);
    const PlainVersion& python() const { return *versions[7]; }
    /// "linux x86_64 cpython 3.12.1 +extra"
    std::string str() const;
};

class PlainMarker {
  public:
    /// Nothing when it cannot be read. "" holds everywhere.
    static std::optional<PlainMarker> parse(std::string_view text);
    bool holds(const PlainPoint& point) const;
    /// Whether it asks for `extra`, the variable of metadata; with a name: for that one.
    bool mentions_extra(std::string_view name = "") const;

  private:
    friend class PlainMarkerReader;
    struct Side {
        int variable = -1; ///< index, or one of those below
        std::string literal;
    };
    struct Node {
        enum class Kind : unsigned char { comparison, both, either };
        Kind kind = Kind::comparison;
        std::string op;
        Side left, right;
        std::optional<PlainClause> clause; ///< when it compares versions
        size_t first = 0, second = 0;      ///< of `both` and `either`
    };
    bool holds(size_t node, const PlainPoint& point) const;
    bool compare(const Node& node, const PlainPoint& point) const;

    std::vector<Node> nodes_; ///< the last is the whole; children stand before
};

struct PlainNeed {
    std::string name;
    std::vector<std::string> extras;
    std::vector<PlainClause> clauses;
    std::string url;
    PlainMarker marker;
    std::string text; ///< as written

    static std::optional<PlainNeed> parse(std::string_view text);
    bool is_exact() const; ///< one "==" or "===", or an address
    bool names_prerelease() const;
};

/// Whether a wheel with this tag ("cp312-abi3-manylinux_2_17_x86_64", also compressed) fits some
/// installation that a marker cannot tell from this one.
bool plain_tag_fits(std::string_view tag, const PlainPoint& point);

} // namespace pawl::scenarios
