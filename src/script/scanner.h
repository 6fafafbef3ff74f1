#pragma once
// The import scanner: every import statement of a Python file, where it stands and whether it runs.
//
// It is a tokenizer of its own with the block structure on top, not a parser: it takes every valid
// file of Python 3.8 to 3.15 and finds the imports that CPython's `ast` finds, at the same places
// (tools/check_scanner.py proves it). Of invalid files it finds what tokens can show.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pawl::script {

/// A place as `ast` gives it: lines from 1, columns in bytes of UTF-8 from 0.
struct Position {
    uint32_t line = 0;
    uint32_t column = 0;
    bool operator==(const Position&) const = default;
    auto operator<=>(const Position&) const = default;
};

struct Span {
    Position begin, end; ///< `end` is behind the last character
    bool operator==(const Span&) const = default;
};

/// One name of an import statement: `name as bound_as`; "*" for everything.
struct ImportedName {
    std::string name;     ///< dotted in `import a.b`, plain in `from a import b`
    std::string bound_as; ///< "" without `as`
    Span span;            ///< of the alias
};

enum class ImportScope : unsigned char { module, class_body, function };

constexpr uint32_t no_index = 0xffff'ffff;

/// One import statement.
struct Import {
    bool is_from = false;
    uint32_t level = 0;              ///< the leading dots of `from ..a import b`
    std::string module;              ///< of `from`; "" in `from . import a` and in `import a`
    std::vector<ImportedName> names; ///< never empty
    Span span;                       ///< of the whole statement
    ImportScope scope = ImportScope::module; ///< `function` wins over `class_body`
    bool never_runs = false;                 ///< under `if TYPE_CHECKING:` or `if False:`
    bool is_guarded = false; ///< in the body of a `try` that catches a failing import
    /// In the handler of a `try` whose body imports: the index (in Scan::imports) of the first
    /// import of that body, for which this one stands in. no_index otherwise.
    uint32_t fallback_of = no_index;
    /// When the enclosing conditions on version and platform hold, as a marker; "" for always.
    /// `if sys.version_info < (3, 11):` gives `python_version < "3.11"`.
    std::string marker;
    std::string comment; ///< after the statement on its last line, with its "#"; or ""
    Position comment_at;
};

/// A comment that is alone on its line or follows code; what directives are read from.
struct Comment {
    std::string text; ///< from "#" to the line's end
    Position at;
    bool alone = false; ///< nothing but blanks before it
};

struct Scan {
    std::string text;                ///< the script as UTF-8, without BOM, each line ending as "\n"
    std::vector<Import> imports;     ///< in the order of the text
    std::vector<Comment> directives; ///< comments that a directive may stand in: "# word:" of ours
    uint32_t main_line = 0;          ///< of the first `def main(` at column 0; 0 when there is none
};

struct ScanOptions {
    /// Also reports what tokens can show of code that is no Python; without it only what stops the
    /// scanner itself (strings, brackets, indentation, imports).
    bool strict = true;
};

/// Script sources larger than this are refused, not scanned.
constexpr size_t source_bytes_max = size_t{64} << 20;

/// Finds the imports. `name` is the file as errors call it: "report.py:3:5: …", where the column
/// counts characters from 1. Bytes that do not fit the declared encoding, and NUL, are errors.
Result<Scan> scan_imports(std::string_view bytes, std::string_view name, ScanOptions options = {});

/// The source as UTF-8 by its BOM and encoding declaration (PEP 263); also for other readers.
Result<std::string> decode_source(std::string_view bytes, std::string_view name);

} // namespace pawl::script
