#include "ops/script_requirements.h"

#include "base/fs.h"
#include "base/paths.h"
#include "base/text.h"
#include "ops/requirement_hashes.h"
#include "ops/requirements_input.h"

namespace pawl::ops {

namespace {

/// The file that the lock was made with, where it is still there; of standard input or a URL
/// nothing is.
std::string recorded_file(const ScriptState& script) {
    if (script.path.empty() || script.record.requirements_file.empty()) {
        return "";
    }
    std::string path = fs::join(script.directory, script.record.requirements_file);
    return fs::exists(path) ? path : std::string();
}

/// The file's absolute path; "" for none.
Result<std::string> file_for(const ScriptState& script, const Settings& settings) {
    const std::string& asked = settings.requirements;
    if (asked == no_requirements) {
        return std::string();
    }
    if (asked == nearest_requirements) {
        return script.path.empty()
                   ? std::string()
                   : script::nearest_requirements_file(script.path, *script.sources);
    }
    if (!asked.empty()) {
        return fs::absolute(asked);
    }
    return recorded_file(script);
}

} // namespace

Result<> find_requirements(ScriptState& script, const Settings& settings) {
    script.given.reset();
    script.given_path = TRY(file_for(script, settings));
    const std::string& path = script.given_path;
    if (path.empty()) {
        return {};
    }
    const std::string shown = fs::relative_path(path, TRY(fs::current_directory()));
    const std::string& name = shown.starts_with("../..") ? path : shown;
    auto given = std::make_shared<LockInput>();
    given->name = name;
    given->resolution.settings = settings;
    given->resolution.directory = script.directory;
    const project::RequirementsFile file =
        TRY(project::read_requirements_files({&name, 1}, {}, TRY(requirements_options())));
    TRY(add_requirements_file(file, *given));
    for (const std::string& read : file.files) {
        script.trace->reads.push_back({read, ""});
    }
    script.given = std::move(given);
    return {};
}

bool is_without_its_file(const ScriptState& script) {
    return script.needs.inferred && !script.record.requirements_file.empty() &&
           script.settings.requirements.empty() && recorded_file(script).empty();
}

std::optional<std::vector<script::NeededRequirement>> given_needs(const ScriptState& script) {
    if (!script.given) {
        return std::nullopt;
    }
    std::vector<script::NeededRequirement> needs;
    for (const RootRequirement& root : script.given->resolution.requirements) {
        needs.push_back({.requirement = root.requirement,
                         .why = script::Why::file,
                         .origin = {root.origin, {}},
                         .end = {},
                         .module = {}});
    }
    return needs;
}

void settle_requirements(ScriptState& script, const Settings& settings) {
    if (!script.given) {
        return;
    }
    script::Needs& needs = script.needs;
    if (needs.is_given) {
        needs.notes.insert(needs.notes.end(), script.given->warnings.begin(),
                           script.given->warnings.end());
        return;
    }
    if (!settings.requirements.empty() && settings.requirements != nearest_requirements) {
        needs.notes.push_back(printable(script.name) + " declares what it needs, so " +
                              printable(script.given->name) + " is not looked at");
    }
    script.given.reset();
}

void add_given(const ScriptState& script, ResolutionRequest& request) {
    if (!script.given) {
        return;
    }
    const ResolutionRequest& given = script.given->resolution;
    request.constraints.insert(request.constraints.end(), given.constraints.begin(),
                               given.constraints.end());
    request.formats = given.formats;
    request.prereleases_of = given.prereleases_of;
}

std::string recorded_requirements(const ScriptState& script) {
    return script.given ? fs::relative_path(script.given_path, script.directory) : std::string();
}

Result<lock::Lock> resolve_given(const ScriptState& script, const ResolutionRequest& request,
                                 Services& services) {
    lock::Lock lock = TRY(resolve_to_lock(request, services));
    if (script.given) {
        mark_editable(*script.given, lock);
        TRY(check_hashes(*script.given, lock, services));
    }
    return lock;
}

} // namespace pawl::ops
