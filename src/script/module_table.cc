// The table is one text, a line an entry, sorted by module; it is searched where it lies, by bytes:
// nothing is built at start-up, and a look-up touches a handful of pages.
//
//   cv2=opencv-python,opencv-python-headless    the project, then others that provide it, too
//   pkg_resources=setuptools<82                 … in the versions that still have it
//   attrs=                                      the project has the module's own name
//   google=*                                    a namespace: see the longer entries
//   google.cloud=*,google-cloud-core            … where a bare import means a project
//   airflow.providers=*apache-airflow-providers … whose projects begin with that

#include "script/module_table.h"

#include <algorithm>

#include "base/text.h"
#include "pep/name.h"

namespace pawl::script {
namespace {

// Both compilers take far longer literals than the standard asks of them.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverlength-strings"
constexpr char table_text[] =
#include "script/module_table.inc"
    ;
#pragma GCC diagnostic pop
constexpr std::string_view table(table_text, sizeof table_text - 1);

constexpr size_t module_bytes_max = 512; // longer names are in no table

/// The line that holds the byte at `at`.
std::string_view line_around(size_t at) {
    const size_t before = at == 0 ? std::string_view::npos : table.rfind('\n', at - 1);
    const size_t begin = before == std::string_view::npos ? 0 : before + 1;
    return table.substr(begin, table.find('\n', begin) - begin);
}

/// "run_v2" → "run": Google's client libraries have a module for each version of an interface.
std::string_view without_interface_version(std::string_view part) {
    const size_t mark = part.rfind("_v");
    const bool has_digit = mark != std::string_view::npos && mark + 2 < part.size() &&
                           part[mark + 2] >= '0' && part[mark + 2] <= '9';
    return has_digit ? part.substr(0, mark) : part;
}

/// The text behind the "=" of a module's line.
std::optional<std::string_view> find_row(std::string_view module) {
    size_t low = 0;
    size_t high = table.size();
    while (low < high) {
        const std::string_view line = line_around(low + (high - low) / 2);
        const size_t equals = line.find('=');
        const int order = line.substr(0, equals).compare(module);
        if (order == 0) {
            return line.substr(equals + 1);
        }
        const auto begin = static_cast<size_t>(line.data() - table.data());
        if (order < 0) {
            low = begin + line.size() + 1;
        } else {
            high = begin;
        }
    }
    return std::nullopt;
}

TableEntry make_entry(std::string_view module, std::string_view row) {
    TableEntry entry;
    entry.module = module;
    const std::vector<std::string_view> projects = split(row, ',');
    entry.is_namespace = row.starts_with('*');
    if (entry.is_namespace) {
        const std::string_view prefix = projects[0].substr(1);
        entry.prefix = prefix.empty() ? pep::normalize_name(module) : std::string(prefix);
        entry.project = projects.size() > 1 ? std::string(projects[1]) : std::string();
        return entry;
    }
    const size_t name_end = std::min(projects[0].find_first_of("<>=!~"), projects[0].size());
    entry.project =
        name_end == 0 ? pep::normalize_name(module) : std::string(projects[0].substr(0, name_end));
    entry.specifiers = projects[0].substr(name_end);
    entry.alternatives.assign(projects.begin() + 1, projects.end());
    return entry;
}

} // namespace

std::optional<TableEntry> find_project(std::string_view module) {
    if (module.size() > module_bytes_max) {
        return std::nullopt;
    }
    for (std::string_view prefix = module;;) {
        if (const auto row = find_row(prefix)) {
            return make_entry(prefix, *row);
        }
        const size_t dot = prefix.rfind('.');
        if (dot == std::string_view::npos) {
            return std::nullopt;
        }
        prefix = prefix.substr(0, dot);
    }
}

ProjectGuess project_of(std::string_view module, std::string_view name) {
    std::string full(module);
    if (!name.empty() && name != "*") {
        full.append(".").append(name);
    }
    const std::optional<TableEntry> entry = find_project(full);
    ProjectGuess guess;
    const bool is_below = entry && entry->is_namespace && full.size() > entry->module.size();
    if (entry && !is_below) {
        guess.project = entry->project;
        guess.specifiers = entry->specifiers;
        guess.module = std::string(entry->module);
        guess.alternatives = entry->alternatives;
        guess.guessed = entry->project.empty();
        return guess;
    }
    guess.guessed = true;
    const size_t namespace_bytes = entry ? entry->module.size() + 1 : 0;
    const size_t end = full.find('.', namespace_bytes);
    guess.module = full.substr(0, end);
    std::string_view part = std::string_view(guess.module).substr(namespace_bytes);
    if (guess.module.starts_with("google.")) {
        part = without_interface_version(part);
    }
    guess.project = pep::normalize_name(entry ? entry->prefix + "-" + std::string(part) : part);
    return guess;
}

size_t module_table_size() {
    return static_cast<size_t>(std::ranges::count(table, '\n'));
}

} // namespace pawl::script
