// Versions, specifiers, requirements: what is printed reads back as the same. The input's first
// line and the rest are also held against each other.

#include "fuzz/fuzz.h"
#include "pep/requirement.h"

using namespace pawl;

namespace {

constexpr size_t input_bytes_max = size_t{4} << 10;

void check_version(std::string_view text) {
    auto version = pep::Version::parse(text);
    if (!fuzz::is_fine(version)) {
        return;
    }
    auto again = pep::Version::parse(version->str());
    check(fuzz::is_fine(again));
    check(*again == *version && again->str() == version->str());
    auto trimmed = pep::Version::parse(version->trimmed());
    check(trimmed && *trimmed == *version);
    check(std::hash<pep::Version>()(*trimmed) == std::hash<pep::Version>()(*version));
    check(version->without_local() <= *version);
    check(!version->is_postrelease() || version->pre() || version->base() < *version);
}

void check_specifiers(std::string_view text) {
    auto specifiers = pep::Specifiers::parse(text);
    if (!fuzz::is_fine(specifiers)) {
        return;
    }
    auto again = pep::Specifiers::parse(specifiers->str());
    check(fuzz::is_fine(again));
    check(*again == *specifiers && again->str() == specifiers->str());
    check(again->set() == specifiers->set());
}

void check_requirement(std::string_view text) {
    auto requirement = pep::Requirement::parse(text);
    auto written = pep::WrittenRequirement::parse(text);
    check(!fuzz::is_fine(requirement) || fuzz::is_fine(written));
    if (!requirement) {
        return;
    }
    auto again = pep::Requirement::parse(requirement->str());
    check(fuzz::is_fine(again));
    check(again->str() == requirement->str());
    check(again->name == requirement->name && again->extras == requirement->extras);
    check(again->specifiers == requirement->specifiers && again->url == requirement->url);
}

/// The order of two versions, and one version against specifiers.
void check_pair(std::string_view first, std::string_view second) {
    auto a = pep::Version::parse(first);
    auto b = pep::Version::parse(second);
    if (a && b) {
        check((*a <=> *b) == (0 <=> (*b <=> *a)));
        check((*a == *b) == (a->trimmed() == b->trimmed()));
    }
    auto specifiers = pep::Specifiers::parse(second);
    if (!a || !specifiers) {
        return;
    }
    bool is_in = true;
    for (const pep::Specifier& clause : specifiers->clauses()) {
        auto alone = pep::Specifiers::parse(clause.str());
        check(fuzz::is_fine(alone));
        is_in = is_in && alone->contains(*a, pep::Prereleases::yes);
    }
    check(is_in == specifiers->contains(*a, pep::Prereleases::yes));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
    std::string_view bytes = fuzz::as_text(data, size_bytes);
    if (bytes.size() > input_bytes_max) {
        return 0;
    }
    check_version(bytes);
    check_specifiers(bytes);
    check_requirement(bytes);
    if (auto halves = split_once(bytes, '\n')) {
        check_version(halves->before);
        check_specifiers(halves->after);
        check_pair(halves->before, halves->after);
    }
    return 0;
}
