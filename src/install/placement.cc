#include "install/placement.h"

#include <algorithm>

#include "base/fs.h"
#include "base/text.h"

namespace pawl::install {

namespace {

struct Bounds {
    uint32_t first, last;
};

/// The files below "directory/": contiguous, for the manifest is sorted by path.
Bounds files_below(const store::WheelManifest& manifest, const std::string& directory) {
    std::string begin = directory + "/";
    std::string end = directory + static_cast<char>('/' + 1);
    auto path_before = [](const store::WheelFile& file, const std::string& bound) {
        return file.path < bound;
    };
    auto first = std::lower_bound(manifest.files.begin(), manifest.files.end(), begin, path_before);
    auto last = std::lower_bound(first, manifest.files.end(), end, path_before);
    return {static_cast<uint32_t>(first - manifest.files.begin()),
            static_cast<uint32_t>(last - manifest.files.begin())};
}

} // namespace

Places Places::of_environment(const python::Scheme& scheme) {
    return Places{.purelib = scheme.purelib,
                  .platlib = scheme.platlib,
                  .scripts = scheme.scripts,
                  .headers = scheme.headers,
                  .data = scheme.data};
}

Result<std::vector<Run>> runs_of(uint32_t item, const store::WheelManifest& manifest,
                                 const Places& places) {
    const std::string& library = manifest.root_is_purelib ? places.purelib : places.platlib;
    auto size = static_cast<uint32_t>(manifest.files.size());
    std::vector<Run> special;
    auto add = [&](const std::string& directory, Role role, const std::string& place) {
        Bounds bounds = files_below(manifest, directory);
        if (bounds.first < bounds.last) {
            uint32_t skip = static_cast<uint32_t>(directory.size()) + 1;
            special.push_back(Run{item, bounds.first, bounds.last, skip, role, place});
        }
        return bounds.last - bounds.first;
    };
    Bounds info = files_below(manifest, manifest.dist_info);
    special.push_back(Run{item, info.first, info.last, 0, Role::dist_info, library});
    const std::string& data = manifest.data_directory;
    if (!data.empty()) {
        Bounds all = files_below(manifest, data);
        uint32_t known = add(data + "/purelib", Role::library, places.purelib);
        known += add(data + "/platlib", Role::library, places.platlib);
        known += add(data + "/scripts", Role::script, places.scripts);
        known += add(data + "/data", Role::data, places.data);
        known += add(data + "/headers", Role::headers, fs::join(places.headers, manifest.name));
        if (known != all.last - all.first) {
            return fail(Error::Kind::refused, printable(manifest.file_name) + ": " +
                                                  printable(data) +
                                                  " holds files that belong to no scheme");
        }
    }
    // What lies between the special runs belongs to the library.
    std::ranges::sort(special, {}, &Run::first);
    std::vector<Run> runs;
    uint32_t next = 0;
    for (Run& run : special) {
        if (next < run.first) {
            runs.push_back(Run{item, next, run.first, 0, Role::library, library});
        }
        next = run.last;
        if (run.first < run.last) {
            runs.push_back(std::move(run));
        }
    }
    if (next < size) {
        runs.push_back(Run{item, next, size, 0, Role::library, library});
    }
    return runs;
}

std::string placed_path(const Run& run, std::string_view path) {
    path.remove_prefix(run.skip);
    return run.place.empty() ? std::string(path) : run.place + "/" + std::string(path);
}

std::string relative_path(std::string_view path, std::string_view directory) {
    std::string up;
    while (!directory.empty()) {
        if (path.size() > directory.size() && path.starts_with(directory) &&
            path[directory.size()] == '/') {
            return up + std::string(path.substr(directory.size() + 1));
        }
        up += "../";
        size_t slash = directory.rfind('/');
        directory =
            slash == std::string_view::npos ? std::string_view() : directory.substr(0, slash);
    }
    return up + std::string(path);
}

} // namespace pawl::install
