#pragma once
// Names of members against each other: which of them could become one file somewhere.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive/archive.h"

namespace pawl::archive {

/// The path as a file system that ignores case sees it (Unicode simple case folding).
std::string fold_case(std::string_view path);

struct MemberName {
    std::string_view path;
    bool is_directory = false;
};

/// Two names (views into what was given) that are one file where case does not count. Real wheels
/// have some (borb 3.0.9), and on a file system like ours they mean what they say; on another one
/// writing the second fails, since nothing is ever written over.
struct CaseClash {
    std::string_view a, b;
};

/// Refuses two members of one name, and a file that is also a directory (of the same or of another
/// member, case or not). Returns the files that differ by case only.
Result<std::vector<CaseClash>> check_member_names(std::span<const MemberName> names);

} // namespace pawl::archive
