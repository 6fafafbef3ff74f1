#pragma once
// The values of TOML that are no strings, arrays or tables, from their text.

#include <string_view>

#include "text/toml.h"

namespace pawl::text {

struct TomlScalar {
    TomlNode::Kind kind = TomlNode::Kind::integer;
    int64_t integer = 0;
    double floating = 0;
    bool boolean = false;
    TomlDatetime datetime;
};

/// The bytes of the scalar that begins the text: all that could belong to one.
size_t toml_scalar_length(std::string_view text);

/// Null when all is well, else what is wrong with it.
const char* read_toml_scalar(std::string_view token, TomlScalar& out);

} // namespace pawl::text
