// Character references (HTML standard §13.2.5.72 and following, §13.5 for the names).

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "text/html.h"
#include "text/utf8.h"

namespace pawl::text {

namespace {

struct Entity {
    std::string_view name; // with its semicolon; a few exist without one too
    uint32_t first, second;
};

constexpr Entity entities[] = {
#include "text/html_entities.inc"
};
/// The longest name is "CounterClockwiseContourIntegral;".
constexpr size_t name_length_max = 33;

const Entity* find_entity(std::string_view name) {
    const Entity* found = std::ranges::lower_bound(entities, name, {}, &Entity::name);
    return found != std::end(entities) && found->name == name ? found : nullptr;
}

/// Numbers 0x80 to 0x9f mean what Windows-1252 has there.
constexpr uint32_t windows_1252[] = {
    0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};

/// "#38;" or "#x26": appends the character and returns its length; 0 when it is no reference.
size_t decode_number(std::string_view text, std::string& out) {
    const bool is_hex = text.size() > 1 && (text[1] == 'x' || text[1] == 'X');
    size_t at = is_hex ? 2 : 1;
    const size_t digits_begin = at;
    constexpr uint32_t too_large = 0x110000;
    uint32_t number = 0;
    for (; at < text.size(); ++at) {
        const char c = to_lower(text[at]);
        const bool is_letter = is_hex && c >= 'a' && c <= 'f';
        if (!is_digit(c) && !is_letter) {
            break;
        }
        const auto digit = static_cast<uint32_t>(is_letter ? c - 'a' + 10 : c - '0');
        number = std::min(number * (is_hex ? 16 : 10) + digit, too_large);
    }
    if (at == digits_begin) {
        return 0;
    }
    if (number == 0 || number >= too_large || (number >= 0xd800 && number < 0xe000)) {
        number = 0xfffd;
    } else if (number >= 0x80 && number < 0xa0) {
        number = windows_1252[number - 0x80];
    }
    utf8_append(out, number);
    return at < text.size() && text[at] == ';' ? at + 1 : at;
}

/// "amp;" or, for the old names, "amp": as decode_number().
size_t decode_name(std::string_view text, bool in_attribute, std::string& out) {
    size_t run = 0;
    while (run < std::min(text.size(), name_length_max) && is_alnum(text[run])) {
        ++run;
    }
    const Entity* found = nullptr;
    size_t length = 0;
    if (run < text.size() && text[run] == ';') {
        length = run + 1;
        found = find_entity(text.substr(0, length));
    }
    constexpr size_t old_name_length_max = 6;
    if (found == nullptr) {
        for (length = std::min(run, old_name_length_max); length > 0; --length) {
            found = find_entity(text.substr(0, length));
            if (found != nullptr) {
                break;
            }
        }
        // "?a=1&copy=2" in an attribute is no reference.
        const char behind = found != nullptr && length < text.size() ? text[length] : ' ';
        if (in_attribute && (behind == '=' || is_alnum(behind))) {
            return 0;
        }
    }
    if (found == nullptr) {
        return 0;
    }
    utf8_append(out, found->first);
    if (found->second != 0) {
        utf8_append(out, found->second);
    }
    return length;
}

} // namespace

std::string decode_html(std::string_view text, bool in_attribute) {
    std::string out;
    out.reserve(text.size());
    size_t at = 0;
    while (at < text.size()) {
        const size_t run =
            std::min(text.find_first_of(std::string_view("&\r\0", 3), at), text.size());
        out.append(text, at, run - at);
        at = run;
        if (at == text.size()) {
            break;
        }
        const char c = text[at++];
        if (c == '\r') {
            out.push_back('\n');
            at += at < text.size() && text[at] == '\n' ? 1u : 0u;
        } else if (c == '\0') {
            utf8_append(out, 0xfffd);
        } else {
            const std::string_view rest = text.substr(at);
            const size_t length = rest.starts_with('#') ? decode_number(rest, out)
                                                        : decode_name(rest, in_attribute, out);
            if (length == 0) {
                out.push_back('&');
            }
            at += length;
        }
    }
    return out;
}

} // namespace pawl::text
