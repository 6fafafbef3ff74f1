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

/// Refuses two members of one name, names that differ by case only, and a file that is also a
/// directory (of the same or of another member).
Result<> check_member_names(std::span<const MemberName> names);

} // namespace pawl::archive
