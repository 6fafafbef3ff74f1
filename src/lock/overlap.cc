#include "lock/overlap.h"

#include <map>

namespace pawl::lock {

using pep::MarkerId;

pep::MarkerId region_of(const Lock& lock, std::span<const pep::Marker> left_out,
                        pep::MarkerSpace& space) {
    MarkerId region = MarkerId::always;
    if (lock.requires_python) {
        region = space.from_requires_python(*lock.requires_python);
    }
    if (!lock.environments.empty()) {
        MarkerId environments = MarkerId::never;
        for (const pep::Marker& marker : lock.environments) {
            environments = space.either(environments, space.from(marker));
        }
        region = space.both(region, environments);
    }
    for (const pep::Marker& marker : left_out) {
        region = space.minus(region, space.from(marker));
    }
    return region;
}

Result<std::vector<Overlap>> overlaps(const Lock& lock, std::span<const pep::Marker> left_out) {
    std::map<std::string_view, std::vector<uint32_t>> by_name;
    bool has_several = false;
    for (uint32_t i = 0; i < lock.packages.size(); ++i) {
        std::vector<uint32_t>& entries = by_name[lock.packages[i].name.str()];
        entries.push_back(i);
        has_several = has_several || entries.size() > 1;
    }
    std::vector<Overlap> found;
    if (!has_several) {
        return found;
    }
    pep::MarkerSpace space;
    const MarkerId region = region_of(lock, left_out, space);
    for (const auto& named : by_name) {
        const std::vector<uint32_t>& entries = named.second;
        std::vector<MarkerId> markers;
        for (size_t i = 0; entries.size() > 1 && i < entries.size(); ++i) {
            const Package& package = lock.packages[entries[i]];
            const MarkerId own = package.marker ? space.from(*package.marker) : MarkerId::always;
            const MarkerId marker = space.both(own, region);
            for (size_t j = 0; j < markers.size(); ++j) {
                if (!space.are_disjoint(marker, markers[j])) {
                    const MarkerId both = space.both(marker, markers[j]);
                    found.push_back(
                        {entries[j], entries[i], space.text(space.simplify(both, region))});
                }
            }
            markers.push_back(marker);
        }
        if (space.is_exhausted()) {
            return fail(Error::Kind::input, "the markers of " + std::string(named.first) +
                                                " are too complicated to be judged");
        }
    }
    return found;
}

Result<> prove_disjoint(const Lock& lock, std::span<const pep::Marker> left_out) {
    auto found = TRY(overlaps(lock, left_out));
    if (found.empty()) {
        return {};
    }
    const Overlap& first = found.front();
    auto name = [&lock](uint32_t index) {
        const Package& package = lock.packages[index];
        return package.name.str() + (package.version ? " " + package.version->str() : "");
    };
    return fail(
        Error{Error::Kind::input, "the lock would be ambiguous: " + name(first.first) + " and " +
                                      name(first.second) + " would both apply " +
                                      (first.where.empty() ? "always" : "where " + first.where)}
            .hint("this is a mistake in pawl, so nothing was written; please report it with "
                  "what was to be locked"));
}

} // namespace pawl::lock
