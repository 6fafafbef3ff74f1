#pragma once
// `[tool.pawl.variants]` of a project or a script: names and conditions. Which other keys a variant
// takes is for the caller to say, and for it to read.

#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hardware/variant.h"
#include "text/toml.h"

namespace pawl::hardware {

struct VariantTable {
    Variant variant;
    text::TomlNode table; ///< valid as long as its document
};

/// In the order of the text. Errors begin "line 3: ": a name that is none, a key that is neither
/// `when` nor one of `keys`, a condition that cannot be read, two fallbacks, two names that are one
/// on some file systems.
Result<std::vector<VariantTable>> read_variant_tables(const text::TomlNode& variants,
                                                      std::span<const std::string_view> keys);

} // namespace pawl::hardware
