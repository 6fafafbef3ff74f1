#include "wheel/entry_points.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace pawl::wheel {

namespace {

constexpr size_t name_bytes_max = 200;
constexpr size_t target_bytes_max = 1000;

std::string place(size_t line) {
    return "entry_points.txt:" + std::to_string(line + 1);
}

bool is_identifier(std::string_view text) {
    auto begins = [](char c) { return is_alpha(c) || c == '_'; };
    return !text.empty() && begins(text.front()) &&
           std::ranges::all_of(text, [&](char c) { return begins(c) || is_digit(c); });
}

bool is_dotted_identifier(std::string_view text) {
    for (std::string_view part : split(text, '.')) {
        if (!is_identifier(part)) {
            return false;
        }
    }
    return true;
}

/// [A-Za-z0-9_][A-Za-z0-9._-]*
bool is_script_name(std::string_view name) {
    return !name.empty() && name.size() <= name_bytes_max && name.front() != '.' &&
           name.front() != '-' && std::ranges::all_of(name, [](char c) {
               return is_alnum(c) || c == '.' || c == '_' || c == '-';
           });
}

/// "package.module:object.attribute [extra]"; the extras are allowed and mean nothing here.
Result<EntryPoint> parse_target(std::string_view name, std::string_view text) {
    std::string_view target = text;
    if (target.ends_with(']')) {
        size_t bracket = target.find('[');
        if (bracket != std::string_view::npos) {
            target = trim(target.substr(0, bracket));
        }
    }
    std::optional<Halves> halves = split_once(target, ':');
    std::string_view module = halves ? trim(halves->before) : std::string_view();
    std::string_view object = halves ? trim(halves->after) : std::string_view();
    if (text.size() > target_bytes_max || !is_dotted_identifier(module) ||
        !is_dotted_identifier(object)) {
        return fail(Error::Kind::refused, "the program \"" + printable(name) +
                                              "\" has a target that is not module:object: \"" +
                                              printable(text.substr(0, target_bytes_max)) + "\"");
    }
    return EntryPoint{
        .name = std::string(name), .module = std::string(module), .object = std::string(object)};
}

/// One line of a group that counts.
Result<EntryPoint> parse_line(std::string_view line) {
    std::optional<Halves> halves = split_once(line, '=');
    if (!halves) {
        return fail(Error::Kind::refused,
                    "neither a group nor \"name = module:object\": \"" + printable(line) + "\"");
    }
    std::string_view name = trim(halves->before);
    if (!is_script_name(name)) {
        return fail(Error::Kind::refused, "a program cannot be called \"" + printable(name) + "\"");
    }
    return parse_target(name, trim(halves->after));
}

/// "python", "python3", "python3.12", "pythonw", "python3.13t", with ".exe" too.
bool is_interpreter_like(std::string_view name, std::string_view stem) {
    if (!name.starts_with(stem)) {
        return false;
    }
    std::string_view rest = name.substr(stem.size());
    if (rest.ends_with(".exe")) {
        rest.remove_suffix(4);
    }
    return std::ranges::all_of(
        rest, [](char c) { return is_digit(c) || c == '.' || c == 't' || c == 'd' || c == 'w'; });
}

} // namespace

Result<std::vector<EntryPoint>> parse_entry_points(std::string_view text) {
    if (!is_utf8(text)) {
        return fail(Error::Kind::input, "entry_points.txt is not UTF-8");
    }
    std::vector<EntryPoint> points;
    std::string group;
    std::optional<size_t> item_indent; // of the last "name = value" in the group
    std::vector<std::string_view> lines = split_lines(text);
    for (size_t i = 0; i < lines.size(); ++i) {
        std::string_view line = trim(lines[i]);
        if (line.empty() || line.front() == '#' || line.front() == ';') {
            continue;
        }
        const size_t indent = trim_right(lines[i]).size() - line.size();
        const bool is_continued = item_indent && indent > *item_indent;
        if (line.front() == '[' && !is_continued) {
            if (line.back() != ']') {
                return fail(Error::Kind::input,
                            place(i) + ": a group without its \"]\": \"" + printable(line) + "\"");
            }
            group = trim(line.substr(1, line.size() - 2));
            item_indent.reset();
            continue;
        }
        item_indent = is_continued ? item_indent : indent;
        bool is_gui = group == "gui_scripts";
        if (group != "console_scripts" && !is_gui) {
            if (group.empty()) {
                return fail(Error::Kind::input, place(i) + ": a line before the first group: \"" +
                                                    printable(line) + "\"");
            }
            continue;
        }
        if (is_continued) {
            return fail(Error::Kind::refused,
                        place(i) + ": a continued line: \"" + printable(line) + "\"");
        }
        EntryPoint point = TRY_IN(place(i), parse_line(line));
        point.is_gui = is_gui;
        for (const EntryPoint& other : points) {
            if (equals_ignoring_case(other.name, point.name)) {
                return fail(Error::Kind::refused,
                            place(i) + ": the program \"" + point.name + "\" is there twice");
            }
        }
        points.push_back(std::move(point));
    }
    return points;
}

bool is_reserved_script(std::string_view name, std::string_view project) {
    std::string lower = to_lower(name);
    if (is_interpreter_like(lower, "python") || is_interpreter_like(lower, "pypy")) {
        return true;
    }
    if (is_interpreter_like(lower, "pip")) {
        return project != "pip";
    }
    for (std::string_view reserved : {"activate", "activate.csh", "activate.fish", "activate.nu",
                                      "activate.ps1", "activate.bat", "activate_this.py",
                                      "deactivate", "deactivate.bat", "pydoc.bat", "pyvenv.cfg"}) {
        if (lower == reserved) {
            return true;
        }
    }
    return false;
}

} // namespace pawl::wheel
