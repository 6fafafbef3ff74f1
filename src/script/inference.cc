// For each imported name of each file, in order: is it looked at, is it local, does the standard
// library have it in every version the script runs on, does it only stand in for another import
// that works, is it pinned, and otherwise: which project provides it? Then the answers are merged
// by project, with a marker where an import runs only in some places.

#include "script/inference.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "script/condition.h"
#include "script/module_table.h"
#include "script/python2_names.h"
#include "script/python_range.h"

namespace pawl::script {
namespace {

/// One name of one import statement.
struct Unit {
    size_t file = 0, import = 0, name = 0;
};

/// What is asked of one project by imports.
struct Asked {
    Why why = Why::imported;
    Origin origin;
    Position end;
    std::string module;
    std::set<std::string> specifiers; ///< of the versions that have what is imported
    std::set<std::string> markers;    ///< the places where its imports run
    bool is_always = false;           ///< one of them runs everywhere
};

class Inference {
  public:
    Inference(const InferenceInput& input, Needs& needs) : in_(input), needs_(needs) {}

    Result<> run() {
        for (size_t file = 0; file < in_.tree.files.size(); ++file) {
            if (in_.tree.files[file].lists_requirements()) {
                continue;
            }
            const std::vector<Import>& imports = in_.tree.files[file].scan.imports;
            for (size_t import = 0; import < imports.size(); ++import) {
                for (size_t name = 0; name < imports[import].names.size(); ++name) {
                    TRY(judge({file, import, name}));
                }
            }
        }
        add_pins();
        return add_requirements();
    }

  private:
    const SourceFile& file_of(const Unit& unit) const { return in_.tree.files[unit.file]; }
    const Import& import_of(const Unit& unit) const {
        return file_of(unit).scan.imports[unit.import];
    }
    const ImportedName& name_of(const Unit& unit) const { return import_of(unit).names[unit.name]; }
    /// The module that is imported, as pins name it.
    const std::string& module_of(const Unit& unit) const {
        return import_of(unit).is_from ? import_of(unit).module : name_of(unit).name;
    }
    std::string_view root_of(const Unit& unit) const {
        const std::string_view module = module_of(unit);
        return module.substr(0, module.find('.'));
    }
    Origin origin_of(const Unit& unit) const {
        const Import& import = import_of(unit);
        return {file_of(unit).path, import.is_from ? import.span.begin : name_of(unit).span.begin};
    }
    Position end_of(const Unit& unit) const {
        const Import& import = import_of(unit);
        return import.is_from ? import.span.end : name_of(unit).span.end;
    }

    void skip(const Unit& unit, UncountedImport::Reason reason) {
        const bool is_repeated = import_of(unit).is_from && unit.name != 0;
        if (!is_repeated) { // `from a import b, c` is one import for this purpose
            const std::string dots(import_of(unit).level, '.');
            needs_.uncounted.push_back(
                {reason, dots + module_of(unit), origin_of(unit), end_of(unit)});
        }
    }

    Result<> judge(const Unit& unit) {
        using Reason = UncountedImport::Reason;
        const SourceFile& file = file_of(unit);
        switch (standing_of(file, unit.import, in_.options)) {
        case Standing::counted:
            break;
        case Standing::inside_function:
            skip(unit, Reason::inside_function);
            return {};
        case Standing::inside_class:
            skip(unit, Reason::inside_class);
            return {};
        case Standing::type_checking:
            skip(unit, Reason::type_checking);
            return {};
        case Standing::after_main:
            skip(unit, Reason::after_main);
            return {};
        }
        if (file.targets[unit.import][unit.name] != Target::elsewhere) {
            skip(unit, Reason::local);
            return {};
        }
        if (file.declares() || (unit.file == 0 && in_.is_declared)) {
            skip(unit,
                 stdlib_minors(root_of(unit)) != 0 ? Reason::standard_library : Reason::declared);
            return {};
        }
        if (const auto pinned = in_.pins.find(module_of(unit)); pinned != in_.pins.end()) {
            note_pinned(unit, pinned->second);
            return {};
        }
        return judge_unpinned(unit);
    }

    Result<> judge_unpinned(const Unit& unit) {
        using Reason = UncountedImport::Reason;
        MinorSet minors = in_.supported;
        if (import_of(unit).fallback_of != no_index) {
            minors &= static_cast<MinorSet>(~covered_by_body(unit));
            if (minors == 0) {
                skip(unit, Reason::fallback);
                return {};
            }
        }
        const std::string_view root = root_of(unit);
        const MinorSet stdlib = stdlib_minors(root);
        if ((minors & ~stdlib) == 0) {
            skip(unit, Reason::standard_library);
            return {};
        }
        if (stdlib != 0 || is_python2_only(root)) {
            return judge_partial_stdlib(unit, minors, stdlib);
        }
        return ask(unit, minors, true);
    }

    /// A module that the standard library has only in other versions than some or all of these.
    Result<> judge_partial_stdlib(const Unit& unit, MinorSet minors, MinorSet stdlib) {
        using Reason = UncountedImport::Reason;
        const std::string_view root = root_of(unit);
        const bool has_replacement = find_project(module_of(unit)).has_value();
        const bool stands_alone = !has_fallback(unit);
        if (has_replacement && stands_alone && !is_python2_only(root)) {
            return ask(unit, minors & static_cast<MinorSet>(~stdlib), false);
        }
        if ((minors & stdlib) != 0) {
            skip(unit, Reason::standard_library);
            if (stands_alone && !import_of(unit).is_guarded) {
                needs_.notes.push_back(origin_of(unit).str() + ": " + std::string(root) +
                                       " is in the standard library of Python " +
                                       minors_text(stdlib) + " only");
            }
            return {};
        }
        if (import_of(unit).is_guarded || import_of(unit).fallback_of != no_index) {
            skip(unit, Reason::not_in_python);
            return {};
        }
        return fail(missing_module(unit, stdlib));
    }

    Error missing_module(const Unit& unit, MinorSet stdlib) const {
        const std::string root(root_of(unit));
        std::string message = origin_of(unit).str() + ": " + printable(root);
        if (stdlib != 0) {
            message += " is in the standard library of Python " + minors_text(stdlib) +
                       " only, and this script runs on " + minors_text(in_.supported);
        } else {
            message += " was a module of Python 2";
            const std::string_view successor = python3_name(root);
            if (!successor.empty()) {
                message += "; in Python 3 it is " + std::string(successor);
            }
        }
        return Error{Error::Kind::input, std::move(message)}.hint(
            "if a project provides it, say so behind the import: # pin: PROJECT");
    }

    // --- try: import a / except ImportError: import b
    // ---------------------------------------------

    /// The minors on which everything that the `try` body imports is there, so that its handler
    /// never runs.
    MinorSet covered_by_body(const Unit& unit) const {
        const std::vector<Import>& imports = file_of(unit).scan.imports;
        const uint32_t first = import_of(unit).fallback_of;
        MinorSet covered = every_minor;
        for (size_t i = first; i < unit.import && imports[i].fallback_of != first; ++i) {
            for (size_t name = 0; name < imports[i].names.size(); ++name) {
                covered &= covered_by({unit.file, i, name});
            }
        }
        return covered;
    }

    MinorSet covered_by(const Unit& unit) const {
        if (file_of(unit).targets[unit.import][unit.name] != Target::elsewhere ||
            in_.pins.contains(module_of(unit))) {
            return every_minor;
        }
        if (import_of(unit).never_runs || is_python2_only(root_of(unit))) {
            return 0;
        }
        const MinorSet stdlib = stdlib_minors(root_of(unit));
        if (stdlib == 0) {
            return every_minor; // a project: it will be installed
        }
        return import_of(unit).is_from
                   ? stdlib & minors_with_name(module_of(unit), name_of(unit).name)
                   : stdlib;
    }

    /// Whether another import of the file stands in when this one fails.
    bool has_fallback(const Unit& unit) const {
        const std::vector<Import>& imports = file_of(unit).scan.imports;
        return std::ranges::any_of(imports, [&](const Import& other) {
            return other.fallback_of <= unit.import && import_of(unit).is_guarded &&
                   &other > &import_of(unit);
        });
    }

    // --- asking
    // -----------------------------------------------------------------------------------

    /// What was listed or declared and provides the module anyway; null when nothing does.
    const NeededRequirement* given_for(const ProjectGuess& guess) const {
        const auto is_given = [&](const NeededRequirement& needed) {
            const std::string& name = needed.requirement.name.str();
            const bool provides =
                name == guess.project || std::ranges::count(guess.alternatives, name) != 0;
            return provides && !needed.requirement.marker;
        };
        const auto found = std::ranges::find_if(needs_.requirements, is_given);
        return found == needs_.requirements.end() ? nullptr : &*found;
    }

    Result<> ask(const Unit& unit, MinorSet minors, bool is_checked) {
        const Import& import = import_of(unit);
        const std::string_view name = import.is_from ? std::string_view(name_of(unit).name) : "";
        const ProjectGuess guess = project_of(module_of(unit), name);
        const Why why = guess.guessed ? Why::guessed : Why::imported;
        FoundImport found{guess.module, guess.project,   guess.project,
                          why,          origin_of(unit), end_of(unit)};
        if (const NeededRequirement* given = given_for(guess)) {
            found.project = given->requirement.name.str();
            found.requirement = given->requirement.str();
            found.why = given->why;
            add_found(std::move(found));
            return {};
        }
        if (guess.guessed && in_.is_declared) {
            needs_.notes.push_back(found.origin.str() + ": imports " + printable(guess.module) +
                                   ", which no declared dependency is known to provide");
            return {};
        }
        if (guess.project.empty() || !pep::is_valid_name(guess.project)) {
            return fail(Error{Error::Kind::input, found.origin.str() +
                                                      ": no project is known for the module " +
                                                      printable(guess.module)}
                            .hint("say which one it is behind the import: # pin: PROJECT"));
        }
        const When runs = both({import.marker.empty() ? When::Kind::always : When::Kind::marker,
                                import.marker, import.marker.find(" or ") != std::string::npos},
                               minors_when(minors));
        found.requirement += guess.specifiers;
        found.requirement += runs.marker.empty() ? "" : " ; " + runs.marker;
        Asked& asked = asked_[guess.project];
        const bool is_first = !asked.is_always && asked.markers.empty();
        const bool is_broader = !asked.is_always && runs.marker.empty();
        if (is_first || is_broader) {
            asked.why = why;
            asked.origin = found.origin;
            asked.end = found.end;
            asked.module = guess.module;
        }
        if (!guess.specifiers.empty()) {
            asked.specifiers.emplace(guess.specifiers);
        }
        asked.is_always = asked.is_always || runs.marker.empty();
        asked.markers.insert(runs.marker);
        if (is_checked) {
            needs_.module_checks.push_back({guess.module, pep::Name::of(guess.project),
                                            guess.guessed, runs.marker, found.origin});
        }
        add_found(std::move(found));
        return {};
    }

    When minors_when(MinorSet minors) const {
        const std::string marker = minors_marker(minors, in_.supported);
        return {marker.empty() ? When::Kind::always : When::Kind::marker, marker,
                marker.find(" or ") != std::string::npos};
    }

    /// `from a import b, c` gives one entry, unless the names belong to different projects.
    void add_found(FoundImport found) {
        if (!needs_.imports.empty()) {
            const FoundImport& last = needs_.imports.back();
            if (last.origin.file == found.origin.file && last.origin.at == found.origin.at &&
                last.project == found.project && last.module == found.module) {
                return;
            }
        }
        needs_.imports.push_back(std::move(found));
    }

    void note_pinned(const Unit& unit, const std::vector<PlacedPin>& pins) {
        std::vector<std::string> texts;
        for (const PlacedPin& pin : pins) {
            texts.push_back(pin.pin->requirement.requirement.str());
        }
        FoundImport found{module_of(unit),   pins[0].pin->requirement.requirement.name.str(),
                          join(texts, ", "), Why::pinned,
                          origin_of(unit),   end_of(unit)};
        add_found(std::move(found));
    }

    // --- the result
    // -------------------------------------------------------------------------------

    void add_pins() {
        for (const auto& [module, pins] : in_.pins) {
            for (const PlacedPin& placed : pins) {
                const Import& import = placed.file->scan.imports[placed.pin->import_index];
                pep::Requirement requirement = placed.pin->requirement.requirement;
                if (!requirement.marker && !import.marker.empty()) {
                    if (auto marker = pep::Marker::parse(import.marker)) {
                        requirement.marker = std::move(*marker);
                    }
                }
                needs_.module_checks.push_back(
                    {module, requirement.name, false, import.marker, placed.origin()});
                needs_.requirements.push_back({std::move(requirement), Why::pinned, placed.origin(),
                                               import.span.end, module});
            }
        }
    }

    Result<> add_requirements() {
        TRY(refuse_guesses());
        for (const auto& [project, asked] : asked_) {
            std::string text =
                project + join(std::vector(asked.specifiers.begin(), asked.specifiers.end()), ",");
            if (!asked.is_always) {
                std::string marker;
                for (const std::string& part : asked.markers) {
                    const bool needs_group = asked.markers.size() > 1;
                    marker += marker.empty() ? "" : " or ";
                    marker += needs_group ? "(" + part + ")" : part;
                }
                text += " ; " + marker;
            }
            needs_.requirements.push_back(
                {TRY_IN(asked.origin.str(), pep::Requirement::parse(text)), asked.why, asked.origin,
                 asked.end, asked.module});
        }
        return {};
    }

    Result<> refuse_guesses() const {
        std::string lines;
        for (const auto& [project, asked] : asked_) {
            if (asked.why == Why::guessed) {
                lines += "\n    " + asked.origin.str() + ": " + printable(asked.module) +
                         " would be taken from the project " + project;
            }
        }
        if (lines.empty() || !in_.options.no_guess) {
            return {};
        }
        return fail(
            Error{Error::Kind::permission,
                  "these imports have no known project, and guessing is not allowed:" + lines}
                .hint("name the project behind the import (# pin: PROJECT) or declare the "
                      "dependencies in the script's metadata"));
    }

    const InferenceInput& in_;
    Needs& needs_;
    std::map<std::string, Asked> asked_;
};

} // namespace

Result<> infer(const InferenceInput& input, Needs& needs) {
    return Inference(input, needs).run();
}

} // namespace pawl::script
