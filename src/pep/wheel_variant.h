#pragma once
// Wheel variants (PEP 825, a draft): file names with a label, what a label stands for, and which of
// several a system takes first. Values.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pawl::pep {

/// "torch-2.3-cp312-cp312-linux_x86_64-cu12.whl", taken apart; views into the file name.
struct VariantWheelName {
    std::string_view stem;  ///< what stands before the label, without the "-"
    std::string_view label; ///< "cu12"
    /// The name that the wheel would have without a label.
    std::string plain() const { return std::string(stem) + ".whl"; }
};
/// Nothing for a name without a label, and for one that is no wheel's.
std::optional<VariantWheelName> split_variant_wheel(std::string_view file_name);

/// The label of the variant with no properties, which every system takes.
constexpr std::string_view null_variant = "null";

/// feature → its values.
using VariantFeatures = std::map<std::string, std::vector<std::string>, std::less<>>;
/// namespace → feature → its values.
using VariantProperties = std::map<std::string, VariantFeatures, std::less<>>;

/// What a system supports: of each namespace the features, of each feature the values; preferred
/// ones first.
struct SupportedFeature {
    std::string name;
    std::vector<std::string> values;
};
using SupportedProperties = std::map<std::string, std::vector<SupportedFeature>, std::less<>>;

/// variant.json, and `{name}-{version}-variants.json` of an index.
struct WheelVariants {
    std::vector<std::string> namespaces; ///< default-priorities: preferred first
    VariantFeatures features;            ///< namespace → features, preferred first
    VariantProperties values;            ///< namespace → feature → values, preferred first
    std::map<std::string, VariantProperties, std::less<>> variants; ///< by label

    /// The labels that the system takes, the most preferred first (PEP 825, "Variant ordering").
    std::vector<std::string> ranked(const SupportedProperties& supported) const;
};

} // namespace pawl::pep
