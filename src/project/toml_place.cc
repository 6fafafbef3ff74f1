#include "project/toml_place.h"

#include <algorithm>

#include "base/text.h"

namespace pawl::project {

TomlPlaces::TomlPlaces(std::string_view file) : file_(printable(file)) {}

std::string TomlPlaces::at(uint32_t line) const {
    return file_ + ":" + std::to_string(line);
}

std::string TomlPlaces::at(const text::TomlNode& node) const {
    return at(node.place().line);
}

tl::unexpected<Error> TomlPlaces::error(const text::TomlNode& node, std::string_view what) const {
    return fail(Error::Kind::input, at(node) + ": " + std::string(what));
}

Error TomlPlaces::relocated(Error&& error) const {
    std::string_view rest = error.message;
    if (!rest.starts_with("line ")) {
        return std::move(error).in(file_);
    }
    rest.remove_prefix(5);
    size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    std::string place = file_ + ":" + std::string(rest.substr(0, digits));
    rest.remove_prefix(digits);
    if (rest.starts_with(", column ")) {
        rest.remove_prefix(9);
        digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
        place += ":" + std::string(rest.substr(0, digits));
        rest.remove_prefix(digits);
    }
    error.message = place + std::string(rest);
    return std::move(error);
}

} // namespace pawl::project
