#pragma once
// Why there is no solution, in sentences that a person can act on.

#include <string>
#include <vector>

namespace pawl::resolve {

/// The derivation of one conflict. str() is what the Error of resolve() says.
struct Report {
    std::string region;             ///< the marker in which it fails; "" when everywhere
    std::vector<std::string> steps; ///< with their numbers, which later steps name
    std::string conclusion;         ///< "so the requirements of script.py cannot be met"
    std::vector<std::string> hints;
    bool is_integrity = false; ///< metadata of another project or version is in it

    /// "no solution …:\n  1. Because …\n  2. …\n".
    std::string str() const;
};

} // namespace pawl::resolve
