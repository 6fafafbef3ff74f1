#include "base/fs.h"
#include "base/text.h"
#include "install/installed.h"
#include "install/target.h"
#include "store/durability.h"

namespace pawl::install {

namespace {

/// Where a directory (perhaps not made yet) really is: the part that exists, resolved.
std::string really_at(const std::string& path) {
    std::string existing = path, rest;
    while (!fs::exists(existing) && existing != "/" && existing != ".") {
        rest = "/" + std::string(fs::base_name(existing)) + rest;
        existing = fs::parent(existing);
    }
    return fs::real_path(existing).value_or(existing) + rest;
}

/// Nothing of the target may lead outside its root, by a link for instance.
Result<> check_inside(const Target& target) {
    std::string root = really_at(target.root);
    for (const std::string* path :
         {&target.purelib, &target.platlib, &target.scripts, &target.headers}) {
        std::string real = really_at(*path);
        bool is_inside = real == root || real.starts_with(root == "/" ? root : root + "/");
        if (!is_inside || (*path != target.root && !path->starts_with(target.root + "/"))) {
            return fail(Error::Kind::refused, printable(*path) + " leads outside " +
                                                  printable(target.root) + ", to " +
                                                  printable(real));
        }
    }
    return {};
}

} // namespace

Places Target::places() const {
    return Places{.purelib = below(root, purelib),
                  .platlib = below(root, platlib),
                  .scripts = below(root, scripts),
                  .headers = below(root, headers),
                  .data = below(root, data)};
}

Result<Target> Target::of_environment(const python::Interpreter& interpreter) {
    if (!interpreter.is_virtual_environment && interpreter.is_externally_managed) {
        return fail(Error{Error::Kind::permission,
                          interpreter.describe() + " is managed by its system, as PEP 668 says"}
                        .hint("make a virtual environment and install into that, or use --target"));
    }
    Target target;
    target.root = fs::normalize(interpreter.prefix);
    if (Result<std::optional<fs::FileStat>> mark =
            fs::lstat(target.root + "/" + std::string(store::state_name));
        mark && *mark) {
        return fail(Error{Error::Kind::permission,
                          printable(target.root) + " belongs to pawl's cache and never changes"}
                        .hint("deactivate it, or name another environment with --python"));
    }
    target.purelib = fs::normalize(interpreter.purelib);
    target.platlib = fs::normalize(interpreter.platlib);
    target.scripts = fs::normalize(interpreter.scripts);
    target.headers = fs::normalize(interpreter.headers);
    target.data = fs::normalize(interpreter.data);
    target.is_environment = true;
    target.executable = interpreter.is_virtual_environment
                            ? fs::join(target.scripts, fs::base_name(interpreter.executable))
                            : interpreter.executable;
    TRY(check_inside(target));
    return target;
}

Result<Target> Target::of_directory(std::string_view directory,
                                    const python::Interpreter& interpreter) {
    Target target;
    target.root = TRY(fs::absolute(directory));
    std::optional<fs::FileStat> stat = TRY(fs::stat(target.root));
    if (stat && stat->type != fs::FileStat::Type::directory) {
        return fail(Error::Kind::permission, printable(target.root) + " is not a directory");
    }
    target.purelib = target.platlib = target.data = target.root;
    target.scripts = fs::join(target.root, "bin");
    target.headers = fs::join(target.root, "include");
    target.executable = interpreter.base_executable;
    TRY(check_inside(target));
    return target;
}

} // namespace pawl::install
