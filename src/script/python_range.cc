#include "script/python_range.h"

#include <array>
#include <bit>
#include <vector>

#include "base/text.h"

namespace pawl::script {
namespace {

struct Run {
    unsigned first = 0, last = 0; ///< minors
};

/// The runs of neighbours in `minors`; what is not in `supported` does not part them.
std::vector<Run> runs_of(MinorSet minors, MinorSet supported) {
    std::vector<Run> runs;
    bool is_open = false;
    for (unsigned minor = stdlib_minor_min; minor <= stdlib_minor_max; ++minor) {
        const unsigned bit = 1U << (minor - stdlib_minor_min);
        if ((supported & bit) == 0) {
            continue;
        }
        if ((minors & bit) == 0) {
            is_open = false;
        } else if (is_open) {
            runs.back().last = minor;
        } else {
            runs.push_back({minor, minor});
            is_open = true;
        }
    }
    return runs;
}

std::string version(unsigned minor) {
    return "3." + std::to_string(minor);
}

unsigned lowest(MinorSet minors) {
    return stdlib_minor_min + static_cast<unsigned>(std::countr_zero(minors));
}
unsigned highest(MinorSet minors) {
    return stdlib_minor_min + static_cast<unsigned>(std::bit_width(minors)) - 1;
}

} // namespace

MinorSet supported_minors(const pep::Specifiers& requires_python) {
    MinorSet minors = 0;
    const pep::VersionSet& set = requires_python.set();
    for (unsigned minor = stdlib_minor_min; minor <= stdlib_minor_max; ++minor) {
        const std::array<uint64_t, 2> begin{3, minor};
        const std::array<uint64_t, 2> end{3, minor + 1};
        const pep::VersionSet releases =
            pep::VersionSet::between(pep::Cut{pep::Version::of(begin), pep::Cut::Kind::before},
                                     pep::Cut{pep::Version::of(end), pep::Cut::Kind::before_all});
        if (!set.is_disjoint(releases)) {
            minors = static_cast<MinorSet>(minors | 1U << (minor - stdlib_minor_min));
        }
    }
    if (minors != 0) {
        return minors;
    }
    const std::array<uint64_t, 2> oldest{3, stdlib_minor_min};
    const pep::VersionSet older = pep::VersionSet::between(
        std::nullopt, pep::Cut{pep::Version::of(oldest), pep::Cut::Kind::before});
    return set.is_disjoint(older) ? MinorSet{0x80} : MinorSet{0x01};
}

std::string minors_marker(MinorSet minors, MinorSet supported) {
    minors &= supported;
    if (minors == supported || minors == 0) {
        return {};
    }
    std::string marker;
    for (const Run& run : runs_of(minors, supported)) {
        marker += marker.empty() ? "" : " or ";
        const bool has_begin = run.first > lowest(supported);
        if (has_begin) {
            marker += "python_version >= \"" + version(run.first) + "\"";
        }
        if (run.last < highest(supported)) {
            marker += has_begin ? " and " : "";
            marker += "python_version < \"" + version(run.last + 1) + "\"";
        }
    }
    return marker;
}

std::string minors_text(MinorSet minors) {
    std::vector<std::string> parts;
    for (const Run& run : runs_of(minors, every_minor)) {
        parts.push_back(run.first == run.last ? version(run.first)
                                              : version(run.first) + " to " + version(run.last));
    }
    return join_words(parts);
}

} // namespace pawl::script
