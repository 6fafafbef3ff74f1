// From bytes to logical lines, as pip does it, without the places where pip and other readers see
// different lines: those are refused.
//
// pip splits with Python's splitlines(), which also ends a line at vertical tabs, form feeds, the
// separators U+001C to U+001E, U+0085, U+2028 and U+2029. A reviewer's editor does not: an option
// behind such a character looks like the tail of a comment and is none.

#include "project/requirement_lines.h"

#include <algorithm>

#include "base/text.h"
#include "text/utf8.h"

namespace pawl::project {

namespace {

constexpr size_t logical_line_bytes_max = size_t{1} << 20;

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/// UTF-16 with a byte order mark, as the redirections of a Windows shell write it.
Result<std::string> from_utf16(std::string_view bytes, bool is_big_endian) {
    if (bytes.size() % 2 != 0) {
        return fail(Error::Kind::input, "is UTF-16 with half a character at its end");
    }
    auto unit = [&](size_t at) {
        auto high = static_cast<unsigned char>(bytes[at + (is_big_endian ? 0 : 1)]);
        auto low = static_cast<unsigned char>(bytes[at + (is_big_endian ? 1 : 0)]);
        return static_cast<uint32_t>(high << 8 | low);
    };
    std::string text;
    for (size_t at = 2; at < bytes.size(); at += 2) {
        uint32_t code_point = unit(at);
        if (code_point >= 0xD800 && code_point < 0xE000) {
            bool has_pair = code_point < 0xDC00 && at + 2 < bytes.size() &&
                            unit(at + 2) >= 0xDC00 && unit(at + 2) < 0xE000;
            if (!has_pair) {
                return fail(Error::Kind::input, "is UTF-16 with half of a pair");
            }
            at += 2;
            code_point = 0x10000 + ((code_point - 0xD800) << 10) + (unit(at) - 0xDC00);
        }
        text::utf8_append(text, code_point);
    }
    return text;
}

Result<std::string> decode(std::string_view bytes) {
    if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
        return from_utf16(bytes, bytes.front() == '\xFE');
    }
    if (bytes.starts_with("\xEF\xBB\xBF")) {
        bytes.remove_prefix(3);
    }
    size_t wrong = text::utf8_error(bytes);
    if (wrong != bytes.size()) {
        auto line = std::ranges::count(bytes.substr(0, wrong), '\n') + 1;
        return fail(
            Error{Error::Kind::input, std::to_string(line) + ": the file is not UTF-8"}.hint(
                "save it as UTF-8"));
    }
    return std::string(bytes);
}

/// "" or what the line holds that other readers take for something else than we do.
std::string_view forbidden_in(std::string_view line) {
    for (size_t at = 0; at < line.size(); ++at) {
        auto byte = static_cast<unsigned char>(line[at]);
        if (byte == '\r') {
            return "a carriage return";
        }
        if ((byte < 0x20 && byte != '\t') || byte == 0x7F) {
            return "a control character";
        }
        std::string_view rest = line.substr(at);
        if (rest.starts_with("\xC2\x85") || rest.starts_with("\xE2\x80\xA8") ||
            rest.starts_with("\xE2\x80\xA9")) {
            return "a line separator (U+0085, U+2028 or U+2029)";
        }
    }
    return "";
}

/// Where a comment begins: "#" at the line's start or behind a blank; npos when there is none.
size_t comment_begin(std::string_view line) {
    for (size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
        if (at == 0 || is_blank(line[at - 1])) {
            return at;
        }
    }
    return std::string_view::npos;
}

tl::unexpected<Error> at_line(uint32_t line, std::string what) {
    return fail(Error::Kind::input, std::to_string(line) + ": " + std::move(what));
}

/// Joins what backslashes continue, and takes comments away.
class LineJoiner {
  public:
    Result<> add(uint32_t number, std::string_view line) {
        std::string_view forbidden = forbidden_in(line);
        if (!forbidden.empty()) {
            return at_line(number, "the line holds " + std::string(forbidden) +
                                       ", which some readers take for the line's end");
        }
        size_t comment = comment_begin(line);
        bool continues = line.ends_with('\\');
        bool is_comment =
            comment != std::string_view::npos && trim(line.substr(0, comment)).empty();
        if (continues && comment != std::string_view::npos && !is_comment) {
            // pip takes the next line into the comment, others do not.
            return fail(Error{Error::Kind::input,
                              std::to_string(number) + ": a comment ends in a backslash"}
                            .hint("take the backslash away"));
        }
        if (text_.empty() && !is_open_) {
            first_line_ = number;
        }
        if (continues && !is_comment) {
            line.remove_suffix(1);
            is_open_ = true;
            text_ += line;
            return text_.size() > logical_line_bytes_max
                       ? Result<>(at_line(first_line_, "the line is too long"))
                       : Result<>();
        }
        text_ += line.substr(0, comment); // npos: all of it
        return end();
    }

    Result<std::vector<LogicalLine>> take() {
        TRY(end());
        return std::move(lines_);
    }

  private:
    Result<> end() {
        if (text_.size() > logical_line_bytes_max) {
            return at_line(first_line_, "the line is too long");
        }
        std::string_view text = trim(text_);
        if (!text.empty()) {
            lines_.push_back({first_line_, std::string(text)});
        }
        text_.clear();
        is_open_ = false;
        return {};
    }

    std::vector<LogicalLine> lines_;
    std::string text_; // of the line that is being joined
    uint32_t first_line_ = 1;
    bool is_open_ = false; // a backslash was met
};

bool is_variable_character(char c) {
    return is_upper(c) || is_digit(c) || c == '_';
}

} // namespace

Result<std::vector<LogicalLine>> split_requirement_lines(std::string_view bytes) {
    std::string text = TRY(decode(bytes));
    LineJoiner joiner;
    uint32_t number = 0;
    for (std::string_view line : split_lines(text)) {
        TRY(joiner.add(++number, line));
    }
    return joiner.take();
}

LineParts split_line(std::string_view text) {
    bool after_blank = true;
    for (size_t at = 0; at < text.size(); ++at) {
        if (after_blank && text[at] == '-') {
            return {trim(text.substr(0, at)), trim(text.substr(at))};
        }
        after_blank = is_blank(text[at]);
    }
    return {trim(text), {}};
}

Result<std::vector<std::string>> split_words(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    char quote = 0;
    for (size_t at = 0; at < text.size(); ++at) {
        char c = text[at];
        if (quote == 0 && is_blank(c)) {
            if (in_word) {
                words.push_back(std::move(word));
            }
            word.clear();
            in_word = false;
            continue;
        }
        in_word = true;
        if (quote != 0 && c == quote) {
            quote = 0;
        } else if (quote == 0 && (c == '"' || c == '\'')) {
            quote = c;
        } else if (c == '\\' && quote != '\'') {
            if (at + 1 == text.size()) {
                return fail(Error::Kind::input, "nothing follows the last backslash");
            }
            // Between double quotes a backslash is only special before these two.
            char next = text[at + 1];
            bool escapes = quote == 0 || next == '"' || next == '\\';
            word += escapes ? next : c;
            at += escapes ? 1 : 0;
        } else {
            word += c;
        }
    }
    if (quote != 0) {
        return fail(Error::Kind::input, std::string("a ") + quote + " is never closed");
    }
    if (in_word) {
        words.push_back(std::move(word));
    }
    return words;
}

Result<Expanded> expand_variables(std::string_view text, const VariableLookup& variable) {
    Expanded expanded;
    size_t done = 0;
    for (size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
        size_t end = at + 2;
        while (end < text.size() && is_variable_character(text[end])) {
            ++end;
        }
        if (end == at + 2 || end == text.size() || text[end] != '}') {
            continue;
        }
        std::string name(text.substr(at + 2, end - at - 2));
        std::optional<std::string> value = variable ? variable(name) : std::nullopt;
        if (!value || value->empty()) {
            expanded.unset.push_back(std::move(name));
            continue;
        }
        bool is_clean = std::ranges::none_of(*value, [](char c) {
            auto byte = static_cast<unsigned char>(c);
            return byte < 0x20 || byte == 0x7F;
        });
        if (!is_clean || !is_utf8(*value)) {
            return fail(Error::Kind::input, "the value of the environment variable " + name +
                                                " holds a line end or another control character");
        }
        expanded.text.append(text.substr(done, at - done)).append(*value);
        expanded.has_values = true;
        done = end + 1;
    }
    expanded.text += text.substr(done);
    return expanded;
}

/// How many bytes behind "://" are a user's name and password: up to the "@". Of a broken URL more
/// is hidden rather than less, since a password may hold any character.
static size_t credentials_length(std::string_view rest) {
    std::string_view word = rest.substr(0, rest.find_first_of(" \t\""));
    std::string_view host = word.substr(0, word.find_first_of("/?#"));
    size_t at = host.rfind('@');
    if (at != std::string_view::npos) {
        return at;
    }
    std::optional<Halves> port = split_once(host, ':');
    bool is_port = port && (port->after.empty() || parse_unsigned(port->after));
    at = word.rfind('@');
    return port && !is_port && at != std::string_view::npos ? at : 0; // "user:pass/word@host"
}

std::string without_credentials(std::string_view text) {
    constexpr std::string_view slashes = "://";
    std::string clean;
    while (!text.empty()) {
        size_t found = text.find(slashes);
        size_t begin = found == std::string_view::npos ? text.size() : found + slashes.size();
        clean += text.substr(0, begin);
        // ssh's user is a part of the address, and it has no password there.
        bool is_ssh = text.substr(0, found).ends_with("ssh");
        text.remove_prefix(begin);
        size_t length = credentials_length(text);
        if (length > 0 && !(is_ssh && text.substr(0, length).find(':') == text.npos)) {
            clean += "****";
            text.remove_prefix(length);
        }
    }
    return clean;
}

} // namespace pawl::project
