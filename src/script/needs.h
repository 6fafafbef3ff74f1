#pragma once
// What one script needs, and why: the result of inference, declarations and directives together.
//
// Precedence (design §5): a `# requirements:` block, then PEP 723, then a requirements file that
// the caller hands in, then the imports. Local modules are followed in each case but the first.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pep/requirement.h"
#include "script/directives.h"
#include "script/inline_metadata.h"
#include "script/scanner.h"

namespace pawl::script {

/// Where local modules are read from: the disk, or a server's deployments. For one thread.
class Sources {
  public:
    virtual ~Sources() = default;
    /// The file's bytes; nothing when there is no such file.
    virtual Result<std::optional<std::string>> read(std::string_view path) = 0;
    virtual bool is_file(std::string_view path) = 0;
    virtual bool is_directory(std::string_view path) = 0;
    /// The file that a symbolic link leads to; other paths as they are. Python looks for a script's
    /// own modules beside the file itself, not beside the link that it was started by.
    virtual std::string behind_links(std::string_view path) { return std::string(path); }
};
std::unique_ptr<Sources> disk_sources();

enum class Why : unsigned char {
    listed,   ///< a `# requirements:` or `# extra_requirements:` block
    declared, ///< PEP 723
    file,     ///< a requirements file
    pinned,   ///< `# pin:` or `# repin:`
    imported, ///< an import whose project the table knows
    guessed,  ///< an import whose project is only guessed from its name
};
std::string_view why_name(Why why); ///< "declared", "imported", …

/// A file, and a place in it.
struct Origin {
    std::string file;
    Position at;
    /// "report.py:3:8", the column in characters from 1 where it is known.
    std::string str() const;
};

struct NeededRequirement {
    pep::Requirement requirement;
    Why why = Why::imported;
    Origin origin;
    Position end;       ///< of the import's name, for editors; zero otherwise
    std::string module; ///< the import that asked: "google.cloud.storage"; "" for declarations
};

/// One counted import, for `pawl imports`: every one of them, also those that share a project.
struct FoundImport {
    std::string module;      ///< with the name of `from` where the table used it
    std::string project;     ///< normalised
    std::string requirement; ///< what was asked for because of it, or in its place
    Why why = Why::imported;
    Origin origin;
    Position end;
};

/// After resolution the chosen file of `project` must provide `module`.
struct ModuleCheck {
    std::string module; ///< as imported, with the name of `from` where the table used it
    pep::Name project;
    bool guessed = false;
    std::string marker; ///< when the import runs; "" for always
    Origin origin;
};

/// A module of the script's own that was read.
struct LocalModule {
    std::string module; ///< as the importer named it
    std::string path;
    std::string sha256_hex; ///< of its bytes
    Origin imported_at;
};

/// An import that inference saw and did not count; `pawl imports` lists these apart.
struct UncountedImport {
    enum class Reason : unsigned char {
        standard_library,
        local,
        inside_function,
        inside_class,
        type_checking,
        fallback, ///< stands in for an import that works
        after_main,
        not_in_python, ///< of Python 2, or of other versions than the script's, in a `try`
        declared,      ///< the file declares its dependencies, so its imports decide nothing
    };
    Reason reason = Reason::standard_library;
    std::string module;
    Origin origin;
    Position end;
};

struct Needs {
    std::vector<NeededRequirement> requirements; ///< sorted by project, then by origin
    /// Names of a workspace's requirement files behind `# requirements:`: "default", "data".
    std::vector<std::string> workspace_files;
    std::string requires_python; ///< all that was said, and-ed; "" when nothing was
    std::vector<Origin> requires_python_origins;
    std::vector<FoundImport> imports; ///< in the order of the text, script first
    std::vector<ModuleCheck> module_checks;
    std::vector<LocalModule> local_modules; ///< in the order they were met
    std::vector<UncountedImport> uncounted;
    PawlTable pawl; ///< the script's own `[tool.pawl]`
    std::vector<ScriptVariant> variants;
    std::vector<std::string> tools;
    bool inferred = false;          ///< imports decided
    bool is_given = false;          ///< a requirements file decided
    std::vector<std::string> notes; ///< for the user, one sentence each

    /// What a lock's input digest is made of on the script's side: canonical text, the same for
    /// the same needs wherever the script lies. The caller adds index settings and the like.
    std::string digest_material() const;
};

struct NeedsOptions {
    /// What the script runs on when it says nothing: ">=3.10". Decides the standard library.
    std::string default_requires_python;
    bool all_imports = false;  ///< count those inside functions and classes, too
    bool no_guess = false;     ///< a guess is an error (Kind::permission)
    bool is_workspace = false; ///< imports after `def main` do not count
    /// Where `f.folder.name` and `u.user.name` begin; "" when there is no workspace.
    std::string workspace_root;
    /// `python -m module`: absolute imports begin in this folder, the packages above the module
    /// are imported before it. "" for a script, whose own folder it is.
    std::string import_root;
    std::string module; ///< "package.module", with import_root
    /// The content of a requirements file, already read (rooms below cannot know its format).
    std::optional<std::vector<NeededRequirement>> requirements_file;
};

std::string_view uncounted_reason(UncountedImport::Reason reason); ///< "inside a function", …

/// `path` is the script's own, "-" or a URL when it has none (then nothing is local).
Result<Needs> needs_of(std::string_view path, std::string_view bytes, const NeedsOptions& options,
                       Sources& sources);

/// The nearest requirements.in or requirements.txt beside the script or above it; "" when none.
std::string nearest_requirements_file(std::string_view script_path, Sources& sources);

} // namespace pawl::script
