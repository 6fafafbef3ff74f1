// specifier.parse, specifier.contains, specifier.filter, specifier.sets.

#include "handlers.h"

#include <algorithm>

#include "pep/specifier.h"

namespace pawl::conformance {

using pep::Prereleases;
using pep::Specifiers;
using pep::Version;

static std::vector<std::string> sorted_texts(const Specifiers& specifiers) {
    std::vector<std::string> texts;
    for (const pep::Specifier& clause : specifiers.clauses()) {
        texts.push_back(clause.str());
    }
    std::ranges::sort(texts);
    return texts;
}

static Value array_of(const std::vector<std::string>& texts) {
    Value array = Value::array();
    for (const std::string& text : texts) {
        array.push_back(text);
    }
    return array;
}

static Result<Value> parse_specifiers(const Value& in) {
    std::string_view text = TRY(text_of(in, "s"));
    Specifiers specifiers = TRY(Specifiers::parse(text));
    Value out;
    out.set("set", array_of(sorted_texts(specifiers)));
    out.set("str", specifiers.str());
    out.set("n", specifiers.clauses().size());
    return out;
}

static Result<Value> contains(const Value& in) {
    std::string_view spec_text = TRY(text_of(in, "spec"));
    Specifiers specifiers = TRY(Specifiers::parse(spec_text));
    // Not said: the version has no rival, and then the specification takes prereleases too.
    bool takes_prereleases = in.bool_at("prereleases").value_or(true);
    bool holds = specifiers.contains_text(TRY(text_of(in, "version")),
                                          takes_prereleases ? Prereleases::yes : Prereleases::no);
    return Value::object({{"contains", holds}});
}

/// The specification's rule for choosing from a list: prereleases count where they are asked for,
/// or where nothing else is left.
static Result<Value> filter(const Value& in) {
    std::string_view spec_text = TRY(text_of(in, "spec"));
    Specifiers specifiers = TRY(Specifiers::parse(spec_text));
    std::optional<bool> wanted = in.bool_at("prereleases");
    bool by_rule = !wanted && !specifiers.names_prerelease();
    std::vector<std::string> kept;
    std::vector<std::string> finals;
    bool has_final = false;
    for (std::string_view text : TRY(texts_of(in, "versions"))) {
        if (!specifiers.contains_text(text, wanted == false ? Prereleases::no : Prereleases::yes)) {
            continue;
        }
        kept.emplace_back(text);
        Result<Version> version = Version::parse(text);
        if (!version || !version->is_prerelease()) {
            finals.emplace_back(text);
            has_final |= version.has_value();
        }
    }
    return Value::object({{"kept", array_of(by_rule && has_final ? finals : kept)}});
}

static Result<Value> relate(const Value& in) {
    std::string_view a_text = TRY(text_of(in, "a"));
    Specifiers a = TRY(Specifiers::parse(a_text));
    std::string_view b_text = TRY(text_of(in, "b"));
    Specifiers b = TRY(Specifiers::parse(b_text));
    std::vector<std::string> both = sorted_texts(a);
    std::ranges::copy(sorted_texts(b), std::back_inserter(both));
    std::ranges::sort(both);
    Value out;
    out.set("and", array_of(both));
    out.set("a_subset_b", a.set().is_subset_of(b.set()));
    out.set("a_superset_b", b.set().is_subset_of(a.set()));
    out.set("disjoint", a.set().is_disjoint(b.set()));
    return out;
}

void add_specifier_handlers(Handlers& handlers) {
    handlers.add("specifier.parse", parse_specifiers);
    handlers.add("specifier.contains", contains);
    handlers.add("specifier.filter", filter);
    handlers.add("specifier.sets", relate);
}

} // namespace pawl::conformance
