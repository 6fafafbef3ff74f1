#pragma once
// Where the shared objects of a wheel look for others, and whether that is within the wheel.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace pawl::wheel {

/// The directories that an ELF file tells Linux's loader to look in, as they are written there:
/// DT_RPATH and DT_RUNPATH, cut at colons, and the directories of names with a slash in DT_NEEDED
/// and its like. Empty for what is no ELF file, which that loader never opens; nothing for one that
/// cannot be followed.
std::optional<std::vector<std::string>> library_search_paths(std::string_view bytes);

/// Whether one such directory, told by the file `path` of a wheel, is a directory of the wheel
/// itself wherever the wheel is, or has nothing to do with where it is ("/usr/lib"). `directories`
/// are all that the wheel has.
bool stays_inside(std::string_view path, std::string_view search_path,
                  const std::set<std::string_view>& directories);

} // namespace pawl::wheel
