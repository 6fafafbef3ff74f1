#pragma once
// Environments by content: `<cache>/envs/<digest>/` is a real virtual environment of exactly these
// files for exactly this interpreter. It is made beside under another name and renamed, so a
// directory with its name is whole; it never changes afterwards. Its layout is in
// docs/formats; how it is put together out of links is in environment.cc.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "python/interpreter.h"
#include "store/environments.h"
#include "store/wheel_entry.h"

namespace pawl::install {

/// One wheel to be installed. `wheel` does not name the environment, the other members do.
struct Item {
    /// Hexadecimal SHA-256 of the file that the lock selects (the sdist's, when it was built).
    std::string sha256;
    /// Borrowed. Null where nothing is made (find_environment, environment_digest).
    const store::WheelEntry* wheel = nullptr;
    bool requested = false; ///< writes REQUESTED
    std::string direct_url; ///< content of direct_url.json; "" for a file from an index
};

struct Environment {
    std::string digest;                ///< the directory's name
    std::string path;                  ///< absolute
    std::string executable;            ///< "<path>/bin/python"
    store::Lease lease;                ///< keep it until exec; keep_over_exec() before that
    bool is_new = false;               ///< made by this call
    std::vector<std::string> warnings; ///< of this making, printable
};

/// 64 hexadecimal digits; the order of the items does not matter.
std::string environment_digest(const python::Interpreter& interpreter, std::span<const Item> items);

/// The environment if it is there already. A few system calls. Its base interpreter must still be
/// where it was, else it counts as absent.
Result<std::optional<Environment>> find_environment(const store::Store& store,
                                                    const python::Interpreter& interpreter,
                                                    std::span<const Item> items);

/// Finds it or makes it. Safe for any number of threads and processes at once: who comes second
/// takes what the first one made. Errors leave nothing behind:
/// refused (two owners of one path, a reserved or dangerous name), environment, disk. `sibling` is
/// the path of an environment with much the same in it, or ""; a new one is made the faster then.
Result<Environment> make_environment(const store::Store& store,
                                     const python::Interpreter& interpreter,
                                     std::span<const Item> items, const std::string& sibling = {});

/// Makes an environment of its own outside the store, at `directory` (absolute; its parent exists,
/// itself it does not): hard links and copies, nothing that leads into the cache, so that the cache
/// may go. What it leaves on an error is the caller's to remove. Warnings are printable.
Result<std::vector<std::string>> make_own_environment(const std::string& directory,
                                                      const python::Interpreter& interpreter,
                                                      std::span<const Item> items);

} // namespace pawl::install
