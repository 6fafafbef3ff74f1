#include "wheel/layout.h"

#include <algorithm>
#include <optional>
#include <set>

#include "archive/member_names.h"
#include "base/text.h"

namespace pawl::wheel {
namespace {

constexpr std::string_view dist_info_suffix = ".dist-info";
constexpr std::string_view data_suffix = ".data";

std::string_view first_part(std::string_view path) {
    return path.substr(0, path.find('/'));
}

std::string_view behind_first_part(std::string_view path) {
    size_t slash = path.find('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
}

struct SchemeName {
    std::string_view name;
    Scheme scheme;
};
constexpr SchemeName scheme_names[] = {{"purelib", Scheme::purelib},
                                       {"platlib", Scheme::platlib},
                                       {"headers", Scheme::headers},
                                       {"scripts", Scheme::scripts},
                                       {"data", Scheme::data}};

std::optional<Scheme> scheme_of(std::string_view name) {
    for (const SchemeName& row : scheme_names) {
        if (row.name == name) {
            return row.scheme;
        }
    }
    return std::nullopt;
}

/// Whether "<name>-<version>" is this project and version, in whatever spelling.
bool is_of(std::string_view stem, const pep::WheelName& name) {
    size_t dash = stem.rfind('-');
    if (dash == std::string_view::npos) {
        return false;
    }
    Result<pep::Version> version = pep::Version::parse(stem.substr(dash + 1));
    return version && *version == name.version &&
           pep::normalize_name(stem.substr(0, dash)) == name.name.str();
}

bool ends_with_ignoring_case(std::string_view text, std::string_view suffix) {
    return text.size() >= suffix.size() &&
           equals_ignoring_case(text.substr(text.size() - suffix.size()), suffix);
}

/// Directories at the top whose names end so, and that look like "<name>-<version>".
std::set<std::string> top_directories(std::span<const archive::ZipEntry> entries,
                                      std::string_view suffix) {
    std::set<std::string> found;
    for (const archive::ZipEntry& entry : entries) {
        std::string_view top = first_part(entry.path);
        bool is_directory = entry.is_directory || top.size() < entry.path.size();
        bool has_stem = top.find('-') != std::string_view::npos || suffix == dist_info_suffix;
        if (is_directory && has_stem && ends_with_ignoring_case(top, suffix)) {
            found.emplace(top);
        }
    }
    return found;
}

Result<> check_data_member(const archive::ZipEntry& entry) {
    std::string_view below = behind_first_part(entry.path);
    std::string shown = "'" + printable(entry.path) + "'";
    if (below.empty() && entry.is_directory) {
        return {}; // the directory itself
    }
    if (below.empty()) {
        return fail(Error::Kind::refused, shown + " is a file, and a directory as well");
    }
    if (!scheme_of(first_part(below))) {
        return fail(Error::Kind::refused,
                    shown + " is for a scheme that does not exist (there are purelib, platlib, "
                            "headers, scripts and data)");
    }
    if (behind_first_part(below).empty() && !entry.is_directory) {
        return fail(Error::Kind::refused, shown + " is a file where a scheme's directory must be");
    }
    return {};
}

/// The path below a directory that stands for all of the environment; the parts of it that a
/// wheel cannot know (where site-packages is below the root) are kept apart.
std::string owned_path(const Placed& placed) {
    switch (placed.scheme) {
    case Scheme::root:
    case Scheme::purelib:
    case Scheme::platlib:
        return "site-packages/" + std::string(placed.path);
    case Scheme::headers:
        return "headers/" + std::string(placed.path);
    case Scheme::scripts:
        return "root/bin/" + std::string(placed.path);
    case Scheme::data:
        return "root/" + std::string(placed.path);
    }
    return {};
}

/// The installer writes files of these names: nothing may lie below them.
Result<> check_installers_place(const Layout& layout, std::string_view path) {
    size_t slash = path.find('/', layout.dist_info.size() + 1);
    if (slash != std::string_view::npos && is_installers_own(layout, path.substr(0, slash))) {
        return fail(Error::Kind::refused, "'" + printable(path) + "' lies below a name that is " +
                                              "the installer's to write");
    }
    return {};
}

/// Names of the environment's own, as seen on a file system that ignores case.
Result<> check_reserved(std::string_view member, std::string_view owned, std::string_view project) {
    constexpr std::string_view programs = "root/bin/";
    std::string folded = archive::fold_case(owned);
    std::string_view path = folded;
    bool reserved = path == "root/bin" || path == "root/lib" || path == "root/lib64" ||
                    path == "root/include" || path == "root/pyvenv.cfg" ||
                    path.starts_with("root/.pawl-");
    if (path.starts_with(programs)) {
        // The first part counts: a directory called python is in the way as well.
        reserved = is_reserved_script(first_part(path.substr(programs.size())), project);
    }
    if (reserved) {
        return fail(Error::Kind::refused, "'" + printable(member) +
                                              "' would take the place of a file that belongs to "
                                              "the environment itself");
    }
    return {};
}

/// Whether an owned path is that of a member outside of the .data directory.
bool is_root_member(std::string_view owned, std::span<const archive::ZipEntry> entries) {
    constexpr std::string_view place = "site-packages/";
    return owned.starts_with(place) &&
           std::ranges::any_of(entries, [&](const archive::ZipEntry& entry) {
               return !entry.is_directory && owned.substr(place.size()) == entry.path;
           });
}

} // namespace

Placed Layout::place(std::string_view path) const {
    if (data_directory.empty() || first_part(path) != data_directory) {
        return {.scheme = Scheme::root, .path = path};
    }
    std::string_view below = behind_first_part(path);
    return {.scheme = scheme_of(first_part(below)).value_or(Scheme::data),
            .path = behind_first_part(below)};
}

bool Layout::is_in_dist_info(std::string_view path) const {
    return first_part(path) == dist_info;
}

Result<Layout> find_layout(std::span<const archive::ZipEntry> entries, const pep::WheelName& name) {
    std::set<std::string> infos = top_directories(entries, dist_info_suffix);
    if (infos.empty()) {
        return fail(Error::Kind::input, "not a wheel: it has no .dist-info directory");
    }
    if (infos.size() > 1) {
        return fail(Error::Kind::refused, "it has two .dist-info directories, " +
                                              printable(*infos.begin()) + " and " +
                                              printable(*infos.rbegin()));
    }
    Layout layout{.dist_info = *infos.begin(), .data_directory = {}};
    std::string_view stem = layout.dist_info;
    if (!stem.ends_with(dist_info_suffix) ||
        !is_of(stem.substr(0, stem.size() - dist_info_suffix.size()), name)) {
        return fail(Error::Kind::integrity,
                    "its directory " + printable(stem) + " does not belong to its file name");
    }
    for (const archive::ZipEntry& entry : entries) {
        TRY(check_installers_place(layout, entry.path));
    }
    for (const std::string& data : top_directories(entries, data_suffix)) {
        std::string_view own = data;
        if (!own.ends_with(data_suffix) || !layout.data_directory.empty() ||
            !is_of(own.substr(0, own.size() - data_suffix.size()), name)) {
            return fail(Error::Kind::refused,
                        "its directory " + printable(data) + " is the data of another wheel");
        }
        layout.data_directory = data;
    }
    for (const archive::ZipEntry& entry : entries) {
        if (!layout.data_directory.empty() && first_part(entry.path) == layout.data_directory) {
            TRY(check_data_member(entry));
        }
    }
    return layout;
}

bool is_replaced(const Layout& layout, std::string_view path,
                 std::span<const EntryPoint> programs) {
    Placed placed = layout.place(path);
    return placed.scheme == Scheme::scripts &&
           std::ranges::any_of(programs, [&](const EntryPoint& program) {
               return equals_ignoring_case(program.name, placed.path);
           });
}

Result<std::vector<std::string>> check_owners(std::span<const archive::ZipEntry> entries,
                                              const Layout& layout,
                                              std::span<const EntryPoint> programs,
                                              std::string_view project) {
    std::vector<std::string> owned;
    owned.reserve(entries.size() + programs.size());
    for (const archive::ZipEntry& entry : entries) {
        if (entry.is_directory || is_replaced(layout, entry.path, programs)) {
            continue;
        }
        owned.push_back(owned_path(layout.place(entry.path)));
        TRY(check_reserved(entry.path, owned.back(), project));
    }
    for (const EntryPoint& program : programs) {
        owned.push_back(owned_path({.scheme = Scheme::scripts, .path = program.name}));
        TRY(check_reserved(program.name, owned.back(), project));
    }
    std::vector<archive::MemberName> names;
    names.reserve(owned.size());
    for (const std::string& path : owned) {
        names.push_back({.path = path, .is_directory = false});
    }
    std::vector<std::string> differ_by_case;
    for (const archive::CaseClash& clash : TRY(archive::check_member_names(names))) {
        std::string member(clash.b.substr(clash.b.find('/') + 1));
        const bool is_plain = is_root_member(clash.a, entries) &&
                              is_root_member(clash.b, entries) && !layout.is_in_dist_info(member);
        if (!is_plain) { // two ways to one place, not two files of a package
            return fail(Error::Kind::refused,
                        "'" + printable(member) + "' would be there twice, but for case");
        }
        differ_by_case.push_back(std::move(member));
    }
    return differ_by_case;
}

bool is_installers_own(const Layout& layout, std::string_view path) {
    if (!layout.is_in_dist_info(path)) {
        return false;
    }
    constexpr std::string_view own[] = {"INSTALLER", "REQUESTED",  "direct_url.json",
                                        "RECORD",    "RECORD.jws", "RECORD.p7s"};
    std::string_view name = behind_first_part(path);
    return std::any_of(std::begin(own), std::end(own),
                       [&](std::string_view each) { return equals_ignoring_case(each, name); });
}

bool is_native(std::string_view path) {
    std::string_view name = path.substr(path.rfind('/') + 1);
    for (std::string_view suffix : {".so", ".pyd", ".dylib", ".dll"}) {
        if (ends_with_ignoring_case(name, suffix)) {
            return true;
        }
    }
    size_t version = name.find(".so.");
    return version != std::string_view::npos && version + 4 < name.size() &&
           is_digit(name[version + 4]);
}

} // namespace pawl::wheel
