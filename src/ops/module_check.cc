#include "ops/module_check.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "ops/environment.h"
#include "script/module_table.h"
#include "store/wheel_entry.h"

namespace pawl::ops {

namespace {

/// "pkg/mod.cpython-312-x86_64-linux-gnu.so" → "pkg/mod"; nothing for what is no module.
std::optional<std::string_view> module_file(std::string_view path) {
    for (std::string_view suffix : {".py", ".pyc"}) {
        if (path.ends_with(suffix)) {
            return path.substr(0, path.size() - suffix.size());
        }
    }
    for (std::string_view suffix : {".so", ".pyd", ".dylib"}) {
        if (path.ends_with(suffix)) {
            size_t slash = path.rfind('/');
            size_t dot = path.find('.', slash == std::string_view::npos ? 0 : slash);
            return path.substr(0, dot);
        }
    }
    return std::nullopt;
}

/// The modules of one unpacked wheel, as slashed paths: files ("pkg/mod") and packages ("pkg").
class WheelModules {
  public:
    explicit WheelModules(const store::WheelManifest& manifest) {
        for (const store::WheelFile& file : manifest.files) {
            std::string_view path = file.path;
            if (!manifest.data_directory.empty() && path.starts_with(manifest.data_directory)) {
                path = below_data(path.substr(manifest.data_directory.size()));
            }
            std::optional<std::string_view> module = module_file(path);
            if (!module || path.starts_with(manifest.dist_info)) {
                continue;
            }
            if (module->ends_with("/__init__")) {
                regular_.emplace(module->substr(0, module->size() - 9));
            } else {
                regular_.emplace(*module);
            }
            for (size_t at = module->find('/'); at != std::string_view::npos;
                 at = module->find('/', at + 1)) {
                directories_.emplace(module->substr(0, at));
            }
        }
    }

    /// A regular module or package answers for all names below it, which it may make when it is
    /// imported (six.moves); of a namespace the named part itself must be there.
    bool provide(std::string_view module) const {
        std::string path = replace_all(module, ".", "/");
        for (size_t at = path.find('/');; at = path.find('/', at + 1)) {
            std::string prefix = path.substr(0, at);
            if (regular_.contains(prefix)) {
                return true;
            }
            if (at == std::string::npos) {
                return directories_.contains(path);
            }
        }
    }

    std::vector<std::string> top_level() const {
        std::set<std::string> names;
        for (const std::string& path : regular_) {
            std::string name = path.substr(0, path.find('/'));
            bool is_name = !name.empty() && std::ranges::all_of(name, [](char c) {
                return is_alnum(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
            });
            if (is_name) {
                names.insert(name);
            }
        }
        return {names.begin(), names.end()};
    }

  private:
    static std::string_view below_data(std::string_view path) {
        for (std::string_view scheme : {"/purelib/", "/platlib/"}) {
            if (path.starts_with(scheme)) {
                return path.substr(scheme.size());
            }
        }
        return {};
    }

    std::set<std::string, std::less<>> regular_;
    std::set<std::string, std::less<>> directories_;
};

Result<std::optional<store::WheelEntry>> entry_at_hand(const lock::Package& package,
                                                       const store::Store& store) {
    for (const lock::Wheel& wheel : package.wheels) {
        auto sha256 = std::ranges::find(wheel.source.hashes, "sha256", &Hash::algorithm);
        if (sha256 != wheel.source.hashes.end()) {
            auto entry = TRY(store::find_wheel(store, sha256->hex));
            if (entry) {
                return entry;
            }
        }
    }
    return std::optional<store::WheelEntry>();
}

/// Gets the one package into the store, for the Python that would run the script.
Result<std::optional<store::WheelEntry>>
fetch_entry(const ScriptState& script, const lock::Package& package, Services& services) {
    python::Interpreter interpreter =
        TRY(python::find(TRY(python::Request::parse(script.settings.python)),
                         script.requires_python, services.surroundings()));
    lock::Lock only;
    only.packages = {package};
    only.packages[0].marker.reset();
    Result<WheelSet> set =
        wheels_of(only, {.interpreter = &interpreter, .settings = script.settings}, services);
    if (!set) {
        // Not for this platform: nothing can be said here, and where it runs `run` looks again.
        if (set.error().kind == Error::Kind::environment) {
            return std::optional<store::WheelEntry>();
        }
        return fail(std::move(set.error()));
    }
    return std::optional(std::move(set->wheels.front()));
}

Error not_provided(const script::ModuleCheck& module, const lock::Package& package,
                   const WheelModules& modules) {
    std::vector<std::string> names = modules.top_level();
    constexpr size_t shown_max = 8;
    if (names.size() > shown_max) {
        names.resize(shown_max);
    }
    std::string version = package.version ? " " + package.version->str() : "";
    std::string message = module.origin.str() + ": the project " + package.name.str() + version +
                          " does not provide the module " + printable(module.module) +
                          (names.empty() ? std::string("; it holds no modules")
                                         : "; it provides " + join_words(names));
    return Error{Error::Kind::input, std::move(message)}.hint(
        "name the project that does behind the import: import " + printable(module.module) +
        "  # pin: PROJECT");
}

} // namespace

Result<> check_modules(const ScriptState& script, const lock::Lock& lock, Services& services) {
    const store::Store& store = *TRY(services.store());
    for (const script::ModuleCheck& module : script.needs.module_checks) {
        std::vector<const lock::Package*> entries = lock.find(module.project);
        if (entries.empty()) {
            continue; // its import runs on other platforms only
        }
        const lock::Package& package = *entries[0];
        auto entry = TRY(entry_at_hand(package, store));
        script::ProjectGuess known = script::project_of(module.module);
        bool is_trusted = !known.guessed && known.project == module.project.str();
        if (!entry && !is_trusted) {
            entry = TRY(fetch_entry(script, package, services));
        }
        if (!entry) {
            continue;
        }
        WheelModules modules(entry->manifest);
        if (!modules.provide(module.module)) {
            return fail(not_provided(module, package, modules));
        }
    }
    return {};
}

} // namespace pawl::ops
