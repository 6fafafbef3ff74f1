#pragma once
// One script as the verbs see it: its bytes, what it needs, where its lock is and whether that lock
// still fits.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hardware/machine.h"
#include "lock/model.h"
#include "ops/lock_steps.h"
#include "ops/resolution.h"
#include "ops/services.h"
#include "script/needs.h"
#include "script/notebook.h"
#include "script/place.h"

namespace pawl::ops {

/// What was read to find out what a script needs, for who remembers the answer.
struct FileTrace {
    struct Read {
        std::string path, sha256_hex;
    };
    std::vector<Read> reads;
    std::vector<std::string> absent; ///< looked for and not found
    std::vector<std::string> links;  ///< symbolic links that were followed
};

struct LockInput;

struct ScriptState {
    // --- where the text is: filled by script_at() and its like (ops/script_source.h)
    enum class Form : unsigned char { file, folder, zip, notebook, module, text };
    Form form = Form::file;
    std::string path;      ///< absolute, links resolved; "" for a script without a file
    std::string spelled;   ///< absolute, as the user named it: perhaps a link to `path`
    std::string name;      ///< for messages: as the user named it
    std::string text_path; ///< as errors call the text: `path`, a member of it, "-", a URL
    std::string bytes;     ///< Python
    std::optional<std::string> replaced_bytes; ///< what `path` holds, where `bytes` are to come
    std::string directory;                     ///< absolute; of the file, else the current one
    std::string import_root, module;           ///< of Form::module: see script::NeedsOptions
    std::shared_ptr<const script::Notebook> notebook;
    std::shared_ptr<script::Sources> sources; ///< where its local modules are read
    std::shared_ptr<FileTrace> trace;         ///< of `sources` and of the script itself

    /// Whether `path` is a file of exactly `bytes`, so that a lock or metadata can be put into it.
    bool is_editable() const {
        return !path.empty() && form != Form::zip && form != Form::notebook;
    }
    /// For messages about its lock: "train.py", "train.py (cuda12)".
    std::string shown() const;
    /// The command that locks it.
    std::string lock_command() const;

    // --- what it needs
    std::shared_ptr<LockInput> given; ///< the requirements file that decides; null for none
    std::string given_path;           ///< its path, absolute
    Settings settings;                ///< with the script's own table
    script::Needs needs;
    pep::Specifiers requires_python; ///< the script's, or pawl's default
    bool demands_lock = false;       ///< `[tool.pawl] locked = true`
    std::string input_digest;        ///< what a fresh lock would hold

    // --- its lock
    std::string variant; ///< of `[tool.pawl.variants]`, whose settings and lock count; "" for none
    std::optional<hardware::Machine> machine; ///< what decided the variant, if anything did
    script::LockPlace place;
    std::optional<lock::Lock> lock;
    LockRecord record;

    /// Whether the lock that is there was made from what the script says now. A lock that another
    /// tool made holds no digest: then its versions must satisfy what the script asks for.
    Freshness freshness = Freshness::no_lock;
    std::string stale_reason; ///< one line for the user
};

/// The lock and the needs of a script that is open, those of its variant where one is set.
Result<> load_lock(ScriptState& script, const Settings& given, Terminal& terminal);

/// Reads a script and its needs, without looking for a lock (`pawl imports`).
Result<ScriptState> load_needs(std::string_view path, Services& services);

/// The same in steps, for who has the text already. The lock first: it knows whether its script
/// was given a requirements file.
Result<> find_lock(ScriptState& script, Terminal& terminal);
Result<> find_needs(ScriptState& script, const Settings& given);
/// Whether the lock is of these needs.
void judge_lock(ScriptState& script);
/// What inference had to say; a guess is said aloud, for names of unrelated projects are how people
/// are attacked.
void tell_needs(const ScriptState& script, Terminal& terminal);

/// The resolution that this script asks for.
Result<ResolutionRequest> request_of(const ScriptState& script);

struct LockReuse;

/// The lock that answers it, and every module of the script is found in what it chose. `how`
/// is what the command line said.
struct ScriptResolution {
    bool upgrade = false;
    std::span<const std::string> upgrade_packages;
    Restriction restriction;
    const LockReuse* reuse = nullptr; ///< what was said of other locks, if anything
};
Result<lock::Lock> resolve_script(const ScriptState& script, const ScriptResolution& how,
                                  Services& services);

/// What it needs, each requirement once, as `dependencies` of inline metadata would say it.
std::vector<std::string> needed_texts(const ScriptState& script);

/// Writes a lock of ours where it belongs: into the place it has, else beside the script. A lock
/// that moves (from beside into the script, or out of it) leaves nothing behind in its old place.
struct WriteLock {
    bool embed = false;
    bool beside = false;
    bool compact = false; ///< a lock that was compact stays so without being asked
    std::string output;   ///< "" for the usual place
};
/// Returns the path written, "" when the file held the same bytes already.
Result<std::string> write_lock(const ScriptState& script, lock::Lock lock, const WriteLock& where);

} // namespace pawl::ops
