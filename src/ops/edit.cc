#include "ops/edit.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/fs.h"
#include "base/text.h"
#include "ops/lock.h"
#include "ops/lock_steps.h"
#include "ops/resolution.h"
#include "ops/script_source.h"
#include "ops/script_state.h"
#include "ops/variant.h"
#include "script/inline_metadata.h"
#include "script/needs.h"

namespace pawl::ops {

namespace {

using script::NeededRequirement;

Result<> check_editable(const ScriptState& script) {
    if (script.is_editable()) {
        return {};
    }
    return fail(Error{Error::Kind::usage, printable(script.name) + " has no metadata to edit"}.hint(
        "add and remove take one Python file"));
}

/// A `# requirements:` block comes before inline metadata: what is added there would do nothing.
Result<> check_effect(const ScriptState& changed, const pep::Requirement& added) {
    auto is_it = [&added](const NeededRequirement& need) {
        return need.why == script::Why::declared && need.requirement.name == added.name;
    };
    if (std::ranges::any_of(changed.needs.requirements, is_it)) {
        return {};
    }
    return fail(Error{Error::Kind::usage, printable(changed.name) +
                                              ": a \"# requirements:\" block decides what it "
                                              "needs, whatever the inline metadata says"}
                    .hint("add " + added.str() + " to that block"));
}

/// The script as it is with other bytes; nothing is written.
Result<ScriptState> with_bytes(const ScriptState& script, std::string bytes, Services& services) {
    ScriptState changed = TRY(script_at(script.name));
    changed.replaced_bytes = script.bytes;
    changed.bytes = std::move(bytes);
    changed.variant = script.variant;
    TRY(find_lock(changed, services.terminal()));
    TRY(find_needs(changed, services.settings()));
    judge_lock(changed);
    return changed;
}

/// "rich" → "rich>=15.0.0": the lowest version that the lock chose anywhere, so that the next
/// person does not get one from before what was tried. A requirement that says anything stays.
std::string with_lower_bound(const std::string& text, const pep::Requirement& requirement,
                             const lock::Lock& lock) {
    if (!requirement.specifiers.is_empty() || !requirement.url.empty()) {
        return text;
    }
    std::optional<pep::Version> lowest;
    for (const lock::Package* package : lock.find(requirement.name)) {
        if (package->version && (!lowest || *package->version < *lowest)) {
            lowest = package->version;
        }
    }
    if (!lowest) {
        return text;
    }
    pep::Requirement bounded = requirement;
    Result<pep::Specifiers> bound = pep::Specifiers::parse(">=" + lowest->without_local().str());
    if (!bound) {
        return text;
    }
    bounded.specifiers = std::move(*bound);
    return bounded.str();
}

/// The file first, then the lock beside it; the file is put back when the lock cannot be written.
Result<> write_both(const ScriptState& before, const ScriptState& changed,
                    std::optional<lock::Lock> lock, Services& services) {
    // An embedded lock is written with the file, in one step.
    bool is_one = lock && changed.place.kind == script::LockPlace::Kind::embedded;
    bool is_written = before.bytes != changed.bytes && !is_one;
    if (is_written) {
        TRY(rewrite_script(changed, changed.bytes));
    }
    if (!lock) {
        return {};
    }
    std::string changes = changes_between(before.lock ? &*before.lock : nullptr, *lock);
    Result<std::string> written = write_lock(changed, std::move(*lock), {});
    if (!written) {
        if (is_written) {
            TRY(fs::replace_content(before.path, before.bytes));
        }
        return fail(std::move(written.error()));
    }
    if (!written->empty()) {
        services.terminal().note("the lock in " + printable(*written) + ": " +
                                 (changes.empty() ? "the same versions" : changes));
    }
    return {};
}

/// The variants of a script that have a lock, in their order.
std::vector<std::string> locked_variants(const ScriptState& script) {
    std::vector<std::string> locked;
    for (const hardware::Variant& variant : variants_of(script)) {
        if (fs::exists(script::lock_path_beside(script.path, variant.name))) {
            locked.push_back(variant.name);
        }
    }
    return locked;
}

/// The script as it is. Of one with variants the first that has a lock, else the first: what is
/// added must be found with its settings, and the locks of the others follow.
Result<ScriptState> load_edited(const EditRequest& request, Services& services) {
    ScriptState script = TRY(script_at(request.script));
    std::vector<std::string> variants = locked_variants(script);
    if (variants.empty()) {
        std::vector<hardware::Variant> all = variants_of(script);
        variants.push_back(all.empty() ? "" : all[0].name);
    }
    script.variant = variants[0];
    TRY(load_lock(script, services.settings(), services.terminal()));
    return script;
}

Result<> refresh_other_variants(const ScriptState& script, const EditRequest& request,
                                Services& services) {
    std::vector<std::string> variants = locked_variants(script);
    std::erase(variants, script.variant);
    if (variants.empty() || request.frozen) {
        return {};
    }
    LockRequest lock{.scripts = {request.script}, .variants = std::move(variants)};
    return lock_scripts(lock, services);
}

} // namespace

Result<> add_requirements(const EditRequest& request, Services& services) {
    ScriptState script = TRY(load_edited(request, services));
    TRY(check_editable(script));
    std::vector<std::string> requirements;
    if (script.needs.inferred || script.needs.is_given) {
        requirements = needed_texts(script);
    }
    std::vector<std::pair<std::string, pep::Requirement>> added;
    for (const std::string& word : request.words) {
        pep::Requirement requirement =
            TRY_IN("\"" + printable(word) + "\"", pep::Requirement::parse(word));
        requirements.emplace_back(trim(word));
        added.emplace_back(trim(word), std::move(requirement));
    }
    std::string bytes = TRY(script::add_dependencies(script.bytes, script.name, requirements));
    ScriptState changed = TRY(with_bytes(script, std::move(bytes), services));
    for (const auto& [text, requirement] : added) {
        TRY(check_effect(changed, requirement));
    }
    if (request.frozen) {
        return write_both(script, changed, {}, services);
    }
    lock::Lock lock = TRY(resolve_script(changed, {}, services));
    if (!request.raw) {
        std::vector<std::string> bounded;
        for (const auto& [text, requirement] : added) {
            bounded.push_back(with_lower_bound(text, requirement, lock));
        }
        bytes = TRY(script::add_dependencies(changed.bytes, script.name, bounded));
        if (bytes != changed.bytes) {
            // Every version that was chosen is within the new bounds: the answer stays.
            changed = TRY(with_bytes(script, std::move(bytes), services));
            TRY(restate_requirements(lock, TRY(request_of(changed))));
        }
    }
    std::optional<lock::Lock> kept;
    if (script.lock) {
        kept = std::move(lock);
    }
    TRY(write_both(script, changed, std::move(kept), services));
    services.terminal().note(script.bytes == changed.bytes
                                 ? printable(script.name) + ": unchanged"
                                 : "added to " + printable(script.name) + ": " +
                                       printable(join_words(request.words)));
    return refresh_other_variants(script, request, services);
}

Result<> remove_requirements(const EditRequest& request, Services& services) {
    ScriptState script = TRY(load_edited(request, services));
    TRY(check_editable(script));
    std::string bytes = TRY(script::remove_dependencies(script.bytes, script.name, request.words));
    ScriptState changed = TRY(with_bytes(script, std::move(bytes), services));
    std::optional<lock::Lock> lock;
    if (script.lock && !request.frozen) {
        lock = TRY(resolve_script(changed, {}, services));
    }
    TRY(write_both(script, changed, std::move(lock), services));
    services.terminal().note("removed from " + printable(script.name) + ": " +
                             printable(join_words(request.words)));
    return refresh_other_variants(script, request, services);
}

} // namespace pawl::ops
