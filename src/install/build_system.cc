// [build-system] of pyproject.toml: PEP 518 and the "Source tree" part of PEP 517.

#include <algorithm>

#include "base/fs.h"
#include "base/text.h"
#include "install/build.h"
#include "text/toml.h"

namespace pawl::install {

namespace {

constexpr uint64_t pyproject_bytes_max = uint64_t{16} << 20;
constexpr size_t requires_max = 1000;
constexpr std::string_view legacy_backend = "setuptools.build_meta:__legacy__";

Result<BuildSystem> legacy_system() {
    BuildSystem system;
    system.backend = legacy_backend;
    system.requires_.push_back(TRY(pep::Requirement::parse("setuptools>=40.8.0")));
    return system;
}

/// "module.sub:object.attribute"
bool is_object_path(std::string_view text) {
    auto is_dotted = [](std::string_view dotted) {
        for (std::string_view part : split(dotted, '.')) {
            if (part.empty() || is_digit(part.front()) ||
                !std::ranges::all_of(part, [](char c) { return is_alnum(c) || c == '_'; })) {
                return false;
            }
        }
        return true;
    };
    std::optional<Halves> halves = split_once(text, ':');
    return halves ? is_dotted(halves->before) && is_dotted(halves->after) : is_dotted(text);
}

/// An entry of backend-path must be a directory inside the source tree.
Result<std::string> inside_tree(std::string_view source, std::string_view entry) {
    std::string path = fs::join(source, entry);
    Result<std::string> real = fs::real_path(path);
    std::string root = TRY(fs::real_path(source));
    if (entry.starts_with('/') || !real || !fs::is_directory(*real) ||
        (*real != root && !real->starts_with(root + "/"))) {
        return fail(Error::Kind::refused, "backend-path entry \"" + printable(entry) +
                                              "\" is no directory inside the source tree");
    }
    return std::move(*real);
}

Result<BuildSystem> read_table(std::string_view source, const text::TomlNode& table) {
    BuildSystem system;
    std::optional<std::vector<std::string_view>> needs = TRY(table.get_strings("requires"));
    if (!needs) {
        return fail(Error::Kind::input, "[build-system] has no \"requires\" (PEP 518)");
    }
    if (needs->size() > requires_max) {
        return fail(Error::Kind::input, "[build-system] requires more than " +
                                            std::to_string(requires_max) + " projects");
    }
    for (std::string_view need : *needs) {
        system.requires_.push_back(
            TRY_IN("[build-system] requires", pep::Requirement::parse(need)));
    }
    std::optional<std::string_view> backend = TRY(table.get_string("build-backend"));
    system.backend = backend.value_or(legacy_backend);
    if (!is_object_path(system.backend)) {
        return fail(Error::Kind::input,
                    "build-backend \"" + printable(system.backend) + "\" is not module:object");
    }
    for (std::string_view entry :
         TRY(table.get_strings("backend-path")).value_or(std::vector<std::string_view>())) {
        system.backend_path.push_back(TRY(inside_tree(source, entry)));
    }
    return system;
}

} // namespace

Result<BuildSystem> BuildSystem::read(std::string_view source) {
    std::string path = fs::join(source, "pyproject.toml");
    if (!TRY(fs::lstat(path))) {
        if (!TRY(fs::lstat(fs::join(source, "setup.py")))) {
            return fail(Error::Kind::input, printable(source) +
                                                " has neither pyproject.toml nor setup.py: it is "
                                                "no Python project");
        }
        return legacy_system();
    }
    std::string text = TRY(fs::read(path, pyproject_bytes_max));
    text::TomlDocument document =
        TRY_IN("pyproject.toml", text::TomlDocument::parse(std::move(text)));
    std::optional<text::TomlNode> table =
        TRY_IN("pyproject.toml", document.root().get_table("build-system"));
    if (!table) {
        return legacy_system();
    }
    return TRY_IN("pyproject.toml", read_table(source, *table));
}

} // namespace pawl::install
