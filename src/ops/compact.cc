#include "ops/compact.h"

#include <algorithm>

#include "pep/marker_space.h"
#include "pep/tag_marker.h"
#include "pep/wheel_name.h"

namespace pawl::ops {

namespace {

/// The environments that the lock is for.
pep::MarkerId environments_of(const lock::Lock& lock, pep::MarkerSpace& space) {
    pep::MarkerId where = lock.environments.empty() ? pep::MarkerId::always : pep::MarkerId::never;
    for (const pep::Marker& environment : lock.environments) {
        where = space.either(where, space.from(environment));
    }
    if (lock.requires_python) {
        where = space.both(where, space.from_requires_python(*lock.requires_python));
    }
    return where;
}

/// Where the wheel can be installed at the most.
pep::MarkerId environments_of(const lock::Wheel& wheel, pep::TagEnvironments& tags) {
    Result<pep::WheelName> name = pep::WheelName::parse(wheel.name);
    return name ? tags.of(name->tags) : pep::MarkerId::never;
}

/// "py3-none-any" and "py2.py3-none-any": of these no platform and no interpreter takes another
/// view than the markers do.
bool is_pure(const lock::Wheel& wheel) {
    Result<pep::WheelName> name = pep::WheelName::parse(wheel.name);
    return name && std::ranges::any_of(name->tags, [](const pep::Tag& tag) {
               return tag.python == "py3" && tag.abi == "none" && tag.platform == "any";
           });
}

} // namespace

void make_compact(lock::Lock& lock) {
    pep::MarkerSpace space;
    pep::TagEnvironments tags(space);
    const pep::MarkerId everywhere = environments_of(lock, space);
    for (lock::Package& package : lock.packages) {
        auto pure = std::ranges::find_if(package.wheels, is_pure);
        if (pure != package.wheels.end()) {
            package.wheels = {lock::Wheel(*pure)};
            package.sdist.reset();
            continue;
        }
        pep::MarkerId where = everywhere;
        if (package.marker) {
            where = space.both(where, space.without_extras(space.from(*package.marker)));
        }
        pep::MarkerId covered = pep::MarkerId::never;
        for (const lock::Wheel& wheel : package.wheels) {
            covered = space.either(covered, environments_of(wheel, tags));
        }
        // Markers say nothing of glibc's version: only a lock for named environments is sure to
        // need no sdist.
        if (!lock.environments.empty() && space.implies(where, covered)) {
            package.sdist.reset();
        }
    }
}

} // namespace pawl::ops
