#pragma once
// The tree of one unpacked wheel as it lies on the disk: modes, times, what is added to it later
// (bytecode), and whether it is still what the manifest says. For the .cc files of this room.
//
// All files and directories of an entry have one time of modification, made from the wheel's hash.
// Whoever writes to a file or puts one beside it changes such a time, so a stat of each shows what
// was touched, whatever its modes and whoever did it; only then is anything hashed. A disk that
// rots changes no time: that is what `pawl cache verify` is for.

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/wheel_entry.h"

namespace pawl::store {

/// In each entry: the text of its WheelManifest.
constexpr std::string_view manifest_name = "manifest";

/// Gives all files their mode and time.
Result<> stamp_files(const std::string& files, std::string_view sha256);
/// Gives all directories below and with `files` their mode and time.
Result<> close_tree(const std::string& files, std::string_view sha256);
/// The same by the list: for a tree that nobody else has seen.
Result<> close_directories(const std::string& files, const WheelManifest& manifest,
                           std::string_view sha256);
/// Lets files be added.
Result<> open_tree(const std::string& files);

/// Removes what is no part of the wheel: bytecode and its marks.
Result<> remove_additions(const WheelEntry& entry);

/// Writes a mark that names all additions of this moment which no other mark names, with their
/// hashes.
Result<> write_mark(const WheelEntry& entry, std::string_view mark);

/// Additions against their marks: Kind::integrity for the first that is missing or different.
/// `unmarked` gets the number of those that no mark names.
Result<> verify_additions(const WheelEntry& entry, uint64_t& unmarked);

/// Device and inode.
using FileIdentity = std::pair<uint64_t, uint64_t>;
/// As verify_wheel(); the files that have several names are put into `shared`.
Result<> verify_tree(const WheelEntry& entry, std::set<FileIdentity>* shared);

} // namespace pawl::store
