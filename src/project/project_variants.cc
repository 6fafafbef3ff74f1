#include <array>

#include "hardware/overlay.h"
#include "hardware/variant_table.h"
#include "project/project_settings.h"

namespace pawl::project {

namespace {

/// What a variant may say: all that decides which versions and files a lock holds.
constexpr auto variant_keys = std::to_array<std::string_view>({
    "index",
    "sources",
    "index-url",
    "extra-index-url",
    "find-links",
    "no-index",
    "index-strategy",
    "constraints",
    "overrides",
    "excludes",
    "environments",
    "required-environments",
    "only-binary",
    "no-binary",
    "no-build",
    "prerelease",
    "prerelease-package",
    "resolution",
    "exclude-newer",
    "exclude-newer-package",
});

ProjectSettings laid_over(ProjectSettings below, ProjectSettings above) {
    using hardware::lay_over;
    lay_over(below.index_url, above.index_url);
    lay_over(below.extra_index_urls, above.extra_index_urls);
    lay_over(below.find_links, above.find_links);
    lay_over(below.no_index, above.no_index);
    lay_over(below.index_strategy, above.index_strategy);
    lay_over(below.environments, above.environments);
    lay_over(below.required_environments, above.required_environments);
    lay_over(below.only_binary, above.only_binary);
    lay_over(below.no_binary, above.no_binary);
    lay_over(below.no_build, above.no_build);
    lay_over(below.prerelease, above.prerelease);
    lay_over(below.resolution, above.resolution);
    lay_over(below.exclude_newer, above.exclude_newer);
    hardware::put_in_front(below.indexes, std::move(above.indexes));
    hardware::add_pins(below.sources, std::move(above.sources));
    hardware::add_pins(below.prerelease_of, std::move(above.prerelease_of));
    hardware::add_pins(below.exclude_newer_of, std::move(above.exclude_newer_of));
    hardware::add_overrides(below.overrides, std::move(above.overrides));
    hardware::append(below.constraints, std::move(above.constraints));
    hardware::append(below.excludes, std::move(above.excludes));
    return below;
}

} // namespace

Result<std::vector<ProjectVariant>> read_project_variants(const text::TomlNode& table,
                                                          const ProjectSettings& settings,
                                                          const TomlPlaces& places) {
    std::vector<ProjectVariant> variants;
    auto below = table.find("variants");
    if (!below) {
        return variants;
    }
    for (hardware::VariantTable& one :
         TRY(places.in_file(hardware::read_variant_tables(*below, variant_keys)))) {
        ProjectSettings whole = laid_over(settings, TRY(read_project_settings(one.table, places)));
        TRY(check_sources(whole, places));
        variants.push_back({std::move(one.variant), std::move(whole)});
    }
    return variants;
}

} // namespace pawl::project
