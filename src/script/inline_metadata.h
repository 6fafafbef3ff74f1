#pragma once
// Inline script metadata (packaging.python.org "Inline script metadata", once PEP 723).
//
// A block is a run of comment lines from `# /// TYPE` to `# ///`; the TOML behind the "# " of a
// block of type `script` says what the script needs. Errors give the *script's* lines.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "hardware/variant.h"
#include "pep/requirement.h"
#include "script/scanner.h"

namespace pawl::script {

/// One comment block, as the specification's regular expression finds it.
struct Block {
    std::string type;
    size_t begin = 0;          ///< byte offset of the opening line
    size_t end = 0;            ///< behind the closing line's ending
    size_t content_begin = 0;  ///< behind the opening line's ending
    size_t content_end = 0;    ///< of the closing line
    uint32_t line = 0;         ///< of the opening line, from 1
    uint32_t content_line = 0; ///< of the first line of the content
    std::string content;       ///< the lines without "# " or "#", each ending in "\n"
};

/// Every closed block in the order of the text. A block that is opened and never closed is left
/// out (the specification says so) and its line is put into `unclosed`, when given.
struct UnclosedBlock {
    std::string type;
    uint32_t line = 0;
    size_t begin = 0; ///< byte offset of the opening line
};
std::vector<Block> find_blocks(std::string_view text,
                               std::vector<UnclosedBlock>* unclosed = nullptr);

/// A requirement as written, and where it stands.
struct DeclaredRequirement {
    pep::Requirement requirement;
    std::string text;
    Position at; ///< of the string in the script; columns in bytes from 0
};

struct NamedIndex {
    std::string name, url;
    bool is_default = false;  ///< stands in for the default index
    bool is_explicit = false; ///< only for projects that name it
};

/// `[tool.pawl]` of a script's metadata. Absent keys are empty.
struct PawlTable {
    std::optional<bool> locked; ///< a lock is demanded
    std::string index_url;
    std::vector<std::string> extra_index_urls;
    std::vector<NamedIndex> indexes;           ///< `[[tool.pawl.index]]`
    std::map<pep::Name, std::string> index_of; ///< project → name of its only index
    std::vector<std::string> find_links;
    std::vector<std::string> only_binary, no_binary; ///< ":all:", or projects
    std::optional<bool> no_index, no_build, no_guess, all_imports;
    std::string exclude_newer; ///< a date or a duration, as written
    std::string prerelease, resolution, fork_strategy, index_strategy, python;
    std::vector<DeclaredRequirement> constraints, overrides;
    /// Keys that pawl does not know, with their lines: worth a warning, not an error.
    std::vector<std::pair<std::string, uint32_t>> unknown_keys;
};

/// `[tool.pawl.variants.NAME]`: a lock of its own, for machines of one kind.
struct ScriptVariant {
    hardware::Variant variant;
    PawlTable pawl; ///< `[tool.pawl]` with the variant's table laid over it
};

/// The block of type `script`, read.
struct InlineMetadata {
    Block block;
    std::optional<std::string> requires_python; ///< as written, checked
    Position requires_python_at;
    bool has_dependencies = false; ///< the key is there, perhaps empty
    std::vector<DeclaredRequirement> dependencies;
    PawlTable pawl;
    std::vector<ScriptVariant> variants; ///< in the order of the text
    std::vector<std::string> tools;      ///< names of the `[tool.*]` tables
};

/// Nothing when there is no `script` block. Errors: two such blocks, wrong TOML, wrong types,
/// requirements or specifiers that cannot be read; also a block that is opened and never closed:
/// the specification would have it ignored, but then the script would run without what its author
/// asked for. (Within a string literal it is ignored.) `name` is the file.
Result<std::optional<InlineMetadata>> read_inline_metadata(std::string_view text,
                                                           std::string_view name);

/// The whole script with requirements added to its metadata (a block is made when there is none)
/// or replaced where one with the same name, extras and marker is there. All else keeps its bytes.
Result<std::string> add_dependencies(std::string_view text, std::string_view name,
                                     const std::vector<std::string>& requirements);

/// The whole script without the dependencies on these projects. A name that is not there is an
/// error that lists those that are.
Result<std::string> remove_dependencies(std::string_view text, std::string_view name,
                                        const std::vector<std::string>& projects);

/// The whole script with `requires-python` set in its metadata.
Result<std::string> set_requires_python(std::string_view text, std::string_view name,
                                        std::string_view specifiers);

} // namespace pawl::script
