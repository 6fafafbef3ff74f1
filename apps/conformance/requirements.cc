// requirement.parse, name.canonicalize, name.validate.

#include "handlers.h"

#include <algorithm>

#include "pep/requirement.h"

namespace pawl::conformance {

/// Answered from the requirement as it is written: the corpus lets names pass that pep::Requirement
/// refuses (test/conformance/expected_differences.md).
static Result<Value> parse_requirement(const Value& in) {
    using pep::WrittenRequirement;
    std::string_view text = TRY(text_of(in, "s"));
    WrittenRequirement requirement = TRY(WrittenRequirement::parse(text));
    Value extras = Value::array();
    std::vector<std::string_view> sorted = requirement.extras;
    std::ranges::sort(sorted);
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    for (std::string_view extra : sorted) {
        extras.push_back(extra);
    }
    std::vector<std::string> clauses;
    for (const pep::Specifier& clause : requirement.specifiers.clauses()) {
        clauses.push_back(clause.str());
    }
    std::ranges::sort(clauses);
    Value specifier = Value::array();
    for (const std::string& clause : clauses) {
        specifier.push_back(clause);
    }
    Value out;
    out.set("name", requirement.name);
    out.set("normalized", pep::normalize_name(requirement.name));
    out.set("extras", std::move(extras));
    out.set("specifier", std::move(specifier));
    out.set("url", requirement.url.empty() ? Value() : Value(requirement.url));
    out.set("marker", requirement.marker ? Value(requirement.marker->str()) : Value());
    out.set("str", requirement.str());
    return out;
}

static Result<Value> canonicalize_name(const Value& in) {
    std::string_view text = TRY(text_of(in, "s"));
    Value out;
    out.set("name", pep::normalize_name(text));
    out.set("is_normalized", pep::is_normal_name(text));
    return out;
}

static Result<Value> validate_name(const Value& in) {
    std::string_view text = TRY(text_of(in, "s"));
    pep::Name name = TRY(pep::Name::parse(text));
    return Value::object({{"name", name.str()}});
}

void add_requirement_handlers(Handlers& handlers) {
    handlers.add("requirement.parse", parse_requirement);
    handlers.add("name.canonicalize", canonicalize_name);
    handlers.add("name.validate", validate_name);
}

} // namespace pawl::conformance
