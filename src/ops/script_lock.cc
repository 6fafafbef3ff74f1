// Where the lock of a script goes: beside it, into it, or wherever it is already.

#include "base/fs.h"
#include "base/text.h"
#include "lock/write.h"
#include "ops/compact.h"
#include "ops/script_requirements.h"
#include "ops/script_source.h"
#include "ops/script_state.h"
#include "script/lock_block.h"

namespace pawl::ops {

namespace {

using Kind = script::LockPlace::Kind;

/// The lock's text, with what only the script knows in its record.
Result<std::string> lock_text(const ScriptState& script, lock::Lock lock, bool compact) {
    LockRecord record = TRY(read_record(lock));
    record.input_digest = script.input_digest;
    record.variant = script.variant;
    record.requirements_file = recorded_requirements(script);
    forget_declared(record, with_script_table({}, script.needs.pawl));
    for (const script::ModuleCheck& module : script.needs.module_checks) {
        if (module.guessed) {
            record.guessed.push_back(module.module + " -> " + module.project.str());
        }
    }
    record.compact = compact || script.record.compact;
    write_record(lock, record);
    if (record.compact) {
        make_compact(lock);
    }
    return lock::write(std::move(lock));
}

Result<> check_embeddable(const ScriptState& script) {
    if (script.is_editable()) {
        return {};
    }
    return fail(Error{Error::Kind::usage,
                      printable(script.name) + " is no file that a lock can be put into"}
                    .hint("its lock lies beside it: leave out --embed"));
}

/// Into the script; the file that held the lock till now goes when the script has it.
Result<std::string> embed_lock(const ScriptState& script, std::string_view lock) {
    TRY(check_embeddable(script));
    std::string text = TRY(script::set_lock_block(script.bytes, script.name, lock));
    bool is_written = TRY(rewrite_script(script, text));
    if (script.place.kind == Kind::beside || script.place.kind == Kind::workspace) {
        TRY(fs::remove_file(script.place.path));
        is_written = true;
    }
    return is_written ? script.path : std::string();
}

/// Out of the script, into a file beside it; the script loses its block when the file is there.
Result<std::string> move_beside(const ScriptState& script, std::string_view lock) {
    std::string path = script::lock_path_beside(script.path);
    std::string text = TRY(script::remove_lock_block(script.bytes, script.name));
    TRY(publish(path, lock));
    Result<bool> written = rewrite_script(script, text);
    if (!written) {
        TRY(fs::remove_file(path));
        return fail(std::move(written.error()));
    }
    return path;
}

} // namespace

Result<std::string> write_lock(const ScriptState& script, lock::Lock lock, const WriteLock& where) {
    std::string text = TRY(lock_text(script, std::move(lock), where.compact));
    if (!where.output.empty()) {
        return TRY(publish(where.output, text)) ? where.output : std::string();
    }
    bool is_embedded = script.place.kind == Kind::embedded;
    if (where.embed || (is_embedded && !where.beside)) {
        return embed_lock(script, text);
    }
    if (is_embedded) {
        return move_beside(script, text);
    }
    std::string path = script.place.kind == Kind::none
                           ? script::lock_path_beside(script.path, script.variant)
                           : script.place.path;
    return TRY(publish(path, text)) ? path : std::string();
}

} // namespace pawl::ops
