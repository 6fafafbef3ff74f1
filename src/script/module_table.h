#pragma once
// Which project provides a module: a table that tools/make_module_table.py makes from the wheels
// themselves, looked up by the longest dotted prefix.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pawl::script {

struct TableEntry {
    std::string_view module;  ///< "google.cloud.storage"
    std::string_view project; ///< "google-cloud-storage"
};

/// The entry whose module is the longest dotted prefix of `module`.
std::optional<TableEntry> find_project(std::string_view module);

struct ProjectGuess {
    std::string project;  ///< normalised
    std::string module;   ///< the module or prefix that decided
    bool guessed = false; ///< not in the table: the root with "_" as "-"
};
/// As find_project(), else a guess from the root. `name` is the imported name of
/// `from module import name`, "" or "*" when there is none.
ProjectGuess project_of(std::string_view module, std::string_view name = {});

size_t module_table_size();

} // namespace pawl::script
