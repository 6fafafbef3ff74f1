#pragma once
// The embedded lock: `# /// pylock` … `# ///` at the very end of a script, each line the lock's own
// TOML behind "# " (design §4). Taken out of the comments it is a valid pylock file, byte for byte.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pawl::script {

struct LockBlock {
    size_t begin = 0;         ///< byte offset of the opening line
    size_t end = 0;           ///< behind the closing line's ending, if it has one
    size_t content_begin = 0; ///< of the first content line
    size_t content_end = 0;   ///< of the closing line
};

/// Takes less time than reading the file does, whether there is one or not (bench/README.md).
/// Errors (`name`:line): a block that is cut off, has foreign lines in it, is there twice, or is
/// followed by anything but blank lines.
Result<std::optional<LockBlock>> find_lock_block(std::string_view text, std::string_view name);

/// The lock's own text.
std::string lock_block_content(std::string_view text, const LockBlock& block);

/// The script with this lock at its end, in place of the one that is there. The script's own bytes
/// stay: when its last line has no ending, one is put between and taken away by remove_lock_block.
Result<std::string> set_lock_block(std::string_view text, std::string_view name,
                                   std::string_view lock);

/// The script as it was before the lock was put in.
Result<std::string> remove_lock_block(std::string_view text, std::string_view name);

} // namespace pawl::script
