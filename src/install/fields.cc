#include "install/fields.h"

#include "base/text.h"

namespace pawl::install {

void append_field(std::string& text, std::string_view field) {
    text += std::to_string(field.size());
    text += ':';
    text += field;
}

void append_count(std::string& text, size_t count) {
    append_field(text, std::to_string(count));
}

std::string_view FieldReader::take() {
    std::optional<Halves> halves = split_once(rest_, ':');
    std::optional<uint64_t> size = halves ? parse_unsigned(halves->before) : std::nullopt;
    if (!size || *size > halves->after.size()) {
        is_good_ = false;
        rest_ = {};
        return {};
    }
    rest_ = halves->after.substr(static_cast<size_t>(*size));
    return halves->after.substr(0, static_cast<size_t>(*size));
}

size_t FieldReader::take_count(size_t count_max) {
    std::optional<uint64_t> count = parse_unsigned(take());
    is_good_ = is_good_ && count && *count <= count_max;
    return is_good_ ? static_cast<size_t>(*count) : 0;
}

} // namespace pawl::install
