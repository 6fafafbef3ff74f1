#pragma once
// Lines of a script as bytes, and the comment blocks in them. Private to the room: others see
// inline_metadata.h and lock_block.h.

#include <string_view>

#include "script/inline_metadata.h"

namespace pawl::script {

struct Line {
    size_t begin = 0, end = 0; ///< without the line's ending
    size_t next = 0;           ///< where the next line begins
    size_t size() const { return end - begin; }
};
Line line_at(std::string_view text, size_t begin);

/// The line of a byte offset, from 1, with all three kinds of line endings.
uint32_t line_number(std::string_view text, size_t offset);
bool begins_line(std::string_view text, size_t offset);
/// As std::string_view::find, for a mark that begins with "# ///": by its slash, which is rare in
/// Python, so that memchr passes over whole files in a few microseconds.
size_t find_mark(std::string_view text, std::string_view mark, size_t from);

/// Behind the BOM, if there is one.
size_t text_begin(std::string_view text);

/// A content line without its "# " or "#".
std::string_view uncomment(std::string_view line);

/// "\r\n" when the first line ends so, else "\n".
std::string_view newline_of(std::string_view text);

/// Whether the offset is within a string literal; for deciding whether something that looks like a
/// broken block is only quoted.
bool is_inside_string(std::string_view text, size_t offset);

} // namespace pawl::script
