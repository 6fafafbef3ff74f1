#pragma once
// `{name}-{version}-variants.json`: what the labels of an index's variant wheels stand for (PEP
// 825, a draft).

#include <string>
#include <string_view>

#include "base/result.h"
#include "pep/wheel_variant.h"

namespace pawl::index {

/// Errors: no JSON, of a format that pawl does not know (0.0 and 0.1 it does), or against the
/// PEP's rules; then none of its variants is supported.
Result<pep::WheelVariants> read_variants_json(std::string_view text);

} // namespace pawl::index
