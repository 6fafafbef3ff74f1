#include "index/variants_json.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "pep/version.h"
#include "text/json.h"

namespace pawl::index {

namespace {

using text::Value;

tl::unexpected<Error> wrong(std::string_view what) {
    return fail(Error::Kind::input, std::string(what));
}

bool is_name(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

bool is_value(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return is_lower(c) || is_digit(c) || c == '_' || c == '.';
    });
}

/// ".../v0.0.3.json". Numbers that begin with 0 are of drafts: those whose meaning is known.
Result<> check_schema(const Value& root) {
    auto schema = root.string_at("$schema");
    if (!schema) {
        return wrong("it does not say of which format it is ($schema)");
    }
    constexpr std::string_view ending = ".json";
    size_t begin = schema->rfind("/v");
    bool is_whole = begin != std::string_view::npos && schema->ends_with(ending);
    std::string_view number =
        is_whole ? schema->substr(begin + 2, schema->size() - begin - 2 - ending.size()) : "";
    Result<pep::Version> version = pep::Version::parse(number);
    if (!version || *version >= pep::Version::of({0, 2})) {
        return wrong("it is of a format that pawl does not know: " + printable(*schema));
    }
    return {};
}

/// An array of strings that each pass the test.
Result<std::vector<std::string>> strings(const Value& value, bool (*is_fine)(std::string_view)) {
    std::vector<std::string> list;
    if (!value.is_array()) {
        return wrong("a list of texts is expected");
    }
    for (const Value& element : value.as_array()) {
        if (!element.is_string() || !is_fine(element.as_string())) {
            return wrong("a text of lower case letters, digits and \"_\" is expected");
        }
        list.push_back(element.as_string());
    }
    return list;
}

/// An object whose keys are names of `what`, and whose members `read` reads.
template <class Map, class Read>
Result<Map> members(const Value& value, std::string_view what, const Read& read) {
    Map found;
    if (!value.is_object()) {
        return wrong("an object is expected");
    }
    for (const Value::Member& member : value.as_object()) {
        if (!is_name(member.key)) {
            return wrong("\"" + printable(member.key) + "\" cannot be " + std::string(what));
        }
        found.insert_or_assign(member.key, TRY(read(member.value)));
    }
    return found;
}

Result<pep::VariantFeatures> lists(const Value& value, bool (*is_fine)(std::string_view)) {
    return members<pep::VariantFeatures>(
        value, "a namespace or a feature",
        [is_fine](const Value& member) { return strings(member, is_fine); });
}

Result<pep::VariantProperties> properties(const Value& value) {
    return members<pep::VariantProperties>(
        value, "a namespace", [](const Value& member) { return lists(member, is_value); });
}

Result<> read_priorities(const Value& priorities, pep::WheelVariants& into) {
    const Value* namespaces = priorities.find("namespace");
    if (namespaces == nullptr) {
        return wrong("default-priorities does not order the namespaces");
    }
    into.namespaces = TRY_IN("default-priorities.namespace", strings(*namespaces, is_name));
    if (const Value* features = priorities.find("feature")) {
        into.features = TRY_IN("default-priorities.feature", lists(*features, is_name));
    }
    if (const Value* values = priorities.find("property")) {
        into.values = TRY_IN("default-priorities.property", properties(*values));
    }
    return {};
}

} // namespace

Result<pep::WheelVariants> read_variants_json(std::string_view text) {
    constexpr uint32_t depth_max = 16;
    Value root = TRY(text::parse_json(text, {.depth_max = depth_max}));
    TRY(check_schema(root));
    const Value* priorities = root.object_at("default-priorities");
    const Value* variants = root.object_at("variants");
    if (priorities == nullptr || variants == nullptr) {
        return wrong("it needs \"default-priorities\" and \"variants\"");
    }
    pep::WheelVariants found;
    TRY(read_priorities(*priorities, found));
    for (const Value::Member& variant : variants->as_object()) {
        std::string place = "the variant \"" + printable(variant.key) + "\"";
        pep::VariantProperties own = TRY_IN(place, properties(variant.value));
        if (variant.key == pep::null_variant && !own.empty()) {
            return wrong(place + " may have no properties");
        }
        for (const auto& [name, features] : own) {
            if (std::ranges::find(found.namespaces, name) == found.namespaces.end()) {
                return wrong(place + " has the namespace \"" + name +
                             "\", which default-priorities does not order");
            }
        }
        found.variants.insert_or_assign(variant.key, std::move(own));
    }
    return found;
}

} // namespace pawl::index
