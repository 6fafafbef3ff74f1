#include "pep/wheel_variant.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/text.h"

namespace pawl::pep {

namespace {

constexpr size_t label_bytes_max = 16;

bool is_label(std::string_view text) {
    return !text.empty() && text.size() <= label_bytes_max && std::ranges::all_of(text, [](char c) {
        return is_lower(c) || is_digit(c) || c == '_' || c == '.';
    });
}

const std::vector<std::string>* values_of(const SupportedProperties& supported,
                                          std::string_view name, std::string_view feature) {
    auto features = supported.find(name);
    if (features == supported.end()) {
        return nullptr;
    }
    auto found = std::ranges::find(features->second, feature, &SupportedFeature::name);
    return found == features->second.end() ? nullptr : &found->values;
}

/// Every feature has a value that the system supports.
bool is_supported(const VariantProperties& properties, const SupportedProperties& supported) {
    for (const auto& [name, features] : properties) {
        for (const auto& [feature, values] : features) {
            const std::vector<std::string>* known = values_of(supported, name, feature);
            if (known == nullptr || std::ranges::none_of(values, [known](const std::string& value) {
                    return std::ranges::find(*known, value) != known->end();
                })) {
                return false;
            }
        }
    }
    return true;
}

size_t place_in(const std::vector<std::string>& list, std::string_view text) {
    return static_cast<size_t>(std::ranges::find(list, text) - list.begin());
}

/// `first`, then what of `then` is not among it.
std::vector<std::string> joined(const std::vector<std::string>* first,
                                const std::vector<std::string>& then) {
    std::vector<std::string> list =
        first == nullptr ? std::vector<std::string>() : std::vector<std::string>(*first);
    for (const std::string& text : then) {
        if (std::ranges::find(list, text) == list.end()) {
            list.push_back(text);
        }
    }
    return list;
}

template <class Map>
const typename Map::mapped_type* find(const Map& map, std::string_view key) {
    auto found = map.find(key);
    return found == map.end() ? nullptr : &found->second;
}

/// Places of the namespace, the feature and its best value in their lists.
using SortKey = std::tuple<size_t, size_t, size_t>;

class Ranking {
  public:
    Ranking(const WheelVariants& lists, const SupportedProperties& supported)
        : lists_(lists), supported_(supported) {}

    /// Steps 4 to 6: one key a feature, in ascending order.
    std::vector<SortKey> keys(const VariantProperties& properties) const {
        std::vector<SortKey> keys;
        for (const auto& [name, features] : properties) {
            const std::vector<std::string> order = feature_order(name);
            for (const auto& [feature, values] : features) {
                const std::vector<std::string> ranks = value_order(name, feature);
                size_t best = ranks.size();
                for (const std::string& value : values) {
                    best = std::min(best, place_in(ranks, value));
                }
                keys.emplace_back(place_in(lists_.namespaces, name), place_in(order, feature),
                                  best);
            }
        }
        std::ranges::sort(keys);
        return keys;
    }

  private:
    std::vector<std::string> feature_order(std::string_view name) const {
        std::vector<std::string> names;
        if (const auto* features = find(supported_, name)) {
            for (const SupportedFeature& feature : *features) {
                names.push_back(feature.name);
            }
        }
        return joined(find(lists_.features, name), names);
    }

    std::vector<std::string> value_order(std::string_view name, std::string_view feature) const {
        const VariantFeatures* of_name = find(lists_.values, name);
        const std::vector<std::string>* known = values_of(supported_, name, feature);
        return joined(of_name == nullptr ? nullptr : find(*of_name, feature),
                      known == nullptr ? std::vector<std::string>() : *known);
    }

    const WheelVariants& lists_;
    const SupportedProperties& supported_;
};

} // namespace

std::optional<VariantWheelName> split_variant_wheel(std::string_view file_name) {
    constexpr std::string_view ending = ".whl";
    if (!file_name.ends_with(ending)) {
        return std::nullopt;
    }
    std::string_view whole = file_name.substr(0, file_name.size() - ending.size());
    std::vector<std::string_view> parts = split(whole, '-');
    // A build tag begins with a digit, and a tag of a Python never does.
    bool has_build = parts.size() > 2 && !parts[2].empty() && is_digit(parts[2][0]);
    size_t parts_with_label = has_build ? 7 : 6;
    if (parts.size() != parts_with_label || !is_label(parts.back())) {
        return std::nullopt;
    }
    return VariantWheelName{.stem = whole.substr(0, whole.size() - parts.back().size() - 1),
                            .label = parts.back()};
}

std::vector<std::string> WheelVariants::ranked(const SupportedProperties& supported) const {
    struct Ranked {
        std::vector<SortKey> keys;
        std::string_view label;
    };
    Ranking ranking(*this, supported);
    std::vector<Ranked> all;
    for (const auto& [label, properties] : variants) {
        if (is_supported(properties, supported)) {
            all.push_back({ranking.keys(properties), label});
        }
    }
    // Step 7: at the first difference the lower key; of two where one is the other's beginning the
    // longer; else by label.
    std::ranges::sort(all, [](const Ranked& a, const Ranked& b) {
        auto [in_a, in_b] = std::ranges::mismatch(a.keys, b.keys);
        if (in_a != a.keys.end() && in_b != b.keys.end()) {
            return *in_a < *in_b;
        }
        return a.keys.size() != b.keys.size() ? a.keys.size() > b.keys.size() : a.label < b.label;
    });
    std::vector<std::string> labels;
    for (const Ranked& one : all) {
        labels.emplace_back(one.label);
    }
    return labels;
}

} // namespace pawl::pep
