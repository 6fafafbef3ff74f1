// Wheel variants of a page (PEP 825, a draft), for who asks for them: kept apart until it is known
// what their labels stand for, then the best of each release takes the place of its other wheels.
// It is listed under the name that it would have without a label, which is what all other rooms
// know; its address is its own.

#include <algorithm>

#include "base/text.h"
#include "index/page_builder.h"
#include "index/variants_json.h"
#include "pep/wheel_variant.h"

namespace pawl::index {

namespace {

constexpr std::string_view list_ending = "-variants.json";

bool fits(std::string_view tags, const pep::TagSet& supported) {
    Result<std::vector<pep::Tag>> all = pep::parse_tag(tags);
    return all && supported.rank(*all).has_value();
}

} // namespace

bool is_variants_list(std::string_view file_name) {
    return file_name.ends_with(list_ending);
}

/// "{name}-{version}-variants.json"
std::optional<PageBuilder::File> PageBuilder::read_list_name(std::string_view file_name) {
    std::string_view stem = file_name.substr(0, file_name.size() - list_ending.size());
    size_t dash = stem.rfind('-');
    if (dash == std::string_view::npos ||
        pep::normalize_name(stem.substr(0, dash)) != project_.str()) {
        return std::nullopt;
    }
    Result<pep::Version> version = pep::Version::parse(stem.substr(dash + 1));
    if (!version) {
        return std::nullopt;
    }
    File file;
    file.file_name = file_name;
    file.version = version_number(*version);
    return file;
}

/// Whether two numbers are of one version ("1.0" and "1.0.0").
bool PageBuilder::is_same_version(uint32_t a, uint32_t b) const {
    return a == b || versions_[a] == versions_[b];
}

std::vector<VariantsList> PageBuilder::variants_lists() const {
    std::vector<VariantsList> wanted;
    for (const File& list : lists_) {
        bool is_wanted = std::ranges::any_of(labelled_, [&](const Labelled& wheel) {
            return is_same_version(wheel.file.version, list.version);
        });
        if (is_wanted) {
            wanted.push_back({list.file_name, list.url, list.hashes, list.version});
        }
    }
    return wanted;
}

void PageBuilder::choose_variant(uint32_t version, const std::vector<std::string>& labels,
                                 const pep::TagSet& tags) {
    for (const std::string& label : labels) {
        auto is_it = [&](const Labelled& wheel) {
            return wheel.label == label && is_same_version(wheel.file.version, version);
        };
        bool fits_here = std::ranges::any_of(labelled_, [&](const Labelled& wheel) {
            const File& file = wheel.file;
            return is_it(wheel) &&
                   fits(std::string_view(file.file_name).substr(file.tags_begin, file.tags_length),
                        tags);
        });
        if (!fits_here) {
            continue;
        }
        std::erase_if(files_, [&](const File& file) {
            return file.kind == FileKind::wheel && is_same_version(file.version, version);
        });
        for (const Labelled& wheel : labelled_) {
            if (is_it(wheel)) {
                files_.push_back(wheel.file);
            }
        }
        return;
    }
}

} // namespace pawl::index
