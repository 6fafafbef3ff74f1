#include "ops/lock.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/fs.h"
#include "base/parallel.h"
#include "base/text.h"
#include "ops/as_of.h"
#include "ops/lock_input.h"
#include "ops/lock_reuse.h"
#include "ops/lock_steps.h"
#include "ops/project_input.h"
#include "ops/requirements_input.h"
#include "ops/script_requirements.h"
#include "ops/script_source.h"
#include "ops/script_state.h"
#include "ops/variant.h"

namespace pawl::ops {

namespace {

Result<> check_lock(const ScriptState& script, const AskedOptions& asked, const LockReuse& reuse) {
    std::string shown = script.shown();
    std::string command = script.lock_command();
    if (script.freshness == Freshness::no_lock) {
        return fail(Error{Error::Kind::check_failed, shown + " has no lock"}.hint(
            "make one with: " + command));
    }
    std::string reason = script.stale_reason;
    if (script.freshness == Freshness::fresh) {
        auto other = otherwise_asked(script.record, script.settings,
                                     with_script_table({}, script.needs.pawl));
        if (!other) {
            other = otherwise_asked(script.record, asked);
        }
        reason = other ? other->reason : broken_constraint(*script.lock, reuse.constraints);
        if (reason.empty()) {
            return {};
        }
        command += other ? " " + printable(other->option) : "";
    }
    return fail(
        Error{Error::Kind::check_failed, shown + ": the lock is stale: " + printable(reason)}.hint(
            "refresh it with: " + command));
}

enum class Outcome : unsigned char { fresh, unchanged, locked };

/// One lock of a script: the only one, or a variant's.
struct ScriptTarget {
    std::string path, variant;
    std::optional<ScriptState> opened; ///< nothing: it is to be read again, or cannot be read
};

Result<Outcome> lock_one(ScriptTarget& target, const LockRequest& request, Services& services) {
    const std::string& path = target.path;
    Settings settings = services.settings();
    if (!request.requirements_files.empty()) {
        settings.requirements = request.requirements_files[0];
    }
    ScriptState script =
        target.opened ? *std::exchange(target.opened, std::nullopt) : TRY(script_at(path));
    script.variant = target.variant;
    TRY(load_lock(script, settings, services.terminal()));
    LockReuse reuse =
        TRY(read_lock_reuse(request.constraints_files, request.prefer,
                            script.lock && !request.upgrade ? &*script.lock : nullptr, services));
    if (request.check) {
        TRY(check_lock(script, request.asked, reuse));
        return Outcome::fresh;
    }
    if (is_without_its_file(script)) {
        return fail(Error{Error::Kind::usage, "the lock of " + printable(path) + " was made with " +
                                                  printable(script.record.requirements_file) +
                                                  ", which is not there"}
                        .hint("name the file with -r, or lock for the imports with -r " +
                              std::string(no_requirements)));
    }
    TRY(set_as_of(script, request.as_of, services.terminal()));
    lock::Lock lock = TRY(resolve_script(
        script,
        {.upgrade = request.upgrade,
         .upgrade_packages = request.upgrade_packages,
         .restriction = {.asked = request.asked, .this_environment = request.this_environment},
         .reuse = &reuse},
        services));
    std::string changes = changes_between(script.lock ? &*script.lock : nullptr, lock);
    size_t count = lock.packages.size();
    std::string written = TRY(write_lock(script, std::move(lock),
                                         {.embed = request.embed,
                                          .beside = request.beside,
                                          .compact = request.compact,
                                          .output = request.output}));
    services.terminal().note(
        (written.empty() ? script.shown() + ": unchanged"
                         : "locked " + script.shown() + " in " + printable(written)) +
        " (" + std::to_string(count) + (count == 1 ? " package" : " packages") +
        (changes.empty() || written.empty() ? "" : ": " + changes) + ")");
    return written.empty() ? Outcome::unchanged : Outcome::locked;
}

/// A directory with a pyproject.toml, or that file.
bool is_project(const std::string& path) {
    return fs::base_name(path) == "pyproject.toml" || fs::is_directory(path);
}

Result<> check_usage(const LockRequest& request) {
    bool has_files = !request.requirements_files.empty();
    bool has_scripts = !request.scripts.empty();
    if (has_files && has_scripts && is_project(request.scripts[0])) {
        return fail(Error{Error::Kind::usage, "-r takes no project beside it"}.hint(
            "lock them one after the other"));
    }
    if (has_scripts && request.requirements_files.size() > 1) {
        return fail(Error{Error::Kind::usage, "scripts are given one requirements file, not " +
                                                  std::to_string(request.requirements_files.size())}
                        .hint("a line \"-r FILE\" in it includes another"));
    }
    if (!without_locks(request.constraints_files).empty() && (!has_files || has_scripts)) {
        return fail(Error{Error::Kind::usage, "-c needs -r and no scripts, or a lock"}.hint(
            "scripts and projects have constraints in [tool.pawl]"));
    }
    if (!request.requires_python.empty() && (!has_files || has_scripts)) {
        return fail(Error{Error::Kind::usage, "--requires-python needs -r"}.hint(
            "scripts and projects say it in their metadata"));
    }
    if (!request.variants.empty() && has_files && !has_scripts) {
        return fail(Error{Error::Kind::usage, "--variant takes a project or scripts"}.hint(
            "requirements files have no variants; -o pylock.NAME.toml gives a lock a name"));
    }
    bool is_script = !request.scripts.empty() && !is_project(request.scripts[0]);
    if ((request.embed || request.beside || request.compact) && !is_script) {
        return fail(Error::Kind::usage, "--embed, --beside and --compact take scripts");
    }
    if (request.embed && request.beside) {
        return fail(Error::Kind::usage, "a lock is either inside a script or beside it");
    }
    if (!request.as_of.empty() && !is_script) {
        return fail(Error{Error::Kind::usage, "--as-of takes scripts"}.hint(
            "--exclude-newer DATE is for all that can be locked"));
    }
    return {};
}

Result<> check_output(const LockRequest& request, size_t locks, std::string_view what) {
    if (locks > 1 && !request.output.empty()) {
        return fail(Error::Kind::usage,
                    "-o takes one " + std::string(what) + ", not " + std::to_string(locks));
    }
    return {};
}

/// The failures of several locks, told one by one; the last word is of the first one's kind.
class Failures {
  public:
    explicit Failures(Terminal& terminal) : terminal_(terminal) {}
    void add(const Error& error) {
        terminal_.error(error);
        first_ = first_ ? first_ : error.kind;
    }
    Result<> outcome(bool is_check, std::string_view what) const {
        if (!first_) {
            return {};
        }
        return fail(*first_, is_check ? "not all locks are there and fresh"
                                      : "not all " + std::string(what) + " could be locked");
    }

  private:
    Terminal& terminal_;
    std::optional<Error::Kind> first_;
};

/// A lock from before there were variants.
void warn_of_other(const std::string& path, Terminal& terminal) {
    if (fs::exists(path)) {
        terminal.warn(printable(fs::normalize(path)) +
                      " is the lock of no variant: nothing keeps it fresh, and nothing here uses "
                      "it; remove it");
    }
}

/// A project with variants has a lock for each of them, and no other.
Result<> lock_project(const LockRequest& request, Services& services) {
    std::vector<hardware::Variant> all = TRY(project_variants(request));
    std::string shown = request.scripts.empty() ? "pyproject.toml" : request.scripts[0];
    std::vector<std::string> variants =
        TRY(named_variants(all, request.variants, shown, services.terminal()));
    TRY(check_output(request, variants.size(), "variant"));
    if (!all.empty()) {
        warn_of_other(fs::join(fs::is_directory(shown) ? shown : fs::parent(shown), "pylock.toml"),
                      services.terminal());
    }
    if (variants.size() == 1) {
        return lock_input(TRY(project_input(request, variants[0], services)), request, services);
    }
    Failures failures(services.terminal());
    for (const std::string& variant : variants) {
        Result<LockInput> input = project_input(request, variant, services);
        Result<> done = input ? lock_input(std::move(*input), request, services)
                              : Result<>(fail(std::move(input.error())));
        if (!done) {
            failures.add(done.error());
        }
    }
    return failures.outcome(request.check, "variants");
}

} // namespace

Result<> lock_any(const LockRequest& request, Services& services) {
    TRY(check_usage(request));
    if (!request.requirements_files.empty() && request.scripts.empty()) {
        return lock_input(TRY(requirements_input(request, services)), request, services);
    }
    if (request.scripts.empty() && !fs::exists("pyproject.toml")) {
        return fail(Error{Error::Kind::usage, "there is nothing to lock here"}.hint(
            "name a script, -r FILE, or go to a directory with a pyproject.toml"));
    }
    if (request.scripts.empty() ||
        (request.scripts.size() == 1 && is_project(request.scripts[0]))) {
        return lock_project(request, services);
    }
    return lock_scripts(request, services);
}

namespace {

/// Resolutions wait for the network more than for the processor.
constexpr size_t lock_threads_max = 8;

/// "3 locked, 120 unchanged, 2 failed": the last line of many.
std::string summary(const std::vector<Result<Outcome>>& outcomes, std::string_view noun) {
    size_t failed = 0;
    std::array<size_t, 3> counts{};
    for (const Result<Outcome>& outcome : outcomes) {
        outcome ? ++counts[static_cast<size_t>(*outcome)] : ++failed;
    }
    std::vector<std::string> parts;
    auto add = [&parts](size_t count, std::string_view what) {
        if (count != 0) {
            parts.push_back(std::to_string(count) + " " + std::string(what));
        }
    };
    add(counts[static_cast<size_t>(Outcome::locked)], "locked");
    add(counts[static_cast<size_t>(Outcome::unchanged)], "unchanged");
    add(counts[static_cast<size_t>(Outcome::fresh)], "fresh");
    add(failed, "failed");
    return std::to_string(outcomes.size()) + " " + std::string(noun) + ": " + join(parts, ", ");
}

/// All of them at once, with one view of the index.
std::vector<Result<Outcome>> lock_all(std::vector<ScriptTarget>& targets,
                                      const LockRequest& request, Services& services) {
    const size_t count = targets.size();
    std::vector<Result<Outcome>> outcomes(count, Outcome::fresh);
    std::atomic<size_t> done = 0;
    Result<> all = parallel_for(
        count,
        [&](size_t i) -> Result<> {
            outcomes[i] = lock_one(targets[i], request, services);
            services.terminal().progress("locks", ++done, count);
            return {};
        },
        lock_threads_max);
    check(all.has_value());
    services.terminal().progress_end();
    return outcomes;
}

/// Every lock of every script. A script that cannot be read is a target: its own lock says why.
Result<std::vector<ScriptTarget>> targets_of(const LockRequest& request, Terminal& terminal) {
    std::vector<std::optional<ScriptState>> scripts(request.scripts.size());
    TRY(parallel_for(
        scripts.size(),
        [&](size_t i) -> Result<> {
            if (Result<ScriptState> script = script_at(request.scripts[i])) {
                scripts[i] = std::move(*script);
            }
            return {};
        },
        lock_threads_max));
    std::vector<ScriptTarget> targets;
    for (size_t i = 0; i < scripts.size(); ++i) {
        const std::string& path = request.scripts[i];
        if (!scripts[i]) {
            targets.push_back({path, "", std::nullopt});
            continue;
        }
        std::vector<hardware::Variant> variants = variants_of(*scripts[i]);
        if (!variants.empty()) {
            warn_of_other(script::lock_path_beside(path), terminal);
        }
        for (std::string& variant :
             TRY(named_variants(variants, request.variants, path, terminal))) {
            // Two threads must not write into the trace of one.
            targets.push_back({path, std::move(variant), std::exchange(scripts[i], std::nullopt)});
        }
    }
    return targets;
}

Result<> check_places(const LockRequest& request, const std::vector<ScriptTarget>& targets) {
    const bool has_variants = std::ranges::any_of(
        targets, [](const ScriptTarget& target) { return !target.variant.empty(); });
    if (has_variants && (request.embed || request.beside)) {
        return fail(Error{Error::Kind::usage, "the locks of variants lie beside their script"}.hint(
            "leave out --embed and --beside"));
    }
    return check_output(request, targets.size(), has_variants ? "variant" : "script");
}

} // namespace

Result<> lock_scripts(const LockRequest& request, Services& services) {
    std::vector<ScriptTarget> targets = TRY(targets_of(request, services.terminal()));
    TRY(check_places(request, targets));
    if (targets.size() == 1) {
        Outcome outcome = TRY(lock_one(targets[0], request, services));
        if (outcome == Outcome::fresh) {
            services.terminal().note(printable(request.scripts[0]) + ": the lock is fresh");
        }
        return {};
    }
    std::vector<Result<Outcome>> outcomes = lock_all(targets, request, services);
    Failures failures(services.terminal());
    for (const Result<Outcome>& outcome : outcomes) {
        if (!outcome) {
            failures.add(outcome.error());
        }
    }
    bool is_each_one = targets.size() == request.scripts.size();
    services.terminal().note(summary(outcomes, is_each_one ? "scripts" : "locks"));
    return failures.outcome(request.check, is_each_one ? "scripts" : "variants");
}

} // namespace pawl::ops
