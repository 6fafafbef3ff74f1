// Following local imports as Python finds them when it runs `python dir/script.py`: the script's
// folder comes first on the search path, before the standard library and before what is installed.
// In a folder a package (`a/__init__.py`) goes before a module (`a.py`), and both before a plain
// folder `a/`, which counts only when nothing else on the path has the name. In a workspace
// `f.folder.name` and `u.user.name` begin at its root, and only relative imports look beside.

#include "script/local_modules.h"

#include <algorithm>

#include "base/fs.h"
#include "base/sha256.h"
#include "base/text.h"
#include "script/module_table.h"
#include "script/stdlib_table.h"

namespace pawl::script {
namespace {

std::string place(const std::string& file, Position at) {
    return printable(file) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column + 1);
}

class TreeReader {
  public:
    TreeReader(std::string_view path, const NeedsOptions& options, Sources& sources)
        : options_(options), sources_(sources),
          has_folder_(path != "-" && !path.empty() && path.find("://") == std::string_view::npos),
          script_file_(has_folder_ ? sources.behind_links(path) : std::string(path)),
          script_folder_(fs::parent(script_file_)),
          import_root_(options.import_root.empty() ? script_folder_ : options.import_root) {}

    Result<SourceTree> read(std::string_view path, std::string_view bytes) {
        SourceFile script;
        script.path = std::string(path);
        TRY(fill(script, bytes));
        if (script.metadata) {
            const PawlTable& pawl = script.metadata->pawl;
            options_.all_imports = options_.all_imports || pawl.all_imports.value_or(false);
            options_.no_guess = options_.no_guess || pawl.no_guess.value_or(false);
        }
        tree_.options = options_;
        seen_.insert(fs::normalize(script_file_));
        tree_.files.push_back(std::move(script));
        TRY(read_packages());
        for (size_t i = 0; i < tree_.files.size(); ++i) { // grows while it is walked
            TRY(follow(i));
        }
        return std::move(tree_);
    }

  private:
    Result<> fill(SourceFile& file, std::string_view bytes) {
        file.sha256_hex = Sha256::hex_of(bytes);
        file.metadata = TRY(read_inline_metadata(bytes, file.path));
        Result<Scan> scan = scan_imports(bytes, file.path);
        if (!scan && file.declares()) {
            return {}; // what it needs is known; what is wrong with it Python will say
        }
        if (!scan) {
            return fail(std::move(scan.error()));
        }
        file.scan = std::move(*scan);
        file.directives = TRY(read_directives(file.scan, file.path));
        for (const Import& import : file.scan.imports) {
            file.targets.emplace_back(import.names.size(), Target::elsewhere);
        }
        return {};
    }

    /// The packages that `python -m a.b.c` imports before it runs a/b/c.py.
    Result<> read_packages() {
        std::string folder = import_root_;
        std::string module;
        for (const std::string_view part : split(options_.module, '.')) {
            module.append(module.empty() ? "" : ".").append(part);
            folder = fs::join(folder, part);
            const std::string package = fs::join(folder, "__init__.py");
            if (options_.module.empty() || !sources_.is_file(package) ||
                !seen_.insert(fs::normalize(package)).second) {
                continue;
            }
            SourceFile file;
            file.path = package;
            file.module = module;
            file.depth = 1;
            file.imported_at = {tree_.files[0].path, {}};
            TRY(fill(file, TRY(sources_.read(package)).value_or("")));
            tree_.files.push_back(std::move(file));
        }
        return {};
    }

    Result<> follow(size_t index) {
        const bool is_listed = tree_.files[index].lists_requirements();
        const size_t count = tree_.files[index].scan.imports.size();
        for (size_t i = 0; has_folder_ && !is_listed && i < count; ++i) {
            const Standing standing = standing_of(tree_.files[index], i, options_);
            const bool is_counted = standing == Standing::counted;
            for (size_t name = 0; name < tree_.files[index].scan.imports[i].names.size(); ++name) {
                const Target target = TRY(follow_name({index, i, name, is_counted}));
                tree_.files[index].targets[i][name] = target;
            }
        }
        return {};
    }

    /// One name of one import, and whether what it leads to is read.
    struct Step {
        size_t file, import, name;
        bool is_counted;
    };

    Result<Target> follow_name(const Step& step) {
        const Import& import = tree_.files[step.file].scan.imports[step.import];
        if (import.level != 0) {
            TRY(follow_relative(step));
            return Target::relative;
        }
        const std::string& module = import.is_from ? import.module : import.names[step.name].name;
        const std::string_view root = std::string_view(module).substr(0, module.find('.'));
        if (!options_.workspace_root.empty()) {
            if (root != "f" && root != "u") {
                return Target::elsewhere;
            }
            TRY(follow_workspace(step, module));
            return Target::local;
        }
        if (absent_.contains(std::string(root))) {
            return Target::elsewhere;
        }
        const Found found = TRY(walk(import_root_, module, step));
        if (found.folder == import_root_) {
            absent_.insert(std::string(root)); // most imports: not asked of the disk again
        }
        if (found.files == 0 && (!found.is_whole || is_provided_elsewhere(module))) {
            return Target::elsewhere;
        }
        TRY(walk_name(found, step));
        return Target::local;
    }

    static bool is_provided_elsewhere(std::string_view module) {
        const std::string_view root = module.substr(0, module.find('.'));
        return stdlib_minors(root) != 0 || find_project(module).has_value();
    }

    /// What the parts of a dotted name led to.
    struct Found {
        std::string folder;    ///< of the package or plain folder that was reached
        size_t files = 0;      ///< modules and packages on the way
        bool is_whole = false; ///< every part was found
    };

    Result<Found> walk(const std::string& base, std::string_view dotted, const Step& step) {
        Found found{base, 0, true};
        for (const std::string_view part : split(dotted, '.')) {
            if (part.empty()) {
                continue; // `from . import x`
            }
            const std::string folder = fs::normalize(fs::join(found.folder, part));
            const std::string package = fs::join(folder, "__init__.py");
            const std::string module = folder + ".py";
            if (sources_.is_file(package)) {
                TRY(visit(package, dotted, step));
                ++found.files;
            } else if (sources_.is_file(module)) {
                TRY(visit(module, dotted, step));
                ++found.files;
            } else if (!sources_.is_directory(folder)) {
                found.is_whole = false;
                return found;
            }
            found.folder = folder;
        }
        return found;
    }

    /// `from package import name`: the name may be a module of the package.
    Result<> walk_name(const Found& found, const Step& step) {
        const Import& import = tree_.files[step.file].scan.imports[step.import];
        if (import.is_from && found.is_whole && import.names[step.name].name != "*") {
            const std::string name = import.names[step.name].name;
            TRY(walk(found.folder, name, step));
        }
        return {};
    }

    Result<> follow_relative(const Step& step) {
        const Import import = tree_.files[step.file].scan.imports[step.import];
        std::string base(step.file == 0 ? script_folder_ : fs::parent(tree_.files[step.file].path));
        for (uint32_t i = 1; i < import.level; ++i) {
            base = fs::normalize(fs::join(base, ".."));
        }
        const Found found = TRY(walk(base, import.module, step));
        TRY(walk_name(found, step));
        if (!found.is_whole && step.is_counted) {
            TRY(report_missing(step, import, base));
        }
        return {};
    }

    /// A relative import that leads nowhere: an error in the script itself, elsewhere a note, since
    /// a package may have compiled modules and generated ones.
    Result<> report_missing(const Step& step, const Import& import, const std::string& base) {
        if (import.is_guarded || import.fallback_of != no_index) {
            return {};
        }
        const SourceFile& file = tree_.files[step.file];
        const std::string dots(import.level, '.');
        const std::string message = place(file.path, import.span.begin) + ": there is no module " +
                                    dots + import.module + " in " + printable(base);
        if (step.file == 0) {
            return fail(Error{Error::Kind::input, message}.hint(
                "a relative import looks beside the file that it stands in"));
        }
        tree_.notes.push_back(message);
        return {};
    }

    Result<> follow_workspace(const Step& step, const std::string& module) {
        const Found found = TRY(walk(options_.workspace_root, module, step));
        TRY(walk_name(found, step));
        const Import& import = tree_.files[step.file].scan.imports[step.import];
        if (!found.is_whole && step.is_counted && !import.is_guarded) {
            return fail(
                Error{Error::Kind::input, place(tree_.files[step.file].path, import.span.begin) +
                                              ": the workspace has no script " +
                                              replace_all(printable(module), ".", "/")}
                    .hint("names that begin with \"f.\" and \"u.\" are paths from the "
                          "workspace's root"));
        }
        return {};
    }

    /// Reads a local file once, when the import that leads to it counts.
    Result<> visit(const std::string& path, std::string_view module, const Step& step) {
        if (!step.is_counted) {
            return {};
        }
        if (fs::normalize(path) == fs::normalize(script_file_)) {
            note_self_import(step);
            return {};
        }
        if (!seen_.insert(fs::normalize(path)).second) {
            return {};
        }
        if (tree_.files.size() > local_modules_max) {
            return fail(Error::Kind::input, printable(tree_.files[0].path) + " imports more than " +
                                                std::to_string(local_modules_max) +
                                                " modules of its own");
        }
        std::optional<std::string> bytes = TRY(sources_.read(path));
        if (!bytes) {
            return {};
        }
        const SourceFile& importer = tree_.files[step.file];
        SourceFile file;
        file.path = path;
        file.module = std::string(module);
        file.depth = importer.depth + 1;
        file.imported_at = {importer.path, importer.scan.imports[step.import].span.begin};
        TRY(fill(file, *bytes));
        tree_.files.push_back(std::move(file));
        return {};
    }

    void note_self_import(const Step& step) {
        const SourceFile& file = tree_.files[step.file];
        const Import& import = file.scan.imports[step.import];
        if (step.file == 0) {
            tree_.notes.push_back(place(file.path, import.span.begin) +
                                  ": this import finds the script itself, since it has the "
                                  "module's name; rename the script if a package is meant");
        }
    }

    NeedsOptions options_;
    Sources& sources_;
    bool has_folder_;
    std::string script_file_; // behind links
    std::string script_folder_;
    std::string import_root_; // where absolute imports begin
    SourceTree tree_;
    std::unordered_set<std::string> seen_;
    std::unordered_set<std::string> absent_; // roots of which the script's folder has nothing
};

} // namespace

Standing standing_of(const SourceFile& file, size_t import_index, const NeedsOptions& options) {
    const Import& import = file.scan.imports[import_index];
    if (import.never_runs) {
        return Standing::type_checking;
    }
    const uint32_t main_line = file.scan.main_line;
    if (options.is_workspace && main_line != 0 && import.span.begin.line > main_line) {
        return Standing::after_main;
    }
    const bool is_pinned = std::ranges::any_of(
        file.directives.pins, [&](const Pin& pin) { return pin.import_index == import_index; });
    if (import.scope == ImportScope::module || options.all_imports || is_pinned) {
        return Standing::counted;
    }
    return import.scope == ImportScope::function ? Standing::inside_function
                                                 : Standing::inside_class;
}

Result<SourceTree> read_sources(std::string_view path, std::string_view bytes,
                                const NeedsOptions& options, Sources& sources) {
    return TreeReader(path, options, sources).read(path, bytes);
}

} // namespace pawl::script
