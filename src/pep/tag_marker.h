#pragma once
// Where a wheel's tags can be installed, as a set of environments: the resolver's view of "this
// release has no wheel for that platform".

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "pep/marker_space.h"
#include "pep/tag.h"

namespace pawl::pep {

/// The environments in which at least one of a wheel's tags can fit. Markers know less than tags
/// (nothing of glibc's version, of macOS's, of free threading), so this is the widest set: outside
/// of it the wheel certainly does not fit.
///
/// Each text is worked out once: the pages of a resolution repeat some hundred of them a thousand
/// times. For one thread, as the MarkerSpace.
class TagEnvironments {
  public:
    explicit TagEnvironments(MarkerSpace& space) : space_(space) {}

    /// "py2.py3-none-any", as it stands in a file name; never for what is no tag.
    MarkerId of(std::string_view tags);
    MarkerId of(std::span<const Tag> tags);

  private:
    struct Hash {
        using is_transparent = void;
        size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };
    using Memory = std::unordered_map<std::string, MarkerId, Hash, std::equal_to<>>;

    MarkerId pythons_of(const std::string& python, const std::string& abi);
    MarkerId platform(const std::string& platform);
    MarkerId work_out(std::string_view tags);

    MarkerSpace& space_;
    Memory known_;     ///< by the whole text
    Memory pythons_;   ///< by "cp312-abi3"
    Memory platforms_; ///< by "win_amd64"
};

} // namespace pawl::pep
