#include "hardware/wheel_properties.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>

#include "base/fs.h"
#include "base/text.h"

namespace pawl::hardware {

namespace {

constexpr uint64_t cpu_info_bytes_max = uint64_t{16} << 20;

/// Of each major version the minor ones that a wheel may name: more than there will be.
constexpr uint64_t minor_max = 20;
constexpr uint64_t major_min = 11;
constexpr uint64_t majors_ahead = 3;

uint64_t part(const pep::Version& version, size_t place) {
    return place < version.release().size() ? version.release()[place] : 0;
}

/// "12.2", "12.1", "12.0", "12": what stands between the two, from the newest on. "12" is "12.0".
void add_versions(std::vector<std::string>& list, uint64_t major, uint64_t newest,
                  uint64_t oldest) {
    for (uint64_t minor = newest + 1; minor-- > oldest;) {
        list.push_back(std::to_string(major) + "." + std::to_string(minor));
    }
    if (oldest == 0) {
        list.push_back(std::to_string(major));
    }
}

/// The bounds below which a driver must not be: all up to its own version.
std::vector<std::string> lower_bounds(const pep::Version& driver) {
    std::vector<std::string> list;
    uint64_t newest = part(driver, 1);
    for (uint64_t major = part(driver, 0); major >= major_min; --major, newest = minor_max) {
        add_versions(list, major, newest, 0);
    }
    return list;
}

/// The bounds that a driver must be below: all above its own version.
std::vector<std::string> upper_bounds(const pep::Version& driver) {
    std::vector<std::string> list;
    const uint64_t own = part(driver, 0);
    for (uint64_t major = own + majors_ahead; major > own; --major) {
        add_versions(list, major, minor_max, 0);
    }
    add_versions(list, own, minor_max, part(driver, 1) + 1);
    return list;
}

/// The flags of the x86-64 psABI's levels, as Linux names them in /proc/cpuinfo.
constexpr std::array<std::string_view, 6> level_2 = {"cx16",   "lahf_lm", "popcnt",
                                                     "sse4_1", "sse4_2",  "ssse3"};
constexpr std::array<std::string_view, 8> level_3 = {"avx",  "avx2", "bmi1",  "bmi2",
                                                     "f16c", "fma",  "movbe", "abm"};
constexpr std::array<std::string_view, 5> level_4 = {"avx512f", "avx512bw", "avx512cd", "avx512dq",
                                                     "avx512vl"};

std::vector<std::string> x86_levels(std::string_view cpu_info) {
    std::set<std::string_view> flags;
    for (std::string_view line : split(cpu_info, '\n')) {
        if (line.starts_with("flags")) {
            for (std::string_view flag : split(line.substr(line.find(':') + 1), ' ')) {
                flags.insert(flag);
            }
            break; // of the first processor: all run the same programs
        }
    }
    if (flags.empty()) {
        return {};
    }
    auto has_all = [&flags](const auto& needed) {
        return std::ranges::all_of(needed, [&](auto one) { return flags.contains(one); });
    };
    std::vector<std::string> levels = {"v1"};
    for (bool has_next : {has_all(level_2), has_all(level_3), has_all(level_4)}) {
        if (!has_next) {
            break;
        }
        levels.insert(levels.begin(), "v" + std::to_string(levels.size() + 1));
    }
    return levels;
}

} // namespace

pep::SupportedProperties wheel_properties(const Machine& machine, std::string_view cpu_info) {
    pep::SupportedProperties supported;
    const Device* cuda = machine.find(Platform::cuda);
    if (cuda != nullptr && cuda->version) {
        supported["nvidia"] = {{"cuda_version_lower_bound", lower_bounds(*cuda->version)},
                               {"cuda_version_upper_bound", upper_bounds(*cuda->version)}};
    }
    std::vector<std::string> levels = x86_levels(cpu_info);
    if (!levels.empty()) {
        supported["x86_64"] = {{"level", std::move(levels)}};
    }
    return supported;
}

std::string cpu_info() {
    return fs::read("/proc/cpuinfo", cpu_info_bytes_max).value_or("");
}

} // namespace pawl::hardware
