#include "ops/script_state.h"

#include <algorithm>

#include "base/fs.h"
#include "base/sha256.h"
#include "base/text.h"
#include "ops/lock_reuse.h"
#include "ops/lock_steps.h"
#include "ops/module_check.h"
#include "ops/script_requirements.h"
#include "ops/script_source.h"
#include "script/lock_block.h"
#include "script/module_table.h"
#include "script/stdlib_table.h"

namespace pawl::ops {

namespace {

/// Everything that the lock is an answer to and that stands in the script or beside it. What the
/// user says on the command line (an index, a date) is no input: it is recorded in the lock and
/// used again, so that a lock made through one index is fresh on a machine with another.
std::string digest_of(const ScriptState& script) {
    const script::PawlTable& table = script.needs.pawl;
    InputDigest digest("input");
    digest.add_text(script.needs.digest_material());
    auto add = [&digest](std::string_view key, const std::string& value) {
        digest.add(key, value);
    };
    add("variant", script.variant);
    add("requires-python", script.requires_python.str());
    for (const std::string& text : table.only_binary) {
        add("only-binary", text);
    }
    for (const std::string& text : table.no_binary) {
        add("no-binary", text);
    }
    add("index-url", table.index_url);
    for (const std::string& url : table.extra_index_urls) {
        add("extra-index-url", url);
    }
    for (const script::NamedIndex& index : table.indexes) {
        add("index", index.name + " " + index.url + (index.is_default ? " default" : "") +
                         (index.is_explicit ? " explicit" : ""));
    }
    for (const auto& [project, index] : table.index_of) {
        add("index-of " + project.str(), index);
    }
    for (const std::string& url : table.find_links) {
        add("find-links", url);
    }
    add("exclude-newer", table.exclude_newer);
    add("prerelease", table.prerelease);
    add("resolution", table.resolution);
    add("fork-strategy", table.fork_strategy);
    add("index-strategy", table.index_strategy);
    for (const script::DeclaredRequirement& constraint : table.constraints) {
        add("constraint", constraint.requirement.str());
    }
    for (const script::DeclaredRequirement& override : table.overrides) {
        add("override", override.requirement.str());
    }
    if (script.given) {
        add("requirements-file", script.given->input_digest);
    }
    return digest.str();
}

std::vector<RootRequirement> roots_of(const script::Needs& needs) {
    std::vector<RootRequirement> roots;
    for (const script::NeededRequirement& need : needs.requirements) {
        roots.push_back({need.requirement, need.origin.str()});
    }
    return roots;
}

/// `-m module` of which the current directory knows nothing: the project that provides it.
Result<> need_project_of(ScriptState& script) {
    std::string_view module = script.module;
    std::string_view root = module.substr(0, module.find('.'));
    if (script::stdlib_minors(root) != 0) {
        return {};
    }
    script::ProjectGuess guess = script::project_of(module);
    if (guess.project.empty()) {
        return fail(
            Error{Error::Kind::input,
                  printable(script.name) + ": many projects share the module " + printable(module)}
                .hint("name the one that is meant: --with PROJECT"));
    }
    if (guess.guessed && script.settings.no_guess) {
        return fail(Error{Error::Kind::permission, printable(script.name) +
                                                       " has no known project, and guessing is not "
                                                       "allowed"}
                        .hint("name the project: --with PROJECT"));
    }
    std::string text = guess.project + std::string(guess.specifiers);
    pep::Requirement requirement = TRY(pep::Requirement::parse(text));
    script.needs.module_checks.push_back({.module = std::string(module),
                                          .project = requirement.name,
                                          .guessed = guess.guessed,
                                          .marker = "",
                                          .origin = {script.name, {}}});
    script.needs.requirements.push_back(
        {.requirement = std::move(requirement),
         .why = guess.guessed ? script::Why::guessed : script::Why::imported,
         .origin = {script.name, {}},
         .end = {},
         .module = std::string(module)});
    return {};
}

/// What `%pip install` lines of a notebook say is as good as a list of requirements, where the
/// notebook has none.
void add_notebook_requirements(ScriptState& script) {
    script::Needs& needs = script.needs;
    const script::Notebook& notebook = *script.notebook;
    notebook.relocate(needs);
    needs.notes.insert(needs.notes.end(), notebook.notes.begin(), notebook.notes.end());
    if (needs.inferred) {
        for (script::ModuleCheck& check : needs.module_checks) {
            auto names = [&check](const script::NeededRequirement& one) {
                return one.requirement.name == check.project;
            };
            check.guessed = check.guessed && std::ranges::none_of(notebook.requirements, names);
        }
        needs.requirements.insert(needs.requirements.end(), notebook.requirements.begin(),
                                  notebook.requirements.end());
        std::ranges::stable_sort(needs.requirements, {}, [](const script::NeededRequirement& one) {
            return one.requirement.name;
        });
    }
}

/// The variant's settings are the script's own from here on.
void set_variant(script::Needs& needs, std::string_view variant) {
    for (const script::ScriptVariant& one : needs.variants) {
        if (one.variant.name == variant) {
            needs.pawl = one.pawl;
        }
    }
}

} // namespace

std::string ScriptState::shown() const {
    return printable(name) + (variant.empty() ? "" : " (" + variant + ")");
}

std::string ScriptState::lock_command() const {
    return "pawl lock " + (variant.empty() ? "" : "--variant " + variant + " ") + printable(name);
}

void tell_needs(const ScriptState& script, Terminal& terminal) {
    for (const std::string& note : script.needs.notes) {
        terminal.note(note);
    }
    for (const script::ModuleCheck& module : script.needs.module_checks) {
        if (module.guessed) {
            terminal.warn(printable(module.origin.str()) + ": guessed that the module " +
                          printable(module.module) + " comes from the project " +
                          module.project.str());
        }
    }
}

Result<> find_lock(ScriptState& script, Terminal& terminal) {
    script.place = TRY(script::find_lock(script.path, script.bytes, script.variant));
    if (script.place.kind == script::LockPlace::Kind::none) {
        return {};
    }
    bool embedded = script.place.kind == script::LockPlace::Kind::embedded;
    std::string place = embedded ? script.name + " (embedded lock)" : script.place.path;
    std::string text;
    if (embedded) {
        text = script::lock_block_content(script.bytes, *script.place.block);
    } else {
        text = TRY(fs::read(script.place.path));
        script.trace->reads.push_back({script.place.path, Sha256::hex_of(text)});
    }
    KnownLock known = TRY(read_known_lock(std::move(text), place, terminal));
    if (known.record.variant != script.variant && !known.record.input_digest.empty()) {
        return fail(Error{Error::Kind::input,
                          printable(place) + " is the lock of " +
                              (known.record.variant.empty()
                                   ? "no variant"
                                   : "a variant, \"" + printable(known.record.variant) + "\"") +
                              ", not that of " + script.shown()}
                        .hint("two scripts cannot share a lock: rename one of them; or remove it "
                              "and lock anew"));
    }
    script.record = std::move(known.record);
    script.lock = std::move(known.lock);
    return {};
}

void judge_lock(ScriptState& script) {
    if (!script.lock) {
        return;
    }
    if (is_without_its_file(script)) {
        script.freshness = Freshness::fresh;
        return;
    }
    script.stale_reason = stale_reason(*script.lock, script.record, roots_of(script.needs),
                                       {.input_digest = script.input_digest, .what = "the script"});
    script.freshness = script.stale_reason.empty() ? Freshness::fresh : Freshness::stale;
}

Result<> find_needs(ScriptState& script, const Settings& given) {
    TRY(find_requirements(script, given));
    script::NeedsOptions options{.default_requires_python = std::string(default_requires_python),
                                 .all_imports = given.all_imports,
                                 .no_guess = given.no_guess,
                                 .import_root = script.import_root,
                                 .module = script.module,
                                 .requirements_file = given_needs(script)};
    Result<script::Needs> needs =
        script::needs_of(script.text_path, script.bytes, options, *script.sources);
    if (!needs && script.notebook) {
        needs.error().message = script.notebook->relocated(needs.error().message);
    }
    script.needs = TRY(std::move(needs));
    set_variant(script.needs, script.variant);
    settle_requirements(script, given);
    script.settings = with_script_table(script.given ? script.given->resolution.settings : given,
                                        script.needs.pawl);
    if (script.notebook) {
        add_notebook_requirements(script);
    }
    if (script.form == ScriptState::Form::module && script.path.empty()) {
        TRY(need_project_of(script));
    }
    if (is_without_its_file(script)) {
        script.needs.module_checks.clear();
    }
    script.demands_lock = script.needs.pawl.locked.value_or(false);
    std::string_view pythons = script.needs.requires_python.empty()
                                   ? default_requires_python
                                   : std::string_view(script.needs.requires_python);
    script.requires_python = TRY_IN(printable(script.name), pep::Specifiers::parse(pythons));
    script.input_digest = digest_of(script);
    return {};
}

Result<ScriptState> load_needs(std::string_view path, Services& services) {
    ScriptState script = TRY(script_at(path));
    TRY(find_needs(script, services.settings()));
    tell_needs(script, services.terminal());
    return script;
}

Result<> load_lock(ScriptState& script, const Settings& given, Terminal& terminal) {
    TRY(find_lock(script, terminal));
    TRY(find_needs(script, given));
    tell_needs(script, terminal);
    judge_lock(script);
    return {};
}

Result<ResolutionRequest> request_of(const ScriptState& script) {
    ResolutionRequest request{.directory = script.directory,
                              .requires_python = script.requires_python,
                              .settings = script.settings};
    request.requirements = roots_of(script.needs);
    auto declared = [&script](const std::vector<script::DeclaredRequirement>& from) {
        std::vector<RootRequirement> list;
        for (const script::DeclaredRequirement& one : from) {
            list.push_back({one.requirement, script.name + ":" + std::to_string(one.at.line)});
        }
        return list;
    };
    request.constraints = declared(script.needs.pawl.constraints);
    request.overrides = declared(script.needs.pawl.overrides);
    add_given(script, request);
    Result<> formats = add_format_rules(request.formats, script.needs.pawl.no_binary,
                                        script.needs.pawl.only_binary);
    if (!formats) {
        formats.error().kind = Error::Kind::input; // it stands in the script
        return fail(std::move(formats.error()).in(printable(script.name) + ": [tool.pawl]"));
    }
    if (script.lock) {
        request.previous = &*script.lock;
        keep_recorded(request, script.record);
    }
    return request;
}

Result<lock::Lock> resolve_script(const ScriptState& script, const ScriptResolution& how,
                                  Services& services) {
    ResolutionRequest request = TRY(request_of(script));
    TRY(add_upgrades(request, how.upgrade, how.upgrade_packages));
    std::optional<python::Interpreter> interpreter =
        TRY(restrict_environments(request, how.restriction, script.record, services));
    request.only_for = interpreter ? &*interpreter : nullptr;
    if (how.reuse != nullptr) {
        how.reuse->apply(request);
    }
    lock::Lock lock = TRY_IN(printable(script.name), resolve_given(script, request, services));
    TRY(check_modules(script, lock, services));
    return lock;
}

std::vector<std::string> needed_texts(const ScriptState& script) {
    std::vector<std::string> texts;
    for (const script::NeededRequirement& need : script.needs.requirements) {
        std::string text = need.requirement.str();
        if (std::ranges::find(texts, text) == texts.end()) {
            texts.push_back(std::move(text));
        }
    }
    return texts;
}

} // namespace pawl::ops
