#pragma once
// Which project provides a module: a table that tools/make_module_table.py makes from the wheels
// themselves and from tools/module_table_projects.txt, looked up by the longest dotted prefix.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pawl::script {

struct TableEntry {
    std::string_view module;     ///< "google.cloud.storage"
    std::string project;         ///< normalised: "google-cloud-storage"; "" for most namespaces
    std::string_view specifiers; ///< of the versions that have the module: "<82"; "" for all
    std::vector<std::string_view> alternatives; ///< other projects that provide it, too
    /// Many projects share the module ("google.cloud"); what is below it is not in the table.
    bool is_namespace = false;
    std::string prefix; ///< of the projects in a namespace: "google-cloud"
};

/// The entry whose module is the longest dotted prefix of `module`.
std::optional<TableEntry> find_project(std::string_view module);

struct ProjectGuess {
    std::string project;         ///< normalised; "" when the module is a bare namespace
    std::string module;          ///< the module as far as it decided: "google.cloud.storage"
    std::string_view specifiers; ///< as in TableEntry
    std::vector<std::string_view> alternatives; ///< would do as well when they are asked for anyway
    bool guessed = false; ///< not in the table: from the root, with "_" as "-"
};
/// As find_project(), else a guess. `name` is the imported name of `from module import name`, ""
/// or "*" when there is none. Below a namespace the guess takes one part more: `google.cloud.new`
/// is "google-cloud-new".
ProjectGuess project_of(std::string_view module, std::string_view name = {});

size_t module_table_size();

} // namespace pawl::script
