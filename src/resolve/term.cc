#include "resolve/term.h"

namespace pawl::resolve {

void Term::narrow(const Term& other) {
    if (positive && other.positive) {
        set &= other.set;
    } else if (positive) {
        set -= other.set;
    } else if (other.positive) {
        VersionBits rest = other.set;
        rest -= set;
        set = std::move(rest);
        positive = true;
    } else {
        set |= other.set;
    }
}

void Term::widen(const Term& other) {
    if (positive && other.positive) {
        set |= other.set;
    } else if (positive) {
        VersionBits rest = other.set;
        rest -= set;
        set = std::move(rest);
        positive = false;
    } else if (other.positive) {
        set -= other.set;
    } else {
        set &= other.set;
    }
}

bool Term::implies(const Term& other) const {
    if (positive) {
        return other.positive ? set.is_subset_of(other.set) : set.is_disjoint(other.set);
    }
    return !other.positive && other.set.is_subset_of(set);
}

bool Term::excludes(const Term& other) const {
    if (positive) {
        return other.positive ? set.is_disjoint(other.set) : set.is_subset_of(other.set);
    }
    return other.positive && other.set.is_subset_of(set);
}

} // namespace pawl::resolve
