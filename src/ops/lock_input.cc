#include "ops/lock_input.h"

#include <algorithm>

#include "base/fs.h"
#include "base/paths.h"
#include "base/text.h"
#include "lock/write.h"
#include "ops/lock_reuse.h"
#include "ops/lock_steps.h"
#include "ops/requirement_hashes.h"
#include "ops/source_tree.h"

namespace pawl::ops {

namespace {

Result<> check_input(const LockInput& input, const KnownLock& known, const LockRequest& request,
                     Services& services) {
    std::string path = printable(input.lock_path);
    if (!known.lock) {
        return fail(Error{Error::Kind::check_failed,
                          printable(input.name) + " has no lock (looked for " + path + ")"}
                        .hint("make one with: " + printable(input.command)));
    }
    std::string reason = stale_reason(*known.lock, known.record, input.resolution.requirements,
                                      {.input_digest = input.input_digest, .what = input.what});
    std::string command = input.command;
    if (reason.empty()) {
        auto other = otherwise_asked(known.record, input.resolution.settings, input.declared);
        if (!other) {
            other = otherwise_asked(known.record, request.asked);
        }
        LockReuse reuse = TRY(read_lock_reuse(request.constraints_files, "", nullptr, services));
        reason = other ? other->reason : broken_constraint(*known.lock, reuse.constraints);
        command += other ? " " + other->option : "";
    }
    if (!reason.empty()) {
        return fail(Error{Error::Kind::check_failed,
                          printable(input.name) + ": the lock is stale: " + printable(reason)}
                        .hint("refresh it with: " + printable(command)));
    }
    services.terminal().note(printable(input.name) + ": the lock is fresh");
    return {};
}

/// Whether a derivation (what follows the first line) speaks of two extras or groups.
bool names_two_sets(std::string_view message) {
    message.remove_prefix(std::min(message.find('\n'), message.size()));
    std::set<std::string_view> names;
    for (std::string_view in : {"\" in extras", "\" in dependency_groups"}) {
        for (size_t at = message.find(in); at != std::string_view::npos;
             at = message.find(in, at + 1)) {
            size_t begin = message.substr(0, at).rfind('"');
            names.insert(message.substr(begin + 1, at + in.size() - begin - 1));
        }
    }
    return names.size() > 1;
}

/// With the input's name in front, where no line of it stands there yet, and what to do about
/// extras and groups that cannot go together.
Error explained(Error&& error, const LockInput& input) {
    std::string name = printable(input.name);
    if (!error.message.starts_with(name + ":")) {
        error.message.insert(0, name + ": ");
    }
    if (error.kind == Error::Kind::no_solution && names_two_sets(error.message)) {
        return std::move(error).hint(
            "if nobody wants them together, say so: [tool.pawl] conflicts = "
            "[[{extra = \"…\"}, {group = \"…\"}]]");
    }
    return std::move(error);
}

} // namespace

Result<std::string> lock_path_of(std::string_view output, std::string_view directory,
                                 std::string_view variant) {
    if (output.empty()) {
        return fs::join(directory,
                        "pylock." + std::string(variant) + (variant.empty() ? "" : ".") + "toml");
    }
    if (!lock::is_lock_file_name(fs::base_name(output))) {
        return fail(
            Error{Error::Kind::usage, "\"" + printable(output) + "\" is no name for a lock file"}
                .hint("it must be pylock.toml or pylock.NAME.toml, with a NAME without "
                      "dots, or no tool finds it"));
    }
    return fs::absolute(output);
}

void mark_editable(const LockInput& input, lock::Lock& lock) {
    for (lock::Package& package : lock.packages) {
        if (package.directory && input.editable.contains(package.name)) {
            package.directory->editable = true;
        }
    }
}

Result<lock::Lock> resolve_input(const LockInput& input, Services& services) {
    lock::Lock lock = TRY(resolve_to_lock(input.resolution, services));
    lock.extras = input.extras;
    lock.dependency_groups = input.groups;
    lock.default_groups = input.default_groups;
    mark_editable(input, lock);
    TRY(check_hashes(input, lock, services));
    LockRecord record = TRY(read_record(lock));
    record.input_digest = input.input_digest;
    record.variant = input.variant;
    record.conflicts = input.conflicts;
    forget_declared(record, input.declared);
    write_record(lock, record);
    return lock;
}

Result<> lock_input(LockInput input, const LockRequest& request, Services& services) {
    KnownLock known;
    if (fs::exists(input.lock_path)) {
        known = TRY(
            read_known_lock(TRY(fs::read(input.lock_path)), input.lock_path, services.terminal()));
    }
    if (request.check) {
        return check_input(input, known, request, services);
    }
    ResolutionRequest& resolution = input.resolution;
    if (known.lock) {
        resolution.previous = &*known.lock;
        keep_recorded(resolution, known.record);
        bool is_ours = !known.record.input_digest.empty();
        if (input.keeps_requires_python && is_ours && known.lock->requires_python) {
            resolution.requires_python = *known.lock->requires_python;
        }
    }
    TRY(add_upgrades(resolution, request.upgrade, request.upgrade_packages));
    std::optional<python::Interpreter> interpreter = TRY(restrict_environments(
        resolution, {.asked = request.asked, .this_environment = request.this_environment},
        known.record, services));
    resolution.only_for = interpreter ? &*interpreter : nullptr;
    LockReuse reuse = TRY(
        read_lock_reuse(request.constraints_files, request.prefer, resolution.previous, services));
    reuse.apply(resolution);
    Result<lock::Lock> resolved = resolve_input(input, services);
    if (!resolved) {
        return fail(explained(std::move(resolved.error()), input));
    }
    lock::Lock& lock = *resolved;
    std::string changes = changes_between(known.lock ? &*known.lock : nullptr, lock);
    size_t count = lock.packages.size();
    bool is_written = TRY(publish(input.lock_path, lock::write(std::move(lock))));
    services.terminal().note(
        (is_written ? "locked " + printable(input.name) + " in " + printable(input.lock_path)
                    : printable(input.name) + ": unchanged") +
        " (" + std::to_string(count) + (count == 1 ? " package" : " packages") +
        (changes.empty() || !is_written ? "" : ": " + changes) + ")");
    return {};
}

} // namespace pawl::ops
