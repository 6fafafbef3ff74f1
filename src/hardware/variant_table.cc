#include "hardware/variant_table.h"

#include <algorithm>
#include <string>

#include "base/text.h"

namespace pawl::hardware {

namespace {

using text::TomlNode;

/// An error without a place gets the node's.
tl::unexpected<Error> at(const TomlNode& node, const Error& error) {
    return node.error(error.message);
}

Result<> read_condition(const TomlNode& node, std::vector<Condition>& when) {
    if (!node.is_string()) {
        return node.type_error("a string");
    }
    Result<Condition> condition = Condition::parse(node.string());
    if (!condition) {
        return at(node, condition.error());
    }
    when.push_back(*std::move(condition));
    return {};
}

/// A condition, or several of which one must hold. "none" among them is the fallback.
Result<std::vector<Condition>> read_when(const TomlNode& node) {
    std::vector<Condition> when;
    if (!node.is_array()) {
        TRY(read_condition(node, when));
    } else {
        for (const TomlNode& element : node) {
            TRY(read_condition(element, when));
        }
    }
    auto needs_nothing = [](const Condition& condition) { return !condition.platform; };
    if (when.size() > 1 && std::ranges::any_of(when, needs_nothing)) {
        return node.error("\"none\" needs nothing, so there can be no other condition beside it");
    }
    std::erase_if(when, needs_nothing);
    return when;
}

Result<VariantTable> read_one(const TomlNode& table, std::span<const std::string_view> keys) {
    Result<std::string> name = parse_variant_name(table.key());
    if (!name) {
        return at(table, name.error());
    }
    if (!table.is_table()) {
        return table.type_error("a table");
    }
    VariantTable one{.variant = {.name = *std::move(name), .when = {}, .line = table.place().line},
                     .table = table};
    for (const TomlNode& entry : table) {
        if (entry.key() == "when") {
            one.variant.when = TRY(read_when(entry));
        } else if (std::ranges::find(keys, entry.key()) == keys.end()) {
            Error error =
                entry.error("a variant has no key \"" + printable(entry.key()) + "\"").value();
            return fail(std::move(error).hint(
                "beside \"when\" it takes " +
                join_words(std::vector<std::string>(keys.begin(), keys.end()))));
        }
    }
    return one;
}

} // namespace

Result<std::vector<VariantTable>> read_variant_tables(const TomlNode& variants,
                                                      std::span<const std::string_view> keys) {
    if (!variants.is_table()) {
        return variants.type_error("a table of tables");
    }
    std::vector<VariantTable> list;
    for (const TomlNode& table : variants) {
        VariantTable one = TRY(read_one(table, keys));
        for (const VariantTable& other : list) {
            if (equals_ignoring_case(other.variant.name, one.variant.name)) {
                return table.error("the variants \"" + other.variant.name + "\" and \"" +
                                   one.variant.name +
                                   "\" would have one lock where file systems ignore case");
            }
            if (other.variant.is_fallback() && one.variant.is_fallback()) {
                return fail(Error(table
                                      .error("the variants \"" + other.variant.name + "\" and \"" +
                                             one.variant.name + "\" are both the fallback")
                                      .value())
                                .hint("all but one need a \"when\": when = \"cuda >= 12.1\""));
            }
        }
        list.push_back(std::move(one));
    }
    return list;
}

} // namespace pawl::hardware
