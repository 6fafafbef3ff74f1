// The lock at a script's end. What stands before it must come back byte for byte when it is taken
// out again, whether or not the script's last line had an ending:
//   script ends in a newline:     script + "\n" + block
//   script's last line is open:   script + "\n" + block
//   … and would run into the block, being a comment:   script + "\n \n" + block
// So the separator is "\n \n" when the text before the block ends so, else one line ending. The
// blank line matters: a comment directly above would make the block part of a longer run, and a
// metadata block there would, by the specification, swallow it.

#include "script/lock_block.h"

#include <algorithm>

#include "base/text.h"
#include "script/block.h"

namespace pawl::script {
namespace {

constexpr std::string_view opening = "# /// pylock";
constexpr std::string_view closing = "# ///";
constexpr std::string_view open_comment_separator = "\n \n";

std::string place(std::string_view text, std::string_view name, size_t offset) {
    return printable(name) + ":" + std::to_string(line_number(text, offset)) + ":1";
}

/// The line that ends before `end`; `next` is `end`.
Line line_before(std::string_view text, size_t end) {
    Line line;
    line.next = line.end = end;
    if (line.end > 0 && text[line.end - 1] == '\n') {
        --line.end;
    }
    if (line.end > 0 && text[line.end - 1] == '\r') {
        --line.end;
    }
    const size_t before =
        line.end == 0 ? std::string_view::npos : text.find_last_of("\r\n", line.end - 1);
    line.begin = before == std::string_view::npos ? text_begin(text) : before + 1;
    return line;
}

bool ends_with_closing(std::string_view text) {
    const std::string_view rest = trim_right(text);
    return rest.ends_with(closing) && begins_line(rest, rest.size() - closing.size());
}

/// Offsets of all opening lines that are not merely quoted in a string.
std::vector<size_t> find_openings(std::string_view text) {
    std::vector<size_t> found;
    for (size_t at = find_mark(text, opening, 0); at != std::string_view::npos;
         at = find_mark(text, opening, at + 1)) {
        const Line line = line_at(text, at);
        if (begins_line(text, at) && line.size() == opening.size()) {
            found.push_back(at);
        }
    }
    if (found.size() > 1 || (!found.empty() && !ends_with_closing(text))) {
        // Something is odd: only now is it worth reading the whole file as Python.
        std::erase_if(found, [&](size_t at) { return is_inside_string(text, at); });
    }
    return found;
}

tl::unexpected<Error> damaged(std::string_view text, std::string_view name, size_t at,
                              std::string_view what) {
    return fail(
        Error{Error::Kind::input,
              place(text, name, at) + ": the embedded lock is damaged: " + std::string(what)}
            .hint("restore the block, or delete it and lock again: pawl lock --embed " +
                  printable(name)));
}

} // namespace

Result<std::optional<LockBlock>> find_lock_block(std::string_view text, std::string_view name) {
    const std::vector<size_t> openings = find_openings(text);
    if (openings.empty()) {
        return std::optional<LockBlock>();
    }
    if (openings.size() > 1) {
        return damaged(text, name, openings[1], "there is a second one");
    }
    LockBlock block;
    block.begin = openings[0];
    block.content_begin = line_at(text, block.begin).next;
    for (size_t at = block.content_begin; at < text.size();) {
        const Line line = line_at(text, at);
        const std::string_view content = text.substr(line.begin, line.size());
        if (content == closing) {
            block.content_end = line.begin;
            block.end = line.next;
            break;
        }
        if (content != "#" && !content.starts_with("# ")) {
            return damaged(text, name, line.begin, "this line is not part of a comment block");
        }
        at = line.next;
    }
    if (block.end == 0) {
        return damaged(text, name, block.begin, "it has no closing line \"# ///\"");
    }
    if (block.content_begin == block.content_end) {
        return damaged(text, name, block.begin, "it is empty");
    }
    for (size_t at = block.end; at < text.size();) {
        const Line line = line_at(text, at);
        if (!trim(text.substr(line.begin, line.size())).empty()) {
            return damaged(text, name, line.begin,
                           "something follows it, and it must be the script's end");
        }
        at = line.next;
    }
    return std::optional<LockBlock>(block);
}

std::string lock_block_content(std::string_view text, const LockBlock& block) {
    std::string content;
    content.reserve(block.content_end - block.content_begin);
    for (size_t at = block.content_begin; at < block.content_end;) {
        const Line line = line_at(text, at);
        content += uncomment(text.substr(line.begin, line.size()));
        content += '\n';
        at = line.next;
    }
    return content;
}

Result<std::string> remove_lock_block(std::string_view text, std::string_view name) {
    const std::optional<LockBlock> block = TRY(find_lock_block(text, name));
    if (!block) {
        return std::string(text);
    }
    std::string_view before = text.substr(0, block->begin);
    const std::string_view newline = newline_of(text.substr(block->begin));
    if (before.ends_with(open_comment_separator)) {
        before.remove_suffix(open_comment_separator.size());
    } else if (before.ends_with(newline)) {
        before.remove_suffix(newline.size());
    } else if (before.ends_with('\n') || before.ends_with('\r')) {
        before.remove_suffix(1);
    }
    return std::string(before);
}

Result<std::string> set_lock_block(std::string_view text, std::string_view name,
                                   std::string_view lock) {
    std::string result = TRY(remove_lock_block(text, name));
    const std::string_view newline = newline_of(result);
    const bool is_open =
        result.size() > text_begin(result) && !result.ends_with('\n') && !result.ends_with('\r');
    const Line last = line_before(result, result.size());
    const bool is_comment = std::string_view(result).substr(last.begin).starts_with("#");
    if (is_open && (is_comment || result.ends_with("\n "))) {
        result += open_comment_separator;
    } else if (result.size() > text_begin(result)) {
        result += newline;
    }
    result += opening;
    result += newline;
    for (const std::string_view line : split_lines(lock)) {
        result += line.empty() ? "#" : "# ";
        result += line;
        result += newline;
    }
    result += closing;
    result += newline;
    return result;
}

} // namespace pawl::script
