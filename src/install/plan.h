#pragma once
// What an environment is going to consist of, decided before anything is written: one owner for
// every path, reserved names kept, and which directories can be links into the store.

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "install/environment.h"
#include "install/placement.h"

namespace pawl::install {

/// One thing to be made; `path` is relative to the root, parents come before what is in them.
struct Action {
    enum class Kind : unsigned char {
        directory,
        link_directory, ///< a symbolic link to a directory of the store
        file,           ///< a file of the store: hard link or copy
        text,           ///< a new file with `source` as its content
        symlink,        ///< to a place in the store where bytecode is or will be
    };
    Kind kind = Kind::directory;
    Role role = Role::library;
    bool is_executable = false; ///< of a text; a file has the store's mode
    uint32_t item = 0;
    uint32_t file = 0; ///< index into the manifest, for file
    std::string path;
    std::string source; ///< absolute path in the store, or the content of a text
};

/// A file that is not as it stands in the wheel, for RECORD.
struct Generated {
    static constexpr uint32_t no_file = UINT32_MAX;
    uint32_t item = 0;
    uint32_t file = no_file; ///< of the manifest that it stands for (a script); no_file: a launcher
    std::string path;        ///< relative to the root
    Sha256::Digest sha256{};
    uint64_t size_bytes = 0;
};

/// A file that is left out because another wheel has one of that name: see is_beside_the_point().
struct Dropped {
    uint32_t item = 0;
    uint32_t file = 0;
    auto operator<=>(const Dropped&) const = default;
};

struct Plan {
    std::vector<Action> actions;
    std::vector<Generated> generated; ///< by item
    std::set<Dropped> dropped;
    std::set<uint32_t> linked_dist_infos; ///< items whose dist-info is the store's (dist_info.h)
    std::vector<std::string> warnings;    ///< printable
    std::vector<std::vector<Run>> runs;   ///< one list an item
};

struct PlanOptions {
    Places places;
    std::string executable; ///< for the first lines of programs
    bool link_directories = false;
    /// Where it is not empty, __pycache__ leads into the store: "cpython-312".
    std::string cache_tag;
    /// Paths that belong to the root itself, relative to it.
    std::vector<std::string> reserved;
    /// Items whose dist-info must not be a link.
    std::set<uint32_t> real_dist_infos;
};

/// Files that wheels put beside their packages by mistake, and that nothing imports while a program
/// runs: LICENSE or README at the top of site-packages, and what is below tests/, docs/ and the
/// like there. Different ones of one name are no conflict: the first wheel's is taken. `path` is
/// relative to the library directory.
bool is_beside_the_point(std::string_view path);

/// Items whose wheels' top level says all that an environment needs to know of them: nothing there
/// is anybody else's, and each directory of it can be a link. Their `files` may be left unread. Of
/// wheels with a data directory they have been read.
Result<std::set<uint32_t>> items_without_need_of_lists(std::span<const Item> items,
                                                       const Places& places);

/// Every item has its wheel, with its list of files where that is needed. Kind::permission where
/// two want one path or one wants a reserved name; Kind::refused for a dangerous entry point.
Result<Plan> make_plan(std::span<const Item> items, const PlanOptions& options);

} // namespace pawl::install
