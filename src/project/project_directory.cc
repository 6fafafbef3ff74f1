// Directories that hold projects: what one is called, and which belong to a workspace.
#include <algorithm>

#include "base/fs.h"
#include "base/text.h"
#include "project/pyproject.h"
#include "text/toml.h"

namespace pawl::project {

namespace {

constexpr uint64_t file_bytes_max = uint64_t{16} << 20;
constexpr size_t members_max = 10'000;

/// The value of `key` in a section of an INI file, as configparser reads plain ones; "" when it is
/// not there or is computed ("attr:", "file:", "%(…)s").
std::string ini_value(std::string_view text, std::string_view section, std::string_view key) {
    bool is_inside = false;
    for (std::string_view line : split_lines(text)) {
        std::string_view plain = trim(line);
        if (plain.starts_with('[')) {
            is_inside = plain == "[" + std::string(section) + "]";
            continue;
        }
        size_t at = line.find_first_of("=:");
        if (!is_inside || at == std::string_view::npos || plain.starts_with('#') ||
            plain.starts_with(';') || !equals_ignoring_case(trim(line.substr(0, at)), key)) {
            continue;
        }
        std::string_view value = trim(line.substr(at + 1));
        bool is_computed = value.starts_with("attr:") || value.starts_with("file:") ||
                           value.find('%') != value.npos;
        return is_computed ? std::string() : std::string(value);
    }
    return "";
}

Error unknown_name(std::string_view directory, std::string_view why) {
    return Error{Error::Kind::input, printable(directory) + ": " + std::string(why)}.hint(
        "put the name before the path: NAME @ " + printable(directory));
}

bool is_project(std::string_view directory) {
    return fs::exists(fs::join(directory, "pyproject.toml"));
}

bool matches(std::string_view name, std::string_view pattern) {
    size_t star = pattern.find('*');
    if (star == std::string_view::npos) {
        return name == pattern;
    }
    if (!name.starts_with(pattern.substr(0, star))) {
        return false;
    }
    std::string_view rest = pattern.substr(star + 1);
    for (size_t at = star; at <= name.size(); ++at) {
        if (matches(name.substr(at), rest)) {
            return true;
        }
    }
    return false;
}

/// Directories that a pattern stands for: its parts are names, or patterns with "*".
Result<std::vector<std::string>> matching(std::string_view pattern, std::string_view directory) {
    std::vector<std::string> found = {std::string(directory)};
    std::string normal = fs::normalize(pattern);
    for (std::string_view part : split(normal, '/')) {
        std::vector<std::string> next;
        for (const std::string& one : found) {
            if (part.find('*') == std::string_view::npos) {
                next.push_back(fs::join(one, part));
                continue;
            }
            constexpr size_t stars_max = 4; // each multiplies the work
            if (std::ranges::count(part, '*') > static_cast<std::ptrdiff_t>(stars_max)) {
                return fail(Error::Kind::input,
                            "\"" + printable(pattern) + "\" has too many stars");
            }
            for (const fs::DirectoryEntry& entry : TRY(fs::list(one))) {
                bool is_hidden = entry.name.starts_with('.');
                std::string path = fs::join(one, entry.name);
                if (!is_hidden && matches(entry.name, part) && fs::is_directory(path)) {
                    next.push_back(std::move(path));
                }
            }
        }
        if (next.size() > members_max) {
            return fail(Error::Kind::input, "\"" + printable(pattern) + "\" matches more than " +
                                                std::to_string(members_max) + " directories");
        }
        found = std::move(next);
    }
    return found;
}

} // namespace

Result<pep::Name> name_of_directory(std::string_view directory) {
    std::string pyproject = fs::join(directory, "pyproject.toml");
    if (fs::exists(pyproject)) {
        auto document = TRY_IN(printable(pyproject),
                               text::TomlDocument::parse(TRY(fs::read(pyproject, file_bytes_max))));
        auto project = TRY_IN(printable(pyproject), document.root().get_table("project"));
        if (project) {
            auto name = TRY_IN(printable(pyproject), project->require_string("name"));
            return TRY_IN(printable(pyproject), pep::Name::parse(name));
        }
    }
    std::string setup = fs::join(directory, "setup.cfg");
    if (fs::exists(setup)) {
        std::string name = ini_value(TRY(fs::read(setup, file_bytes_max)), "metadata", "name");
        if (!name.empty()) {
            return TRY_IN(printable(setup), pep::Name::parse(name));
        }
    }
    bool is_source =
        fs::exists(pyproject) || fs::exists(setup) || fs::exists(fs::join(directory, "setup.py"));
    return fail(unknown_name(directory,
                             is_source ? "only a build could tell the project's name"
                                       : "the directory holds no pyproject.toml and no setup.py"));
}

Result<std::vector<std::string>> workspace_members(const ProjectSettings& settings,
                                                   std::string_view directory) {
    std::vector<std::string> excluded;
    for (const std::string& pattern : settings.workspace_exclude) {
        for (std::string& path : TRY(matching(pattern, directory))) {
            excluded.push_back(std::move(path));
        }
    }
    std::vector<std::string> members;
    for (const std::string& pattern : settings.workspace_members) {
        bool is_pattern = pattern.find('*') != std::string::npos;
        for (std::string& path : TRY(matching(pattern, directory))) {
            if (!is_project(path)) {
                if (is_pattern) {
                    continue;
                }
                return fail(Error{Error::Kind::input, "the workspace's member \"" +
                                                          printable(pattern) +
                                                          "\" holds no pyproject.toml"}
                                .hint("looked for " + printable(path) + "/pyproject.toml"));
            }
            if (std::ranges::find(excluded, path) == excluded.end()) {
                members.push_back(std::move(path));
            }
        }
    }
    std::ranges::sort(members);
    members.erase(std::unique(members.begin(), members.end()), members.end());
    return members;
}

} // namespace pawl::project
