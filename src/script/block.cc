// Comment blocks, exactly as the specification's regular expression finds them:
//   (?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$
// In words: an opening line; then at least one line that is "#" or begins with "# "; the closing
// line is the *last* "# ///" of that unbroken run, so that a block may hold "# ///" in its content.
// Lines end as Python reads them: "\n", "\r\n" or "\r".

#include <algorithm>

#include "base/text.h"
#include "script/block.h"
#include "script/tokens.h"

namespace pawl::script {
namespace {

constexpr std::string_view utf8_bom = "\xef\xbb\xbf";
constexpr std::string_view opening_mark = "# /// ";

/// "script" of "# /// script"; "" when the line opens nothing.
std::string_view opened_type(std::string_view line) {
    if (!line.starts_with(opening_mark)) {
        return {};
    }
    const std::string_view type = line.substr(opening_mark.size());
    const bool is_type = std::ranges::all_of(type, [](char c) { return is_alnum(c) || c == '-'; });
    return is_type ? type : std::string_view();
}

bool is_content(std::string_view line) {
    return line == "#" || line.starts_with("# ");
}

} // namespace

Line line_at(std::string_view text, size_t begin) {
    Line line;
    line.begin = begin;
    const size_t newline = text.find('\n', begin); // memchr: this is how whole files are walked
    const size_t stop = std::min(newline, text.size());
    const size_t carriage_return = text.substr(begin, stop - begin).find('\r');
    if (carriage_return == std::string_view::npos) {
        line.end = stop;
        line.next = std::min(stop + 1, text.size());
        return line;
    }
    line.end = begin + carriage_return;
    line.next = line.end + (line.end + 1 == newline ? 2 : 1);
    return line;
}

uint32_t line_number(std::string_view text, size_t offset) {
    const std::string_view before = text.substr(0, offset);
    auto lines = std::count(before.begin(), before.end(), '\n') + 1;
    for (size_t at = before.find('\r'); at != std::string_view::npos;
         at = before.find('\r', at + 1)) {
        lines += at + 1 < text.size() && text[at + 1] == '\n' ? 0 : 1;
    }
    return static_cast<uint32_t>(lines);
}

bool begins_line(std::string_view text, size_t offset) {
    return offset == text_begin(text) || text[offset - 1] == '\n' || text[offset - 1] == '\r';
}

size_t find_mark(std::string_view text, std::string_view mark, size_t from) {
    constexpr size_t slash_at = 2; // in every mark
    for (size_t at = from + slash_at; at < text.size(); ++at) {
        at = text.find('/', at);
        if (at == std::string_view::npos) {
            break;
        }
        if (text.substr(at - slash_at).starts_with(mark)) {
            return at - slash_at;
        }
    }
    return std::string_view::npos;
}

size_t text_begin(std::string_view text) {
    return text.starts_with(utf8_bom) ? utf8_bom.size() : 0;
}

std::string_view uncomment(std::string_view line) {
    line.remove_prefix(line.starts_with("# ") ? 2 : 1);
    return line;
}

std::string_view newline_of(std::string_view text) {
    const size_t first = text.find('\n');
    return first != std::string_view::npos && first > 0 && text[first - 1] == '\r' ? "\r\n" : "\n";
}

bool is_inside_string(std::string_view text, size_t offset) {
    const size_t begin = text_begin(text);
    std::string copy(text.substr(begin));
    std::ranges::replace(copy, '\r', '\n'); // offsets stay, and lines do not matter here
    Tokenizer tokens(copy);
    for (Token token = tokens.next(); !token.is(TokenKind::end) && !token.is(TokenKind::error);
         token = tokens.next()) {
        if (token.begin + begin > offset) {
            return false;
        }
        if (token.is(TokenKind::string) && token.end + begin > offset) {
            return true;
        }
    }
    return false;
}

namespace {

/// Reads a block from its opening line; `end` stays 0 when there is no closing line.
Block read_block(std::string_view text, const Line& opening, std::string_view type) {
    Block block;
    block.type = std::string(type);
    block.begin = opening.begin;
    block.content_begin = opening.next;
    block.line = line_number(text, opening.begin);
    block.content_line = block.line + 1;
    for (size_t next = opening.next; next < text.size();) {
        const Line line = line_at(text, next);
        const std::string_view content = text.substr(line.begin, line.size());
        if (!is_content(content)) {
            break;
        }
        if (content == "# ///" && line.begin > opening.next) {
            block.content_end = line.begin;
            block.end = line.next;
        }
        next = line.next;
    }
    for (size_t next = block.content_begin; next < block.content_end;) {
        const Line line = line_at(text, next);
        block.content += uncomment(text.substr(line.begin, line.size()));
        block.content += '\n';
        next = line.next;
    }
    return block;
}

} // namespace

std::vector<Block> find_blocks(std::string_view text, std::vector<UnclosedBlock>* unclosed) {
    std::vector<Block> blocks;
    for (size_t at = find_mark(text, opening_mark, 0); at != std::string_view::npos;) {
        const Line opening = line_at(text, at);
        const std::string_view type = opened_type(text.substr(opening.begin, opening.size()));
        size_t next = opening.next;
        if (begins_line(text, at) && !type.empty()) {
            Block block = read_block(text, opening, type);
            if (block.end != 0) {
                next = block.end;
                blocks.push_back(std::move(block));
            } else if (unclosed != nullptr) {
                unclosed->push_back({block.type, block.line, block.begin});
            }
        }
        at = find_mark(text, opening_mark, next);
    }
    return blocks;
}

} // namespace pawl::script
