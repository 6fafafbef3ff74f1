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

/// "script" of "# /// script"; "" when the line opens nothing.
std::string_view opened_type(std::string_view line) {
    constexpr std::string_view opening = "# /// ";
    if (!line.starts_with(opening)) {
        return {};
    }
    const std::string_view type = line.substr(opening.size());
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
    line.end = std::min(text.find_first_of("\r\n", begin), text.size());
    line.next = line.end;
    if (line.next < text.size()) {
        line.next += text.substr(line.next).starts_with("\r\n") ? size_t{2} : size_t{1};
    }
    return line;
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

std::vector<Block> find_blocks(std::string_view text, std::vector<UnclosedBlock>* unclosed) {
    std::vector<Block> blocks;
    uint32_t number = 0;
    for (size_t at = text_begin(text); at < text.size();) {
        const Line opening = line_at(text, at);
        ++number;
        at = opening.next;
        const std::string_view type = opened_type(text.substr(opening.begin, opening.size()));
        if (type.empty()) {
            continue;
        }
        Block block{.type = std::string(type),
                    .begin = opening.begin,
                    .end = 0,
                    .content_begin = opening.next,
                    .content_end = 0,
                    .line = number,
                    .content_line = number + 1,
                    .content = {}};
        uint32_t closing_number = 0;
        uint32_t line_number = number;
        for (size_t next = opening.next; next < text.size();) {
            const Line line = line_at(text, next);
            const std::string_view content = text.substr(line.begin, line.size());
            ++line_number;
            if (!is_content(content)) {
                break;
            }
            if (content == "# ///" && line.begin > opening.next) {
                block.content_end = line.begin;
                block.end = line.next;
                closing_number = line_number;
            }
            next = line.next;
        }
        if (block.end == 0) {
            if (unclosed != nullptr) {
                unclosed->push_back({block.type, block.line, block.begin});
            }
            continue;
        }
        for (size_t next = block.content_begin; next < block.content_end;) {
            const Line line = line_at(text, next);
            block.content += uncomment(text.substr(line.begin, line.size()));
            block.content += '\n';
            next = line.next;
        }
        at = block.end;
        number = closing_number;
        blocks.push_back(std::move(block));
    }
    return blocks;
}

} // namespace pawl::script
