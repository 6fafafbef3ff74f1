#include "ops/script_state.h"

#include <algorithm>

#include "base/fs.h"
#include "base/text.h"
#include "lock/write.h"
#include "ops/lock_steps.h"
#include "script/lock_block.h"

namespace pawl::ops {

namespace {

constexpr uint64_t script_bytes_max = uint64_t{64} << 20;

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
    add("requires-python", script.requires_python.str());
    add("index-url", table.index_url);
    for (const std::string& url : table.extra_index_urls) {
        add("extra-index-url", url);
    }
    for (const script::NamedIndex& index : table.indexes) {
        add("index", index.name + " " + index.url + (index.is_default ? " default" : "") +
                         (index.is_explicit ? " explicit" : ""));
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
    return digest.str();
}

std::vector<RootRequirement> roots_of(const script::Needs& needs) {
    std::vector<RootRequirement> roots;
    for (const script::NeededRequirement& need : needs.requirements) {
        roots.push_back({need.requirement, need.origin.str()});
    }
    return roots;
}

/// What inference had to say; a guess is said aloud, for names of unrelated projects are how people
/// are attacked.
void tell(const ScriptState& script, Terminal& terminal) {
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

Result<> load_lock(ScriptState& script, Terminal& terminal) {
    script.place = TRY(script::find_lock(script.path, script.bytes));
    if (script.place.kind == script::LockPlace::Kind::none) {
        return {};
    }
    bool embedded = script.place.kind == script::LockPlace::Kind::embedded;
    std::string place = embedded ? script.name + " (embedded lock)" : script.place.path;
    std::string text = embedded ? script::lock_block_content(script.bytes, *script.place.block)
                                : TRY(fs::read(script.place.path));
    KnownLock known = TRY(read_known_lock(std::move(text), place, terminal));
    script.stale_reason = stale_reason(known, roots_of(script.needs),
                                       {.input_digest = script.input_digest, .what = "the script"});
    script.freshness = script.stale_reason.empty() ? Freshness::fresh : Freshness::stale;
    script.record = std::move(known.record);
    script.lock = std::move(known.lock);
    return {};
}

} // namespace

Result<ScriptState> load_needs(std::string_view path, Services& services,
                               std::optional<std::string> standard_input) {
    ScriptState script;
    script.name = path;
    if (standard_input) {
        script.bytes = std::move(*standard_input);
        script.directory = TRY(fs::current_directory());
    } else {
        script.spelled = TRY(fs::absolute(path));
        auto found = TRY(fs::stat(script.spelled));
        if (!found) {
            return fail(Error::Kind::usage, "there is no script " + printable(path));
        }
        if (found->type != fs::FileStat::Type::file) {
            return fail(Error::Kind::usage, printable(path) + " is not a file");
        }
        // Python finds a script's neighbours beside the file that a link leads to; so do we.
        script.path = TRY(fs::real_path(script.spelled));
        script.bytes = TRY(fs::read(script.path, script_bytes_max));
        script.directory = fs::parent(script.path);
    }
    auto sources = script::disk_sources();
    const Settings& given = services.settings();
    script::NeedsOptions options{.default_requires_python = std::string(default_requires_python),
                                 .all_imports = given.all_imports,
                                 .no_guess = given.no_guess};
    script.needs =
        TRY(script::needs_of(standard_input ? "-" : script.path, script.bytes, options, *sources));
    script.settings = with_script_table(given, script.needs.pawl);
    script.demands_lock = script.needs.pawl.locked.value_or(false);
    std::string_view pythons = script.needs.requires_python.empty()
                                   ? default_requires_python
                                   : std::string_view(script.needs.requires_python);
    script.requires_python = TRY_IN(printable(path), pep::Specifiers::parse(pythons));
    script.input_digest = digest_of(script);
    tell(script, services.terminal());
    return script;
}

Result<ScriptState> load_script(std::string_view path, Services& services,
                                std::optional<std::string> standard_input) {
    ScriptState script = TRY(load_needs(path, services, std::move(standard_input)));
    TRY(load_lock(script, services.terminal()));
    return script;
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
    if (script.lock) {
        request.previous = &*script.lock;
        keep_recorded(request, script.record);
    }
    return request;
}

Result<std::string> write_lock(const ScriptState& script, lock::Lock lock, const WriteLock& where) {
    LockRecord record = TRY(read_record(lock));
    record.input_digest = script.input_digest;
    forget_declared(record, with_script_table({}, script.needs.pawl));
    for (const script::ModuleCheck& module : script.needs.module_checks) {
        if (module.guessed) {
            record.guessed.push_back(module.module + " -> " + module.project.str());
        }
    }
    write_record(lock, record);
    std::string text = lock::write(lock);
    bool embed = where.embed ||
                 (where.output.empty() && script.place.kind == script::LockPlace::Kind::embedded);
    std::string path = script.path;
    if (embed) {
        text = TRY(script::set_lock_block(script.bytes, script.name, text));
    } else if (!where.output.empty()) {
        path = where.output;
    } else {
        path = script.place.kind == script::LockPlace::Kind::none
                   ? script::lock_path_beside(script.path)
                   : script.place.path;
    }
    return TRY(publish(path, text)) ? path : std::string();
}

} // namespace pawl::ops
