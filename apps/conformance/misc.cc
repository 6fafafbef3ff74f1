// direct_url.parse, dependency_groups.resolve, license.canonicalize

#include "handlers.h"
#include "pep/dependency_groups.h"
#include "pep/direct_url.h"
#include "pep/licence.h"

namespace pawl::conformance {

namespace {

pep::DependencyGroupItem item_of(const Value& value) {
    using Kind = pep::DependencyGroupItem::Kind;
    if (value.is_string()) {
        return {Kind::requirement, value.as_string()};
    }
    if (value.is_object() && value.as_object().size() == 1) {
        if (auto name = value.string_at("include-group")) {
            return {Kind::include, std::string(*name)};
        }
    }
    return {Kind::invalid, text::to_json(value)};
}

Result<Value> resolve_groups(const Value& in) {
    const Value* all = in.find("groups");
    if (all == nullptr || !all->is_object()) {
        return fail(Error::Kind::usage, "the case has no groups");
    }
    std::vector<pep::DependencyGroup> groups;
    for (const Value::Member& member : all->as_object()) {
        pep::DependencyGroup& group = groups.emplace_back();
        group.name = member.key;
        if (!member.value.is_array()) {
            group.problem = text::to_json(member.value);
            continue;
        }
        for (const Value& item : member.value.as_array()) {
            group.items.push_back(item_of(item));
        }
    }
    auto table = TRY(pep::DependencyGroups::create(std::move(groups)));
    Value requirements = Value::array();
    for (const pep::Requirement& requirement : TRY(table.resolve(TRY(text_of(in, "name"))))) {
        requirements.push_back(requirement.str());
    }
    return Value::object({{"reqs", std::move(requirements)}});
}

Result<Value> parse_direct_url(const Value& in) {
    const Value* json = in.find("json");
    if (json == nullptr) {
        return fail(Error::Kind::usage, "the case has no JSON");
    }
    auto origin = TRY(pep::read_direct_url(*json));
    return Value::object({{"dict", pep::write_direct_url<Value>(origin)}});
}

Result<Value> canonicalize_licence(const Value& in) {
    std::string normal = TRY(pep::normalize_licence(TRY(text_of(in, "s"))));
    return Value::object({{"expr", normal}});
}

} // namespace

void add_misc_handlers(Handlers& handlers) {
    handlers.add("dependency_groups.resolve", resolve_groups);
    handlers.add("direct_url.parse", parse_direct_url);
    handlers.add("license.canonicalize", canonicalize_licence);
}

} // namespace pawl::conformance
