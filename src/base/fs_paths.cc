// Paths as text: nothing here touches the disk but absolute(), which asks for our own directory.
#include <string>
#include <vector>

#include "base/fs.h"
#include "base/paths.h"
#include "base/text.h"

namespace pawl::fs {

std::string join(std::string_view a, std::string_view b) {
    if (b.starts_with('/') || a.empty()) {
        return std::string(b);
    }
    std::string joined(a);
    if (!joined.ends_with('/')) {
        joined += '/';
    }
    joined += b;
    return joined;
}

std::string_view parent(std::string_view path) {
    while (path.size() > 1 && path.ends_with('/')) {
        path.remove_suffix(1);
    }
    size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) {
        return ".";
    }
    return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

std::string_view base_name(std::string_view path) {
    while (path.size() > 1 && path.ends_with('/')) {
        path.remove_suffix(1);
    }
    size_t slash = path.rfind('/');
    return slash == std::string_view::npos || path.size() == 1 ? path : path.substr(slash + 1);
}

std::string normalize(std::string_view path) {
    bool rooted = path.starts_with('/');
    std::vector<std::string_view> kept;
    for (std::string_view part : split(path, '/')) {
        if (part == ".." && !kept.empty() && kept.back() != "..") {
            kept.pop_back();
        } else if (part == ".." && rooted) {
            continue;
        } else if (!part.empty() && part != ".") {
            kept.push_back(part);
        }
    }
    std::string normal = rooted ? "/" : "";
    for (size_t i = 0; i < kept.size(); ++i) {
        normal += i == 0 ? "" : "/";
        normal += kept[i];
    }
    return normal.empty() ? "." : normal;
}

std::string relative_path(std::string_view absolute_path, std::string_view directory) {
    if (directory.empty()) {
        return std::string(absolute_path);
    }
    std::vector<std::string_view> to = split(absolute_path, '/');
    std::string base = normalize(directory);
    std::vector<std::string_view> from = split(base, '/');
    size_t common = 0;
    while (common < to.size() && common < from.size() && to[common] == from[common]) {
        ++common;
    }
    std::string path;
    for (size_t i = common; i < from.size(); ++i) {
        path += from[i].empty() ? "" : "../";
    }
    for (size_t i = common; i < to.size(); ++i) {
        path += to[i];
        path += i + 1 < to.size() ? "/" : "";
    }
    return path.empty() ? "." : path;
}

Result<std::string> absolute(std::string_view path) {
    if (path.starts_with('/')) {
        return normalize(path);
    }
    return normalize(join(TRY(current_directory()), path));
}

} // namespace pawl::fs
