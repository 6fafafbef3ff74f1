#pragma once
// Which members of a wheel are locks, decided from their paths alone, and which of them counts.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/url.h"
#include "wheel/layout.h"

namespace pawl::wheel {

/// Where a lock is, the one that counts first.
enum class LockPlace : unsigned char {
    dist_info,    ///< NAME-VERSION.dist-info/pylock/pylock.toml
    package_data, ///< PACKAGE/pylock.toml, an ordinary file of an import package
    sidecar,      ///< {wheel URL}.lock, beside the wheel
};
std::string_view lock_place_name(LockPlace place); ///< "dist-info", "package data", "sidecar"

struct LockMember {
    LockPlace place = LockPlace::dist_info;
    std::string name; ///< "" for pylock.toml, else that of pylock.NAME.toml
    std::string path; ///< of the member; the address of a sidecar
    bool operator==(const LockMember&) const = default;
};

struct LockMembers {
    std::vector<LockMember> locks;   ///< in order of place, name, path
    std::vector<std::string> strays; ///< files of dist-info/pylock/ whose name is no lock's
};

/// `paths`: all files of the wheel.
LockMembers find_lock_members(std::span<const std::string> paths, const Layout& layout);

/// The one that counts for this name ("": the default one); nothing when the wheel has none.
/// Kind::input when two packages have one and dist-info has none.
Result<std::optional<LockMember>> choose_lock(const LockMembers& members, std::string_view name);

/// Letters, digits, "-" and "_": what pylock.NAME.toml may be called everywhere. Kind::usage.
Result<> check_lock_name(std::string_view name);

/// Where pylock.toml or pylock.NAME.toml is put.
std::string lock_member_path(const Layout& layout, std::string_view name);

/// The address of a wheel's sidecar.
Url sidecar_of(const Url& wheel);

} // namespace pawl::wheel
