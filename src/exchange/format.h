#pragma once
// The formats: their names, how files of them are recognised, reading and writing.

#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "exchange/document.h"

namespace pawl::exchange {

enum class Format : unsigned char { pylock, requirements, pipenv, poetry, pdm, uv, cyclonedx };

/// What lies around a lock. Readers find out from it what was asked for, writers what their tool
/// will compare the lock with.
struct Context {
    std::string file;      ///< for messages: as the user named it
    std::string directory; ///< of the lock; absolute
    /// Manifests beside it, as text; absent: there is none.
    std::optional<std::string> pyproject;
    std::optional<std::string> pipfile;
    std::optional<std::string> script; ///< the TOML of an inline metadata block
    /// What a writer of a flat format writes. Absent: the project's own needs and the default
    /// groups.
    std::optional<std::vector<Selector>> selectors;
    /// For "${NAME}" in requirements files.
    std::function<std::optional<std::string>(std::string_view name)> variable;
};

/// What a format's writer cannot do without. What the document lacks of it must be looked up first.
struct Needs {
    bool file_names = false;                          ///< each hash with its file
    bool addresses = false;                           ///< each file with a URL or path
    EdgeKnowledge edges = EdgeKnowledge::none;        ///< at least, of every entry
    EdgeKnowledge source_edges = EdgeKnowledge::none; ///< of directories and archives
    bool is_nothing() const {
        return !file_names && !addresses && edges == EdgeKnowledge::none &&
               source_edges == EdgeKnowledge::none;
    }
    /// What must be known of the edges of this entry.
    EdgeKnowledge edges_of(const lock::Package& package) const {
        return package.directory || package.archive ? std::max(edges, source_edges) : edges;
    }
};

struct FormatInfo {
    Format format;
    std::string_view name;      ///< "pylock": what users type
    std::string_view file_name; ///< "pylock.toml": what its files are called
    std::string_view files;     ///< "pylock.toml, pylock.NAME.toml": for help and errors
    bool can_read = true;
    bool refuses_stale = false; ///< its tool does not install from a lock that is out of date
    Needs needs;
};

std::span<const FormatInfo> formats();
const FormatInfo& info(Format format);
/// Kind::usage, with the names that there are.
Result<Format> format_named(std::string_view name);
/// By the file's name; nothing when it tells nothing.
std::optional<Format> format_of_name(std::string_view file_name);
/// By what it says: for files whose name tells nothing.
std::optional<Format> format_of_content(std::string_view text);

/// Errors name the file, the line or the entry, and the key. Kind::input, or Kind::refused for what
/// is dangerous.
Result<Document> read(std::string text, Format format, const Context& context);

/// The document must be complete where needs() says so. Paths become relative to the context's
/// directory. Kind::input when the format cannot hold the lock at all.
Result<Written> write(const Document& document, Format format, const Context& context);

/// The document as PEP 751 has it, `dependencies` filled in: to look at, since files may lack what
/// an installer needs of them.
lock::Lock pylock_of(const Document& document);

/// What the document lacks of what the format needs.
Needs missing(const Document& document, Format format);

} // namespace pawl::exchange
