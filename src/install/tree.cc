// Making directories costs as much as linking the files in them (22 % and 38 % of an installation
// of 20,000 files, measured), so both are spread over threads: the tree is cut into units, each a
// directory with all that is below it. What is larger than a unit is made before, and files whose
// directory is in some unit (the installer's own, at the end of a plan) afterwards.

#include "install/tree.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/fs.h"
#include "base/parallel.h"

namespace pawl::install {

namespace {

/// Below this, starting a thread costs more than it saves.
constexpr size_t actions_per_thread_min = 300;
constexpr size_t unit_actions_max = 200;

/// Where everything goes, and how.
struct Site {
    const std::string& root;
    Linker& linker;
    const TreeOptions& options;
};

uint32_t mode_of_text(const Action& action) {
    return action.is_executable ? 0755 : 0644;
}

bool share(const Action& action, const Site& site, const std::string& path, LinkRoute& route) {
    if (site.options.sibling.empty()) {
        return false;
    }
    std::string like = site.options.sibling + "/" + action.path;
    return action.kind == Action::Kind::text
               ? share_text(like, action.source, mode_of_text(action), path, route)
               : share_symlink(like, action.source, path, route);
}

Result<> make_one(const Action& action, const Site& site, LinkRoute& route) {
    std::string path = site.root + "/" + action.path;
    switch (action.kind) {
    case Action::Kind::directory:
        return fs::make_directories(path);
    case Action::Kind::link_directory:
    case Action::Kind::symlink:
        return share(action, site, path, route) ? Result<>() : fs::symlink(action.source, path);
    case Action::Kind::file:
        return site.linker.place(action.source, path, route);
    case Action::Kind::text:
        return share(action, site, path, route)
                   ? Result<>()
                   : fs::write_new(path, action.source, mode_of_text(action));
    }
    check(false);
}

std::string_view parent_of(std::string_view path) {
    size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

bool is_below(std::string_view path, std::string_view directory) {
    return path.size() > directory.size() && path[directory.size()] == '/' &&
           path.starts_with(directory);
}

/// Files of one directory wait for each other in the kernel: they are one thread's.
bool is_beside(const Action& next, const Action& file) {
    return next.kind != Action::Kind::directory && parent_of(next.path) == parent_of(file.path);
}

using Unit = std::span<const Action>;

struct Units {
    std::vector<Unit> now;   ///< independent of each other
    std::vector<Unit> later; ///< independent too, once those are done
};

/// Cuts the list; makes the directories that are too large for one unit.
Result<Units> cut(Unit actions, const Site& site) {
    Units units;
    std::set<std::string_view> made;
    LinkRoute route;
    for (size_t i = 0; i < actions.size();) {
        const Action& action = actions[i];
        size_t end = i + 1;
        bool is_directory = action.kind == Action::Kind::directory;
        while (is_directory && end < actions.size() && is_below(actions[end].path, action.path)) {
            ++end;
        }
        bool is_free = parent_of(action.path).empty() || made.contains(parent_of(action.path));
        if (is_directory && end - i > unit_actions_max && is_free) {
            TRY(make_one(action, site, route));
            made.insert(action.path);
            ++i;
            continue;
        }
        while (!is_directory && end < actions.size() && is_beside(actions[end], action)) {
            ++end;
        }
        (is_free ? units.now : units.later).push_back(actions.subspan(i, end - i));
        i = end;
    }
    return units;
}

Result<> make_units(const std::vector<Unit>& units, const Site& site, size_t threads) {
    return parallel_for(
        units.size(),
        [&](size_t i) -> Result<> {
            LinkRoute route;
            for (const Action& action : units[i]) {
                TRY(make_one(action, site, route));
            }
            return {};
        },
        threads);
}

} // namespace

Result<> make_tree(const std::string& root, std::span<const Action> actions, Linker& linker,
                   const TreeOptions& options) {
    size_t threads = std::min(options.threads_max == 0 ? processor_count() : options.threads_max,
                              actions.size() / actions_per_thread_min + 1);
    Site site{root, linker, options};
    if (threads == 1) {
        return make_units({actions}, site, 1);
    }
    Units units = TRY(cut(actions, site));
    TRY(make_units(units.now, site, threads));
    return make_units(units.later, site, threads);
}

} // namespace pawl::install
