#pragma once
// archive: zip and tar, bytes in, checked entries out.
//
// For: wheels and sdists (zip_reader.h, tar_reader.h, sdist.h), the members of a remote wheel by
//   ranges (zip_directory.h), wheels that we write (zip_writer.h), files below a new directory
//   (tree_writer.h).
// May use: base.
// Promises: one strict reader per format for every source. What it accepts has one reading only:
//   each byte belongs to exactly one member or end record, each name is there once and is safe
//   below any directory; no links, no devices. What breaks a rule is refused (Kind::refused for
//   danger, Kind::integrity for sums and sizes that disagree), never repaired, never skipped.
//   Budgets hold before memory or disk is spent.
//   The rules are numbered in facts of the project; each has a test in this room.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pawl::archive {

/// How much one archive may cost. The defaults pass every real wheel we know.
struct Limits {
    uint64_t entries_max = 200'000;
    uint64_t total_bytes_max = uint64_t{20} << 30;
    uint64_t ratio_max = 200;                       ///< unpacked over packed, …
    uint64_t ratio_free_bytes = uint64_t{64} << 20; ///< … looked at above this size only
    uint32_t depth_max = 64;                        ///< directories above a file
    /// In front of a zip's first member: a "#!" line, of which its places know.
    uint64_t prefix_bytes = 0;
};

/// One member whose name has passed check_member_path().
struct Entry {
    std::string path; ///< "a/b.py"; a directory has no slash at its end
    bool is_directory = false;
    bool is_executable = false; ///< the only part of an archive's modes that counts
    uint64_t size_bytes = 0;
};

/// Takes bytes; an error ends the reading and is passed on.
using Sink = std::function<Result<>(std::string_view bytes)>;

/// The grammar of member names: UTF-8, no control characters, backslash, drive or leading slash,
/// no part that is empty, "." or "..", parts of at most 255 bytes, at most 1,024 in all.
/// `path` has no slash at its end. Kind::refused.
Result<> check_member_path(std::string_view path, const Limits& limits = {});

} // namespace pawl::archive
