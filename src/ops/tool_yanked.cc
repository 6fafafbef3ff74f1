#include "ops/tool_yanked.h"

#include <algorithm>

#include "base/text.h"

namespace pawl::ops {

namespace {

/// Whether the file of the page is one that the lock names: by hash, for names can be reused.
bool is_locked_file(const index::DistributionFile& file, const lock::Package& package) {
    auto shares_hash = [&file](const lock::FileSource& source) {
        return std::ranges::any_of(source.hashes, [&file](const Hash& hash) {
            return std::ranges::find(file.hashes, hash) != file.hashes.end();
        });
    };
    return std::ranges::any_of(
               package.wheels,
               [&](const lock::Wheel& wheel) { return shares_hash(wheel.source); }) ||
           (package.sdist && shares_hash(package.sdist->source));
}

std::optional<Yanked> judge(const index::ProjectFiles& files, const lock::Package& package) {
    for (uint32_t row = 0; row < files.version_count(); ++row) {
        index::VersionView version = files.version(row);
        if (version.text != package.version->str()) {
            continue;
        }
        for (uint32_t i = version.file_first; i < version.file_first + version.file_count; ++i) {
            if (files.file(i).is_yanked && is_locked_file(files.distribution(i), package)) {
                return Yanked{&package, std::string(files.file(i).yanked_reason)};
            }
        }
    }
    return std::nullopt;
}

} // namespace

Result<std::vector<Yanked>> find_yanked(const std::vector<const lock::Package*>& packages,
                                        const Settings& settings, Services& services) {
    std::vector<Yanked> found;
    if (settings.offline || settings.no_index) {
        return found;
    }
    index::Client& client = *TRY(services.index(settings));
    std::vector<std::pair<const lock::Package*, index::ProjectId>> asked;
    for (const lock::Package* package : packages) {
        bool is_of_index = package->version && (!package->wheels.empty() || package->sdist);
        if (is_of_index) {
            asked.emplace_back(package, client.project(package->name));
            client.request_project(asked.back().second);
        }
    }
    for (const auto& [package, project] : asked) {
        Result<index::ProjectAnswer> answer = client.wait_project(project);
        if (!answer) {
            services.terminal().detail("not asked whether it was yanked: " +
                                       answer.error().message);
            continue;
        }
        if (std::optional<Yanked> yanked = judge(answer->files, *package)) {
            found.push_back(std::move(*yanked));
        }
    }
    return found;
}

Result<> warn_of_yanked(const std::vector<const lock::Package*>& packages, const Settings& settings,
                        Services& services) {
    for (const Yanked& yanked : TRY(find_yanked(packages, settings, services))) {
        services.terminal().warn(yanked.package->name.str() + " " + yanked.package->version->str() +
                                 ", which the lock holds, was yanked" +
                                 (yanked.reason.empty() ? "" : ": " + printable(yanked.reason)));
    }
    return {};
}

} // namespace pawl::ops
