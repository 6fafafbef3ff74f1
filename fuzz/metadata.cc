// Any bytes are some metadata; what core metadata says is in normal form.

#include "fuzz/fuzz.h"
#include "pep/metadata_validation.h"

using namespace pawl;

namespace {

constexpr size_t input_bytes_max = size_t{64} << 10;

void check_core(const pep::CoreMetadata& core) {
    check(pep::is_normal_name(core.name.str()));
    for (const pep::Name& extra : core.provides_extra) {
        check(pep::is_normal_name(extra.str()));
    }
    for (const pep::Requirement& requirement : core.requires_dist) {
        auto again = pep::Requirement::parse(requirement.str());
        check(fuzz::is_fine(again));
        check(again->name == requirement.name);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
    std::string_view bytes = fuzz::as_text(data, size_bytes);
    if (bytes.size() > input_bytes_max) {
        return 0;
    }
    auto raw = pep::RawMetadata::parse(bytes);
    if (fuzz::is_fine(raw)) {
        for (const pep::RawMetadata::Field& field : raw->fields) {
            check(raw->first(field.name).has_value());
            check(is_utf8(field.value));
        }
        for (const auto& problem : pep::validate_metadata(*raw).problems) {
            fuzz::check_message(problem.message);
        }
    }
    auto core = pep::CoreMetadata::parse(bytes);
    if (fuzz::is_fine(core)) {
        check_core(*core);
    }
    return 0;
}
