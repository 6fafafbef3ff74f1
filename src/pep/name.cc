#include "pep/name.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace pawl::pep {

static bool is_name_separator(char c) {
    return c == '-' || c == '_' || c == '.';
}

std::string normalize_name(std::string_view text) {
    std::string normal;
    normal.reserve(text.size());
    for (char c : text) {
        if (!is_name_separator(c)) {
            normal += to_lower(c);
        } else if (normal.empty() || normal.back() != '-') {
            normal += '-';
        }
    }
    return normal;
}

bool is_valid_name(std::string_view text) {
    return !text.empty() && is_alnum(text.front()) && is_alnum(text.back()) &&
           std::ranges::all_of(text, [](char c) { return is_alnum(c) || is_name_separator(c); });
}

bool is_normal_name(std::string_view text) {
    for (size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        bool fits = is_lower(c) || is_digit(c) || (c == '-' && i > 0 && text[i - 1] != '-');
        if (!fits) {
            return false;
        }
    }
    return !text.empty() && text.back() != '-';
}

Result<Name> Name::parse(std::string_view text) {
    if (!is_valid_name(text)) {
        std::string message = "\"" + printable(text) + "\" is not a valid name";
        Error error{Error::Kind::input, std::move(message)};
        return fail(
            std::move(error).hint("names are made of ASCII letters, digits, \"-\", \"_\" and "
                                  "\".\", and begin and end with a letter or digit"));
    }
    return Name(normalize_name(text));
}

Name Name::of(std::string_view normal) {
    check(is_normal_name(normal));
    return Name(std::string(normal));
}

} // namespace pawl::pep
