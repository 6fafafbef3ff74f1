#pragma once
// entry_points.txt (packaging.python.org "Entry points specification"), the two groups that become
// programs. It is an INI file that parsers disagree about, and its names become file names and
// Python code: so one narrow grammar, and everything else is refused.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pawl::wheel {

/// One program to be made: `from module import a` and a call of `a.b` for "module:a.b".
struct EntryPoint {
    std::string name;
    std::string module; ///< "package.module"
    std::string object; ///< "main", "Tool.run"; never empty
    bool is_gui = false;
    bool operator==(const EntryPoint&) const = default;
};

/// Of [console_scripts] and [gui_scripts], in order. Refused (Kind::refused): a name that is not
/// [A-Za-z0-9_][A-Za-z0-9._-]*, one that is there twice, a target that is not dotted identifiers,
/// ":" as delimiter, continued lines. Kind::input: not UTF-8, no INI. Other groups are not looked
/// at.
Result<std::vector<EntryPoint>> parse_entry_points(std::string_view text);

/// Names in bin/ that belong to the environment itself: python…, activate…, pyvenv.cfg; pip too,
/// unless `project` is pip (or a build of it).
bool is_reserved_script(std::string_view name, std::string_view project);

} // namespace pawl::wheel
