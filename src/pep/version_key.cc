#include "pep/version_key.h"

namespace pawl::pep {

VersionPlace VersionPlace::of(const Version& version) {
    VersionPlace place;
    place.epoch = version.epoch();
    place.release = version.release();
    place.post = version.post() ? *version.post() + 1 : 0;
    place.dev = version.dev().value_or(no_dev);
    place.local = version.local();
    if (std::optional<Version::Pre> pre = version.pre()) {
        place.phase = static_cast<order_key::Kind>(order_key::alpha + static_cast<int>(pre->kind));
        place.pre = pre->number;
    } else if (version.dev() && !version.post()) {
        place.phase = order_key::dev;
    }
    return place;
}

std::strong_ordering compare_places(const VersionPlace& a, const VersionPlace& b) {
    if (a.epoch != b.epoch) {
        return a.epoch <=> b.epoch;
    }
    std::strong_ordering order = compare_releases(a.release, b.release);
    if (order != 0) {
        return order;
    }
    if (a.phase != b.phase) {
        return a.phase <=> b.phase;
    }
    if (a.pre != b.pre) {
        return a.pre <=> b.pre;
    }
    if (a.post != b.post) {
        return a.post <=> b.post;
    }
    if (a.dev != b.dev) {
        return a.dev <=> b.dev;
    }
    order = compare_locals(a.local, b.local);
    return order != 0 ? order : a.after <=> b.after;
}

} // namespace pawl::pep
