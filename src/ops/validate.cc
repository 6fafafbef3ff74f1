#include "ops/validate.h"

#include <algorithm>

#include "base/text.h"
#include "lock/overlap.h"
#include "lock/sources.h"
#include "lock/verify.h"
#include "ops/lock_metadata.h"
#include "ops/named_lock.h"
#include "text/json.h"

namespace pawl::ops {

namespace {

using lock::Problem;
using text::Value;

/// A lock and all that was found.
struct Verdict {
    std::string name;
    size_t packages = 0;
    std::vector<Problem> problems;
    std::optional<lock::Verification> deep; ///< its problems are among those above

    size_t count(Problem::Severity severity) const {
        return static_cast<size_t>(std::ranges::count(problems, severity, &Problem::severity));
    }
    bool is_valid() const { return count(Problem::Severity::error) == 0; }
};

std::string place_of(const lock::Package& package, size_t index) {
    return "line " + std::to_string(package.line) + ": packages[" + std::to_string(index) + "] (" +
           package.name.str() + "): ";
}

void check_file_name(const NamedLock& named, Verdict& verdict) {
    if (!named.file_name.empty() && !lock::is_lock_file_name(named.file_name)) {
        verdict.problems.push_back(
            {.severity = Problem::Severity::warning,
             .where = {},
             .message = "other tools find it only as pylock.toml or pylock.NAME.toml, with a NAME "
                        "without dots"});
    }
}

/// "duplicates are allowed if at most one survives at install".
Result<> check_overlaps(const ReadLock& read, Verdict& verdict) {
    for (const lock::Overlap& overlap :
         TRY(lock::overlaps(read.lock, left_out_by(read.record.conflicts)))) {
        const lock::Package& first = read.lock.packages[overlap.first];
        const lock::Package& second = read.lock.packages[overlap.second];
        verdict.problems.push_back(
            {.line = second.line,
             .where = "packages[" + std::to_string(overlap.second) + "]",
             .message = place_of(second, overlap.second) + "it and the entry of line " +
                        std::to_string(first.line) + " both apply " +
                        (overlap.where.empty() ? "always" : "where " + printable(overlap.where))});
    }
    return {};
}

void check_places(const lock::Lock& lock, Verdict& verdict) {
    for (size_t i = 0; i < lock.packages.size(); ++i) {
        if (auto checked = lock::check_sources(lock.packages[i]); !checked) {
            verdict.problems.push_back({.line = lock.packages[i].line,
                                        .where = "packages[" + std::to_string(i) + "]",
                                        .message = std::move(checked.error().message),
                                        .rules = lock::Rules::strict});
        }
    }
}

/// Only for a lock that is valid otherwise: it is walked as an installer would walk it.
Result<> check_deep(const NamedLock& named, const ReadLock& read, const ValidateRequest& request,
                    Services& services, Verdict& verdict) {
    const lock::VerifyInput input =
        TRY(verify_input(named, read, {.allow_builds = request.build}, services));
    verdict.deep = lock::verify(input);
    services.show_index_warnings();
    for (const Problem& problem : verdict.deep->problems) {
        verdict.problems.push_back(problem);
    }
    return {};
}

Result<Verdict> judge(std::string_view what, const ValidateRequest& request, Services& services) {
    NamedLock named = TRY(find_named_lock(what));
    Verdict verdict{.name = named.name};
    if (!is_foreign(named)) {
        verdict.problems = lock::validate(named.text);
        check_file_name(named, verdict);
    }
    const bool can_be_read = std::ranges::none_of(verdict.problems, [](const Problem& problem) {
        return problem.severity == Problem::Severity::error &&
               problem.rules == lock::Rules::standard;
    });
    if (can_be_read) {
        Result<ReadLock> found = read_named_lock(named);
        if (!found && is_foreign(named) && found.error().kind == Error::Kind::input) {
            verdict.problems.push_back({.where = {}, .message = std::move(found.error().message)});
            return verdict;
        }
        const ReadLock read = TRY(std::move(found));
        verdict.packages = read.lock.packages.size();
        if (!is_foreign(named)) {
            check_places(read.lock, verdict);
        }
        TRY_IN(printable(named.name), check_overlaps(read, verdict));
        if (request.deep && verdict.is_valid()) {
            TRY_IN(printable(named.name), check_deep(named, read, request, services, verdict));
        }
        std::ranges::stable_sort(verdict.problems, {}, &Problem::line);
    }
    return verdict;
}

std::string_view severity_name(Problem::Severity severity) {
    return severity == Problem::Severity::error ? "error" : "warning";
}

std::string_view rules_name(lock::Rules rules) {
    switch (rules) {
    case lock::Rules::standard:
        return "pep751";
    case lock::Rules::strict:
        return "pawl";
    case lock::Rules::deep:
        return "deep";
    }
    return "";
}

std::string counted(size_t count, std::string_view what) {
    return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

std::string text_of(const Verdict& verdict) {
    const std::string name = printable(verdict.name);
    std::string text;
    for (const Problem& problem : verdict.problems) {
        text += name + ": " + std::string(severity_name(problem.severity)) + ": " +
                problem.message + "\n";
    }
    const size_t errors = verdict.count(Problem::Severity::error);
    const size_t warnings = verdict.count(Problem::Severity::warning);
    text += name + (verdict.is_valid() ? ": valid (" + counted(verdict.packages, "package")
                                       : ": not valid (" + counted(errors, "error"));
    text += warnings > 0 ? ", " + counted(warnings, "warning") : "";
    text += verdict.deep ? ", " + counted(verdict.deep->points, "environment") + " tried" : "";
    return text + ")\n";
}

Value json_of(const Verdict& verdict) {
    Value problems = Value::array();
    for (const Problem& problem : verdict.problems) {
        problems.push_back(
            Value::object({{"severity", severity_name(problem.severity)},
                           {"rules", rules_name(problem.rules)},
                           {"line", problem.line > 0 ? Value(problem.line) : Value()},
                           {"where", problem.where},
                           {"message", problem.message}}));
    }
    return Value::object(
        {{"lock", verdict.name}, {"valid", verdict.is_valid()}, {"problems", std::move(problems)}});
}

} // namespace

Result<> validate_locks(const ValidateRequest& request, Services& services) {
    std::vector<std::string> what = request.what;
    if (what.empty()) {
        what.emplace_back();
    }
    size_t refused = 0;
    Value list = Value::array();
    for (const std::string& one : what) {
        const Verdict verdict = TRY(judge(one, request, services));
        refused += verdict.is_valid() ? 0U : 1U;
        if (request.json) {
            list.push_back(json_of(verdict));
        } else {
            services.terminal().out(text_of(verdict));
        }
    }
    if (request.json) {
        services.terminal().out(
            text::to_json(Value::object({{"locks", std::move(list)}}), {.indent = 2}) + "\n");
    }
    if (refused == 0) {
        return {};
    }
    return fail(Error::Kind::check_failed, std::to_string(refused) + " of " +
                                               counted(what.size(), "lock") + " " +
                                               (refused == 1 ? "is" : "are") + " not valid");
}

} // namespace pawl::ops
