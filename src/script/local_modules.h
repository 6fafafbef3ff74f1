#pragma once
// The script and the modules of its own that it imports, read and scanned. Private to the room.

#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "script/directives.h"
#include "script/inline_metadata.h"
#include "script/needs.h"
#include "script/scanner.h"

namespace pawl::script {

constexpr size_t local_modules_max = 4096;

/// What an import turned out to be; decided once for each name of each statement.
enum class Target : uint8_t {
    elsewhere, ///< the standard library or a project
    local,     ///< a file or folder of the script's own
    relative,  ///< a relative import, found or not: never a package
};

struct SourceFile {
    std::string path;   ///< as the script's path begins
    std::string module; ///< as its importer named it; "" for the script
    uint32_t depth = 0; ///< imports between the script and this file
    std::string sha256_hex;
    Origin imported_at;
    Scan scan;
    Directives directives;
    std::optional<InlineMetadata> metadata;
    std::vector<std::vector<Target>> targets; ///< [import][name]

    bool lists_requirements() const { return !directives.requirements.empty(); }
    bool declares() const { return metadata && metadata->has_dependencies; }
};

/// Whether inference looks at this import at all, before it is known what it imports.
enum class Standing : uint8_t { counted, inside_function, inside_class, type_checking, after_main };
Standing standing_of(const SourceFile& file, size_t import_index, const NeedsOptions& options);

struct SourceTree {
    std::vector<SourceFile> files; ///< the script first, then by depth
    std::vector<std::string> notes;
    NeedsOptions options; ///< as they hold: with what the script's `[tool.pawl]` adds
};

/// Reads the script and follows its local imports, breadth first, each file once.
Result<SourceTree> read_sources(std::string_view path, std::string_view bytes,
                                const NeedsOptions& options, Sources& sources);

} // namespace pawl::script
