#pragma once
// Small worlds for exhaustive tests: every version of a small alphabet.

#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "pep/version.h"

namespace pawl::pep {

inline Version version_of(std::string_view text) {
    Result<Version> version = Version::parse(text);
    check(version.has_value());
    return std::move(*version);
}

/// All releases of up to `length` numbers, each below `numbers`: "0", "1", "0.0", "0.1", …
inline std::vector<std::string> all_releases(size_t length, uint64_t numbers) {
    std::vector<std::string> releases;
    for (uint64_t number = 0; number < numbers; ++number) {
        releases.push_back(std::to_string(number));
    }
    size_t first = 0;
    for (size_t count = 2; count <= length; ++count) {
        size_t end = releases.size();
        for (; first < end; ++first) {
            for (uint64_t number = 0; number < numbers; ++number) {
                releases.push_back(releases[first] + "." + std::to_string(number));
            }
        }
    }
    return releases;
}

inline const std::vector<std::string_view>& all_suffixes() {
    static const std::vector<std::string_view> suffixes = {
        "",         ".dev0",         ".dev1",       "a0",      "a0.dev0",    "a0.dev1", "a0.post0",
        "a0.post1", "a0.post0.dev0", "a1",          "a1.dev0", "b0",         "rc1",     "rc1.post1",
        ".post0",   ".post0.dev0",   ".post0.dev1", ".post1",  ".post1.dev0"};
    return suffixes;
}

/// Each release with each suffix and each local part.
inline std::vector<Version> all_versions(const std::vector<std::string>& releases,
                                         const std::vector<std::string_view>& locals) {
    std::vector<Version> versions;
    for (const std::string& release : releases) {
        for (std::string_view suffix : all_suffixes()) {
            for (std::string_view local : locals) {
                versions.push_back(version_of(release + std::string(suffix) + std::string(local)));
            }
        }
    }
    return versions;
}

} // namespace pawl::pep
