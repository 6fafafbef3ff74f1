#pragma once
// [tool.poetry] of pyproject.toml: what was asked for in poetry's own words. A lock of poetry's
// writes what its packages need in the same words.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "exchange/document.h"
#include "text/toml.h"

namespace pawl::exchange {

/// `name = "^1"`, or a table, or one of a list of them.
struct PoetryDependency {
    pep::Requirement requirement;
    bool is_optional = false; ///< only some extra asks for it
    bool is_editable = false;
    std::string source;   ///< the name of the index that it must come from, or ""
    bool is_exact = true; ///< the specifiers say all that the constraint says
};

/// Of an entry of a table of dependencies; its key is the project's name.
Result<std::vector<PoetryDependency>> poetry_dependencies(text::TomlNode node);

/// Adds what stands in [tool.poetry]; a project that only stands there is made.
Result<> add_poetry_manifest(text::TomlNode root, std::optional<Project>& project);

} // namespace pawl::exchange
