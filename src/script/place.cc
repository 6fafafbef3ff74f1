#include "script/place.h"

#include "base/fs.h"
#include "base/text.h"

namespace pawl::script {
namespace {

/// "dir/report.py" → "dir/report"; other endings stay.
std::string_view without_py(std::string_view path) {
    return path.ends_with(".py") ? path.substr(0, path.size() - 3) : path;
}

} // namespace

std::string lock_path_beside(std::string_view script_path, std::string_view variant) {
    const std::string stem = replace_all(without_py(fs::base_name(script_path)), ".", "-");
    const std::string name =
        "pylock." + stem + (variant.empty() ? "" : "-") + std::string(variant) + ".toml";
    const bool has_folder = script_path.find('/') != std::string_view::npos;
    return has_folder ? fs::join(fs::parent(script_path), name) : name;
}

std::string lock_path_workspace(std::string_view script_path) {
    return std::string(without_py(script_path)) + ".lock";
}

bool is_workspace_script(std::string_view script_path) {
    return script_path.ends_with(".py") &&
           fs::exists(std::string(without_py(script_path)) + ".yaml");
}

Result<LockPlace> find_lock(std::string_view script_path, std::string_view text,
                            std::string_view variant) {
    LockPlace place;
    std::vector<std::string> found;
    const std::string_view name = script_path.empty() ? "the script" : script_path;
    place.block = TRY(find_lock_block(text, name));
    if (place.block) {
        place.kind = LockPlace::Kind::embedded;
        place.path = std::string(script_path);
        found.push_back("the one embedded in " + printable(name));
    }
    const std::string beside = script_path.empty() ? "" : lock_path_beside(script_path, variant);
    if (!beside.empty() && fs::exists(beside)) {
        found.push_back(printable(beside));
        place.kind = LockPlace::Kind::beside;
        place.path = beside;
    }
    const std::string workspace = script_path.empty() ? "" : lock_path_workspace(script_path);
    if (!workspace.empty() && fs::exists(workspace) && is_workspace_script(script_path)) {
        found.push_back(printable(workspace));
        place.kind = LockPlace::Kind::workspace;
        place.path = workspace;
    }
    std::erase_if(found, [&](const std::string& lock) {
        return !variant.empty() && lock == printable(beside);
    });
    if (!variant.empty() && !found.empty()) {
        return fail(Error{Error::Kind::input, printable(name) +
                                                  " has variants, each with a lock beside it, and "
                                                  "one for all: " +
                                                  join_words(found)}
                        .hint("remove that one, or the table [tool.pawl.variants]"));
    }
    if (found.size() > 1) {
        return fail(Error{Error::Kind::input,
                          printable(name) + " has more than one lock: " + join_words(found)}
                        .hint("remove all but one"));
    }
    return place;
}

} // namespace pawl::script
