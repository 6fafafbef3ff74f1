#include "wheel/lock_members.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "lock/model.h"

namespace pawl::wheel {

namespace {

constexpr std::string_view lock_directory = "/pylock/";
constexpr size_t lock_name_bytes_max = 100;

bool is_lock_name(std::string_view name) {
    return !name.empty() && name.size() <= lock_name_bytes_max &&
           std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
}

/// "" for pylock.toml, NAME of pylock.NAME.toml; nothing for what is no lock.
std::optional<std::string_view> lock_name_in(std::string_view file_name) {
    std::optional<std::string_view> name = lock::lock_name_of(file_name);
    return name && (name->empty() || is_lock_name(*name)) ? name : std::nullopt;
}

/// PACKAGE/pylock.toml in site-packages; nothing for other files.
std::optional<std::string_view> package_lock_name(std::string_view path, const Layout& layout) {
    Placed placed = layout.place(path);
    bool in_site_packages = placed.scheme == Scheme::root || placed.scheme == Scheme::purelib ||
                            placed.scheme == Scheme::platlib;
    std::optional<Halves> halves = split_once(placed.path, '/');
    if (!in_site_packages || layout.is_in_dist_info(path) || !halves) {
        return std::nullopt;
    }
    return lock_name_in(halves->after);
}

} // namespace

std::string_view lock_place_name(LockPlace place) {
    switch (place) {
    case LockPlace::dist_info:
        return "dist-info";
    case LockPlace::package_data:
        return "package data";
    case LockPlace::sidecar:
        return "sidecar";
    }
    return "";
}

LockMembers find_lock_members(std::span<const std::string> paths, const Layout& layout) {
    const std::string directory = layout.dist_info + std::string(lock_directory);
    LockMembers members;
    for (const std::string& path : paths) {
        if (path.starts_with(directory)) {
            std::string_view file_name = std::string_view(path).substr(directory.size());
            if (std::optional<std::string_view> name = lock_name_in(file_name)) {
                members.locks.push_back({LockPlace::dist_info, std::string(*name), path});
            } else {
                members.strays.push_back(path);
            }
        } else if (std::optional<std::string_view> name = package_lock_name(path, layout)) {
            members.locks.push_back({LockPlace::package_data, std::string(*name), path});
        }
    }
    std::ranges::sort(members.locks, {}, [](const LockMember& member) {
        return std::tie(member.place, member.name, member.path);
    });
    std::ranges::sort(members.strays);
    return members;
}

Result<std::optional<LockMember>> choose_lock(const LockMembers& members, std::string_view name) {
    std::optional<LockMember> chosen;
    for (const LockMember& member : members.locks) {
        if (member.name != name) {
            continue;
        }
        if (!chosen) {
            chosen = member;
        } else if (chosen->place == LockPlace::package_data) {
            return fail(Error::Kind::input, "two packages of the wheel have a lock, " +
                                                printable(chosen->path) + " and " +
                                                printable(member.path));
        }
    }
    return chosen;
}

Result<> check_lock_name(std::string_view name) {
    if (is_lock_name(name)) {
        return {};
    }
    return fail(Error{Error::Kind::usage, "\"" + printable(name) + "\" is no name for a lock"}.hint(
        "it becomes pylock.NAME.toml: letters, digits, \"-\" and \"_\""));
}

std::string lock_member_path(const Layout& layout, std::string_view name) {
    std::string path = layout.dist_info + std::string(lock_directory) + "pylock.";
    return path + (name.empty() ? "" : std::string(name) + ".") + "toml";
}

Url sidecar_of(const Url& wheel) {
    return wheel.without_fragment().with_path(std::string(wheel.path()) + ".lock");
}

} // namespace pawl::wheel
