// From a file's bytes to the text that Python sees: BOM, encoding declaration (PEP 263), line
// endings. CPython turns "\r\n" and "\r" into "\n" before it counts lines and columns; so do we.

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "script/characters.h"
#include "script/scanner.h"

namespace pawl::script {
namespace {

constexpr std::string_view utf8_bom = "\xef\xbb\xbf";
constexpr size_t encoding_name_bytes_max = 64;

/// "name:line:column" of what follows `before`; the column in characters, as far as they are UTF-8.
std::string place(std::string_view name, std::string_view before) {
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::string_view begin = before.substr(before.rfind('\n') + 1); // npos + 1 is 0
    const auto column = std::ranges::count_if(
        begin, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; });
    return printable(name) + ":" + std::to_string(line) + ":" + std::to_string(column + 1);
}

/// The encoding that a comment line declares, in lower case with "-" for "_"; "" when it has none.
std::string declared_in(std::string_view line) {
    const size_t hash = line.find_first_not_of(" \t\f");
    if (hash == std::string_view::npos || line[hash] != '#') {
        return {};
    }
    for (size_t at = line.find("coding", hash); at != std::string_view::npos;
         at = line.find("coding", at + 1)) {
        size_t value = at + 6;
        if (value >= line.size() || (line[value] != ':' && line[value] != '=')) {
            continue;
        }
        ++value;
        while (value < line.size() && (line[value] == ' ' || line[value] == '\t')) {
            ++value;
        }
        size_t end = value;
        while (end < line.size() &&
               (is_alnum(line[end]) || line[end] == '-' || line[end] == '_' || line[end] == '.')) {
            ++end;
        }
        if (end > value) {
            return replace_all(to_lower(line.substr(value, end - value)), "_", "-");
        }
    }
    return {};
}

bool is_blank_or_comment(std::string_view line) {
    const size_t first = line.find_first_not_of(" \t\f");
    return first == std::string_view::npos || line[first] == '#' || line[first] == '\r';
}

/// Looks at the first two lines; at the second only when the first has no code.
std::string declared_encoding(std::string_view text) {
    std::string_view rest = text;
    for (int line_number = 0; line_number < 2; ++line_number) {
        const size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
        const std::string_view line = rest.substr(0, end);
        std::string encoding = declared_in(line);
        if (!encoding.empty() || !is_blank_or_comment(line)) {
            return encoding;
        }
        const bool is_pair = rest.substr(end).starts_with("\r\n");
        rest.remove_prefix(std::min(rest.size(), end + (is_pair ? 2 : 1)));
    }
    return {};
}

bool begins_with_or_is(std::string_view encoding, std::string_view name) {
    return encoding == name || (encoding.starts_with(name) && encoding[name.size()] == '-');
}

bool is_utf8_name(std::string_view encoding) {
    return encoding.empty() || encoding == "utf8" || begins_with_or_is(encoding, "utf-8") ||
           encoding == "u8";
}

bool is_latin1_name(std::string_view encoding) {
    return begins_with_or_is(encoding, "latin-1") || begins_with_or_is(encoding, "iso-8859-1") ||
           begins_with_or_is(encoding, "iso-latin-1") || encoding == "latin1" ||
           encoding == "iso8859-1" || encoding == "l1";
}

std::string from_latin1(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size() + bytes.size() / 8);
    for (const char c : bytes) {
        const unsigned char byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            text += c;
        } else {
            text += static_cast<char>(0xc0 | (byte >> 6));
            text += static_cast<char>(0x80 | (byte & 0x3f));
        }
    }
    return text;
}

/// Python's names of encodings that iconv calls otherwise.
std::string iconv_name(std::string_view encoding) {
    struct Alias {
        std::string_view python, iconv;
    };
    static constexpr Alias aliases[] = {
        {"shift-jis", "SHIFT_JIS"},
        {"sjis", "SHIFT_JIS"},
        {"euc-jis-2004", "EUC-JISX0213"},
        {"euckr", "EUC-KR"},
        {"eucjp", "EUC-JP"},
        {"mac-roman", "MACINTOSH"},
        {"ujis", "EUC-JP"},
        {"macroman", "MACINTOSH"},
        {"tis-620", "TIS-620"},
        {"hz", "HZ"},
        {"hz-gb-2312", "HZ"},
    };
    for (const Alias& alias : aliases) {
        if (alias.python == encoding) {
            return std::string(alias.iconv);
        }
    }
    std::string name(encoding);
    if (name.starts_with("windows-")) {
        name.replace(0, 8, "cp");
    }
    return name;
}

struct Converter {
    explicit Converter(const std::string& encoding)
        : handle(iconv_open("UTF-8", encoding.c_str())) {}
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;
    ~Converter() {
        if (is_open()) {
            iconv_close(handle);
        }
    }
    bool is_open() const { return handle != reinterpret_cast<iconv_t>(-1); }
    iconv_t handle;
};

Result<std::string> convert(std::string_view bytes, const std::string& encoding,
                            std::string_view name) {
    const Converter converter(iconv_name(encoding));
    // Only supersets of ASCII can declare themselves; the others would not be readable up to here.
    const bool is_wide = encoding.starts_with("utf-16") || encoding.starts_with("utf-32") ||
                         encoding.starts_with("ucs") || encoding.starts_with("utf16");
    if (!converter.is_open() || is_wide || encoding.size() > encoding_name_bytes_max) {
        return fail(Error::Kind::input, printable(name) + ":1:1: unknown encoding: " + encoding);
    }
    std::string text(bytes.size() * 4 + 16, '\0'); // no encoding grows by more than that
    char* in = const_cast<char*>(bytes.data());    // iconv reads only, but says otherwise
    size_t in_left = bytes.size();
    char* out = text.data();
    size_t out_left = text.size();
    const size_t lossy = iconv(converter.handle, &in, &in_left, &out, &out_left);
    if (lossy == SIZE_MAX) { // its (size_t)-1
        return fail(Error::Kind::input, place(name, bytes.substr(0, bytes.size() - in_left)) +
                                            ": bytes that are no " + encoding +
                                            ", the encoding that the file declares");
    }
    text.resize(text.size() - out_left);
    return text;
}

/// Every "\r\n" and every "\r" becomes "\n".
void unify_line_endings(std::string& text) {
    if (text.find('\r') == std::string::npos) {
        return;
    }
    size_t out = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '\r') {
            c = '\n';
            i += i + 1 < text.size() && text[i + 1] == '\n' ? size_t{1} : size_t{0};
        }
        text[out++] = c;
    }
    text.resize(out);
}

bool is_ascii(std::string_view bytes) {
    uint64_t all = 0;
    size_t i = 0;
    for (; i + sizeof all <= bytes.size(); i += sizeof all) {
        uint64_t word;
        std::memcpy(&word, bytes.data() + i, sizeof word);
        all |= word;
    }
    for (; i < bytes.size(); ++i) {
        all |= static_cast<unsigned char>(bytes[i]) & 0x80U;
    }
    return (all & 0x8080'8080'8080'8080U) == 0;
}

/// The first byte that is not part of valid UTF-8.
size_t first_bad_byte(std::string_view bytes) {
    size_t good = 0; // by lines, since an error names the line
    while (good < bytes.size()) {
        const size_t end = std::min(bytes.find('\n', good), bytes.size());
        if (!is_utf8(bytes.substr(good, end - good))) {
            size_t at = good;
            size_t length = 1;
            while (at < end) {
                const auto lead = static_cast<unsigned char>(bytes[at]);
                length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
                if (!is_utf8(bytes.substr(at, length))) {
                    break;
                }
                at += length;
            }
            return at;
        }
        good = end + 1;
    }
    return bytes.size();
}

} // namespace

Result<std::string> decode_source(std::string_view bytes, std::string_view name) {
    if (bytes.size() > source_bytes_max) {
        return fail(Error::Kind::input, printable(name) + ": " + format_bytes(bytes.size()) +
                                            " is too large for a script (at most " +
                                            format_bytes(source_bytes_max) + ")");
    }
    if (const void* null = std::memchr(bytes.data(), '\0', bytes.size()); null != nullptr) {
        const auto at = static_cast<size_t>(static_cast<const char*>(null) - bytes.data());
        return fail(Error::Kind::input,
                    place(name, bytes.substr(0, at)) + ": source code cannot contain null bytes");
    }
    const bool has_bom = bytes.starts_with(utf8_bom);
    if (has_bom) {
        bytes.remove_prefix(utf8_bom.size());
    }
    std::string text;
    const std::string encoding = declared_encoding(bytes);
    if (is_utf8_name(encoding) || has_bom) {
        if (has_bom && !encoding.empty() && !begins_with_or_is(encoding, "utf-8")) {
            return fail(Error::Kind::input, printable(name) + ":1:1: encoding problem: " +
                                                encoding + " with a BOM, which means UTF-8");
        }
        if (!is_ascii(bytes) && !is_utf8(bytes)) {
            return fail(
                Error{Error::Kind::input, place(name, bytes.substr(0, first_bad_byte(bytes))) +
                                              ": bytes that are no UTF-8"}
                    .hint("save the file as UTF-8, or declare its encoding in the first "
                          "line: # -*- coding: latin-1 -*-"));
        }
        text.assign(bytes);
    } else if (is_latin1_name(encoding)) {
        text = from_latin1(bytes);
    } else {
        text = TRY(convert(bytes, encoding, name));
    }
    unify_line_endings(text);
    return text;
}

} // namespace pawl::script
