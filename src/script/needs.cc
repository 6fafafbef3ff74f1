#include "script/needs.h"

#include <algorithm>
#include <set>

#include "base/fs.h"
#include "base/text.h"
#include "script/inference.h"
#include "script/local_modules.h"
#include "script/pins.h"
#include "script/python_range.h"

namespace pawl::script {
namespace {

class NeedsBuilder {
  public:
    explicit NeedsBuilder(const SourceTree& tree) : tree_(tree), options_(tree.options) {}

    Result<Needs> build() {
        TRY(take_settings());
        TRY(take_python());
        TRY(take_stated());
        const bool is_listed = file(0).lists_requirements();
        if (!is_listed) {
            TRY(take_imports());
        }
        for (size_t i = 1; i < tree_.files.size() && !is_listed; ++i) {
            const SourceFile& module = tree_.files[i];
            needs_.local_modules.push_back(
                {module.module, module.path, module.sha256_hex, module.imported_at});
        }
        std::ranges::stable_sort(needs_.requirements, {}, [](const NeededRequirement& needed) {
            return needed.requirement.name;
        });
        return std::move(needs_);
    }

  private:
    const SourceFile& file(size_t index) const { return tree_.files[index]; }

    Result<> take_settings() {
        needs_.notes = tree_.notes;
        if (!file(0).metadata) {
            return {};
        }
        const InlineMetadata& metadata = *file(0).metadata;
        needs_.pawl = metadata.pawl;
        needs_.variants = metadata.variants;
        needs_.tools = metadata.tools;
        for (const auto& [key, line] : metadata.pawl.unknown_keys) {
            needs_.notes.push_back(
                printable(file(0).path) + ":" + std::to_string(line) +
                ": [tool.pawl] has a key that pawl does not know: " + printable(key));
        }
        return {};
    }

    // --- versions of Python
    // -----------------------------------------------------------------------

    void add_python(const std::string& specifiers, Origin origin) {
        if (python_seen_.insert(specifiers).second && !specifiers.empty()) {
            needs_.requires_python += needs_.requires_python.empty() ? "" : ",";
            needs_.requires_python += specifiers;
        }
        needs_.requires_python_origins.push_back(std::move(origin));
    }

    /// Everything that the script and its local modules say must hold together.
    Result<> take_python() {
        for (const SourceFile& source : tree_.files) {
            if (source.metadata && source.metadata->requires_python) {
                add_python(*source.metadata->requires_python,
                           {source.path, source.metadata->requires_python_at});
            }
            for (const PythonDirective& directive : source.directives.python) {
                add_python(directive.text, {source.path, directive.at});
            }
        }
        const pep::Specifiers said = TRY(pep::Specifiers::parse(needs_.requires_python));
        if (said.set().is_empty()) {
            std::string places;
            for (const Origin& origin : needs_.requires_python_origins) {
                places += "\n    " + origin.str();
            }
            return fail(Error::Kind::no_solution,
                        "no solution: no version of Python satisfies " + needs_.requires_python +
                            ", which is what these places ask for together:" + places);
        }
        const pep::Specifiers fallback =
            TRY(pep::Specifiers::parse(options_.default_requires_python));
        supported_ = supported_minors(said.is_empty() ? fallback : said);
        return {};
    }

    // --- what is said in so many words
    // ------------------------------------------------------------

    void add(const SourceFile& source, const std::vector<DeclaredRequirement>& requirements,
             Why why) {
        for (const DeclaredRequirement& declared : requirements) {
            needs_.requirements.push_back(
                {declared.requirement, why, {source.path, declared.at}, {}, {}});
        }
    }

    Result<> take_stated() {
        for (size_t i = 0; i < tree_.files.size(); ++i) {
            const SourceFile& source = file(i);
            for (const RequirementBlock& block : source.directives.requirements) {
                TRY(take_block(source, block));
            }
            for (const RequirementBlock& block : source.directives.extra_requirements) {
                TRY(take_block(source, block));
            }
            if (source.lists_requirements()) {
                continue;
            }
            if (source.declares()) {
                add(source, source.metadata->dependencies, Why::declared);
                note_ignored_pins(source);
            } else if (i == 0 && options_.requirements_file) {
                needs_.is_given = true;
                needs_.requirements.insert(needs_.requirements.end(),
                                           options_.requirements_file->begin(),
                                           options_.requirements_file->end());
            }
        }
        return {};
    }

    Result<> take_block(const SourceFile& source, const RequirementBlock& block) {
        add(source, block.requirements, Why::listed);
        if (!block.files.empty() && options_.workspace_root.empty()) {
            return fail(Error{Error::Kind::input,
                              Origin{source.path, block.at}.str() +
                                  ": this names a workspace's requirement files (" +
                                  join_words(block.files) + "), and this is no workspace"}
                            .hint("write requirements below the line, one a line, each behind "
                                  "\"# \""));
        }
        for (const std::string& name : block.files) {
            if (std::ranges::count(needs_.workspace_files, name) == 0) {
                needs_.workspace_files.push_back(name);
            }
        }
        return {};
    }

    void note_ignored_pins(const SourceFile& source) {
        for (const Pin& pin : source.directives.pins) {
            needs_.notes.push_back(Origin{source.path, pin.requirement.at}.str() +
                                   ": this pin is not looked at, since the metadata declares the "
                                   "dependencies");
        }
    }

    // --- imports
    // ----------------------------------------------------------------------------------

    Result<> take_imports() {
        const bool is_declared = file(0).declares() || options_.requirements_file.has_value();
        const PinMap pins = TRY(collect_pins(tree_, options_));
        needs_.inferred = !is_declared;
        return infer({tree_, pins, options_, supported_, is_declared}, needs_);
    }

    const SourceTree& tree_;
    const NeedsOptions& options_;
    Needs needs_;
    MinorSet supported_ = every_minor;
    std::set<std::string> python_seen_;
};

} // namespace

std::string_view why_name(Why why) {
    switch (why) {
    case Why::listed:
        return "listed";
    case Why::declared:
        return "declared";
    case Why::file:
        return "requirements file";
    case Why::pinned:
        return "pinned";
    case Why::imported:
        return "imported";
    case Why::guessed:
        return "guessed";
    }
    return "";
}

std::string_view uncounted_reason(UncountedImport::Reason reason) {
    using Reason = UncountedImport::Reason;
    switch (reason) {
    case Reason::standard_library:
        return "standard library";
    case Reason::local:
        return "local module";
    case Reason::inside_function:
        return "inside a function";
    case Reason::inside_class:
        return "inside a class";
    case Reason::type_checking:
        return "for type checking only";
    case Reason::fallback:
        return "fallback of another import";
    case Reason::after_main:
        return "after main";
    case Reason::not_in_python:
        return "not run by the Pythons it is for";
    case Reason::declared:
        return "the requirements are declared";
    }
    return "";
}

std::string Origin::str() const {
    std::string text = printable(file);
    if (at.line != 0) {
        text += ":" + std::to_string(at.line) + ":" + std::to_string(at.column + 1);
    }
    return text;
}

std::string Needs::digest_material() const {
    std::set<std::string> lines; // sorted and each once: the order of imports means nothing
    for (const NeededRequirement& needed : requirements) {
        lines.insert("requirement " + needed.requirement.str());
    }
    for (const DeclaredRequirement& constraint : pawl.constraints) {
        lines.insert("constraint " + constraint.requirement.str());
    }
    for (const DeclaredRequirement& override_ : pawl.overrides) {
        lines.insert("override " + override_.requirement.str());
    }
    for (const LocalModule& module : local_modules) {
        lines.insert("local " + module.module);
    }
    for (const std::string& name : workspace_files) {
        lines.insert("workspace-file " + name);
    }
    std::string material = "pawl script needs 1\nrequires-python " + requires_python + "\n";
    for (const std::string& line : lines) {
        material += line + "\n";
    }
    return material;
}

Result<Needs> needs_of(std::string_view path, std::string_view bytes, const NeedsOptions& options,
                       Sources& sources) {
    const SourceTree tree = TRY(read_sources(path, bytes, options, sources));
    return NeedsBuilder(tree).build();
}

} // namespace pawl::script
