// version.parse, version.cmp, version.sort.

#include "handlers.h"

#include <algorithm>
#include <numeric>

#include "pep/version.h"

namespace pawl::conformance {

using pep::Version;

static Value number_or_null(std::optional<uint64_t> number) {
    return number ? Value(*number) : Value();
}

static Value pre_of(const Version& version) {
    std::optional<Version::Pre> pre = version.pre();
    if (!pre) {
        return {};
    }
    switch (pre->kind) {
    case Version::PreKind::alpha:
        return Value::array({"a", pre->number});
    case Version::PreKind::beta:
        return Value::array({"b", pre->number});
    case Version::PreKind::candidate:
        return Value::array({"rc", pre->number});
    }
    return {};
}

static Result<Value> parse_version(const Value& in) {
    std::string_view text = TRY(text_of(in, "s"));
    Version version = TRY(Version::parse(text));
    Value release = Value::array();
    for (uint64_t number : version.release()) {
        release.push_back(number);
    }
    Value out;
    out.set("str", version.str());
    out.set("public", version.without_local().str());
    out.set("base", version.base().str());
    out.set("epoch", version.epoch());
    out.set("release", std::move(release));
    out.set("pre", pre_of(version));
    out.set("post", number_or_null(version.post()));
    out.set("dev", number_or_null(version.dev()));
    out.set("local", version.local().empty() ? Value() : Value(version.local()));
    out.set("is_prerelease", version.is_prerelease());
    out.set("is_postrelease", version.is_postrelease());
    out.set("is_devrelease", version.dev().has_value());
    out.set("canonical", version.trimmed());
    return out;
}

static Result<Value> compare_versions(const Value& in) {
    std::string_view a_text = TRY(text_of(in, "a"));
    Version a = TRY(Version::parse(a_text));
    std::string_view b_text = TRY(text_of(in, "b"));
    Version b = TRY(Version::parse(b_text));
    std::strong_ordering order = a <=> b;
    return Value::object({{"cmp", order < 0 ? -1 : order > 0 ? 1 : 0}});
}

static Result<Value> sort_versions(const Value& in) {
    std::vector<Version> versions;
    for (std::string_view text : TRY(texts_of(in, "list"))) {
        versions.push_back(TRY(Version::parse(text)));
    }
    std::vector<size_t> order(versions.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, [&](size_t a, size_t b) { return versions[a] < versions[b]; });
    Value indices = Value::array();
    for (size_t index : order) {
        indices.push_back(index);
    }
    return Value::object({{"order", std::move(indices)}});
}

void add_version_handlers(Handlers& handlers) {
    handlers.add("version.parse", parse_version);
    handlers.add("version.cmp", compare_versions);
    handlers.add("version.sort", sort_versions);
}

} // namespace pawl::conformance
