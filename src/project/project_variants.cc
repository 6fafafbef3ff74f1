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
    hardware::lay_over_common(below, above);
    hardware::lay_over(below.environments, above.environments);
    hardware::lay_over(below.required_environments, above.required_environments);
    hardware::add_pins(below.sources, std::move(above.sources));
    hardware::add_pins(below.prerelease_of, std::move(above.prerelease_of));
    hardware::add_pins(below.exclude_newer_of, std::move(above.exclude_newer_of));
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
