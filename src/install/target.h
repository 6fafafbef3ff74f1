#pragma once
// Exact installs into what is not ours: an ordinary virtual environment, or a plain directory
// (`--target`). Afterwards it holds the given packages and nothing else, unless `inexact`.
//
// Each package is old or new at every moment that a crash can leave behind: files are staged
// beside, a journal in the target says what is to be moved, and the next command on that target
// finishes or undoes what a killed one began.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "install/environment.h"
#include "install/link.h"
#include "install/placement.h"
#include "pep/name.h"
#include "pep/version.h"
#include "python/interpreter.h"

namespace pawl::install {

/// Where to: absolute directories of the scheme.
struct Target {
    std::string root; ///< nothing outside it is ever written or removed
    std::string purelib, platlib, scripts, headers, data;
    std::string executable; ///< what launchers start
    bool is_environment = false;

    /// The same, relative to the root.
    Places places() const;

    /// A virtual environment, or a Python's own directories where PEP 668 leaves them to us.
    /// Kind::permission for an externally managed one and for environments of pawl's cache,
    /// Kind::refused when its directories lead outside it.
    static Result<Target> of_environment(const python::Interpreter& interpreter);
    /// A plain directory (made when absent): libraries at its top, scripts in bin/.
    static Result<Target> of_directory(std::string_view directory,
                                       const python::Interpreter& interpreter);
};

struct TargetOptions {
    LinkMode link_mode = LinkMode::automatic;
    bool inexact = false;                ///< keep packages that are not asked for
    bool reinstall = false;              ///< even what is there already, as asked
    bool dry_run = false;                ///< only say what would be done
    bool trust_records = false;          ///< do not look whether the files of RECORD are there
    bool overwrite = false;              ///< of files that belong to nobody known
    const store::Store* store = nullptr; ///< for LinkMode::symlink: the target is made a root
    size_t threads_max = 0;
    int wait_ms_max = 60'000; ///< for another process that changes the same target
};

struct Change {
    enum class What : unsigned char { added, removed, replaced, kept };
    What what = What::kept;
    pep::Name name = pep::Name::of("x");
    std::string version;     ///< new, or the one removed or kept
    std::string version_old; ///< for replaced
    bool operator==(const Change&) const = default;
};

struct TargetReport {
    std::vector<Change> changes;       ///< by name
    std::vector<std::string> warnings; ///< printable
};

/// Makes the target hold exactly `items` (every entry filled in). Idempotent.
Result<TargetReport> install_into(const Target& target, std::span<const Item> items,
                                  const TargetOptions& options = {});

/// Takes packages out (those that are there); RECORD decides which files, and only files inside
/// the target that no other package owns.
Result<TargetReport> uninstall_from(const Target& target, std::span<const pep::Name> names,
                                    const TargetOptions& options = {});

/// What is installed: from dist-info directories that are whole.
struct Installed {
    pep::Name name = pep::Name::of("x");
    std::string version;
    std::string dist_info; ///< absolute
    std::string installer; ///< INSTALLER's text, trimmed
    std::string direct_url;
    bool requested = false;
};
Result<std::vector<Installed>> installed_in(const Target& target);

} // namespace pawl::install
