#include "ops/lock_reuse.h"

#include <algorithm>

#include "base/fs.h"
#include "base/text.h"
#include "ops/lock_document.h"
#include "pep/marker_space.h"

namespace pawl::ops {

namespace {

/// Each version where it is installed; a project whose versions only extras tell apart is free.
std::vector<RootRequirement> constraints_of(const lock::Lock& lock, const std::string& origin) {
    pep::MarkerSpace space;
    std::vector<pep::MarkerId> where;
    for (const lock::Package& package : lock.packages) {
        where.push_back(package.marker ? space.without_extras(space.from(*package.marker))
                                       : pep::MarkerId::always);
    }
    std::vector<RootRequirement> constraints;
    for (size_t i = 0; i < lock.packages.size(); ++i) {
        const lock::Package& package = lock.packages[i];
        bool is_ambiguous = false;
        for (size_t other = 0; other < lock.packages.size(); ++other) {
            is_ambiguous =
                is_ambiguous || (other != i && lock.packages[other].name == package.name &&
                                 !space.are_disjoint(where[i], where[other]));
        }
        Result<pep::Specifiers> version =
            pep::Specifiers::parse(package.version ? "==" + package.version->str() : "");
        if (is_ambiguous || !package.version || !version) {
            continue;
        }
        pep::Requirement requirement{.name = package.name,
                                     .name_as_written = package.name.str(),
                                     .extras = {},
                                     .specifiers = std::move(*version),
                                     .url = {},
                                     .marker = space.marker(where[i])};
        constraints.push_back({std::move(requirement), origin, true});
    }
    return constraints;
}

lock::Lock joined(lock::Lock preferred, const lock::Lock* previous) {
    if (previous == nullptr) {
        return preferred;
    }
    lock::Lock lock = *previous;
    std::erase_if(lock.packages, [&preferred](const lock::Package& package) {
        return !preferred.find(package.name).empty();
    });
    std::ranges::move(preferred.packages, std::back_inserter(lock.packages));
    return lock;
}

} // namespace

bool is_lock_name(std::string_view path) {
    auto format = exchange::format_of_name(fs::base_name(path));
    return format && exchange::info(*format).can_read &&
           *format != exchange::Format::requirements; // which may be any requirements
}

std::vector<std::string> without_locks(std::span<const std::string> constraints_files) {
    std::vector<std::string> files;
    std::ranges::copy_if(constraints_files, std::back_inserter(files),
                         [](const std::string& file) { return !is_lock_name(file); });
    return files;
}

void LockReuse::apply(ResolutionRequest& request) const {
    request.constraints.insert(request.constraints.end(), constraints.begin(), constraints.end());
    if (preferred) {
        request.previous = &*preferred;
    }
}

Result<LockReuse> read_lock_reuse(std::span<const std::string> constraints_files,
                                  const std::string& prefer, const lock::Lock* previous,
                                  Services& services) {
    LockReuse reuse;
    for (const std::string& file : constraints_files) {
        if (is_lock_name(file)) {
            exchange::Document document = TRY(load_document({file, "", true}, services));
            std::ranges::move(constraints_of(document.lock, file),
                              std::back_inserter(reuse.constraints));
        }
    }
    if (!prefer.empty()) {
        exchange::Document document = TRY(load_document({prefer, "", true}, services));
        reuse.preferred = joined(std::move(document.lock), previous);
    }
    return reuse;
}

std::string broken_constraint(const lock::Lock& lock,
                              std::span<const RootRequirement> constraints) {
    pep::MarkerSpace space;
    auto where = [&space](const std::optional<pep::Marker>& marker) {
        return marker ? space.from(*marker) : pep::MarkerId::always;
    };
    for (const RootRequirement& one : constraints) {
        for (const lock::Package* package : lock.find(one.requirement.name)) {
            bool breaks =
                package->version &&
                !one.requirement.specifiers.contains(*package->version, pep::Prereleases::yes) &&
                !space.are_disjoint(where(package->marker), where(one.requirement.marker));
            if (breaks) {
                return one.origin + " has " + one.requirement.str() + ", the lock has " +
                       package->name.str() + " " + package->version->str();
            }
        }
    }
    return "";
}

} // namespace pawl::ops
