#pragma once
// Requirements files (pip's own format; there is no standard): requirements, constraints, options,
// and files that they include.
//
// Where readers disagree, the text is refused instead of guessed: what looks like one line here and
// two lines there is how an option is smuggled past a reviewer.

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "base/url.h"
#include "pep/requirement.h"

namespace pawl::project {

/// A line of a file, named as the user named it.
struct FilePlace {
    std::string file;
    uint32_t line = 0; ///< from 1; of a continued line the first
    std::string str() const { return file + ":" + std::to_string(line); }
};

struct FileRequirement {
    /// Its URL is absolute ("file:…" for paths), without credentials, or "".
    pep::Requirement requirement;
    FilePlace at;
    std::string text; ///< as written, for messages: variables by name, no credentials
    std::vector<Hash> hashes;
    std::vector<std::string> config_settings; ///< "KEY=VALUE"
    std::vector<std::string> global_options;
    bool editable = false;
};

/// The value of an option that holds for all files. `value` may hold credentials, `text` may not.
struct FileOption {
    std::string value;
    std::string text; ///< as written: variables by name
    FilePlace at;
};

/// `--no-binary`, `--only-binary`: for these projects, or for all but those of the other list.
struct FormatControl {
    bool all = false;
    std::set<pep::Name> names;
    bool is_empty() const { return !all && names.empty(); }
};

struct RequirementsFile {
    std::vector<FileRequirement> requirements; ///< in the order of the text, includes in place
    std::vector<FileRequirement> constraints;

    std::optional<FileOption> index_url; ///< the last one
    std::vector<FileOption> extra_index_urls;
    std::vector<FileOption> find_links; ///< URLs and absolute paths
    std::vector<FileOption> trusted_hosts;
    bool no_index = false;
    bool prereleases = false;                       ///< --pre
    std::set<pep::Name> prereleases_of, final_only; ///< --all-releases, --only-final
    bool require_hashes = false;
    FormatControl no_binary, only_binary;

    std::vector<Url> logins;           ///< of requirements' URLs: each for its origin only
    std::vector<std::string> files;    ///< all that were read, absolute paths, each once
    std::vector<std::string> warnings; ///< one sentence each, with file and line
};

struct RequirementsOptions {
    /// Relative paths in requirements are below it, as with pip (what is not there is looked for
    /// beside the file). Absolute.
    std::string directory;
    /// The value of an environment variable; unset ones stay as they are written.
    std::function<std::optional<std::string>(std::string_view name)> variable;
};

/// Reads all files (paths as the user gave them), the constraints' ones too. What a constraints
/// file includes are constraints, whichever option includes it.
Result<RequirementsFile> read_requirements_files(std::span<const std::string> requirements,
                                                 std::span<const std::string> constraints,
                                                 const RequirementsOptions& options);

/// One requirement as a line of such a file may hold it ("six>=1", "./dir[extra]",
/// "https://…/x.whl"), for arguments of commands. `text` is taken as it is.
Result<FileRequirement> read_requirement_argument(std::string_view text, bool editable,
                                                  const RequirementsOptions& options);

} // namespace pawl::project
