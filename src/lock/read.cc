#include "lock/read.h"

#include <algorithm>

#include "lock/reader.h"
#include "lock/strict.h"

namespace pawl::lock {

namespace {

/// A lock of a later major version may look like anything: say so before anything else is said.
Result<> check_major_version(const text::TomlDocument& document) {
    auto entry = document.root().find("lock-version");
    if (!entry || !entry->is_string()) {
        return {}; // the reader says it in its words
    }
    auto version = pep::Version::parse(entry->string());
    static constexpr uint64_t second[] = {2};
    if (version && *version >= pep::Version::of(second)) {
        return fail(Error{Error::Kind::input, "line " + std::to_string(entry->place().line) +
                                                  ": lock-version " + version->str() +
                                                  " is not supported (1.0 is)"}
                        .hint("it needs a newer pawl, or the tool that made it"));
    }
    return {};
}

} // namespace

Result<ReadResult> read(const text::TomlDocument& document, Rules rules) {
    if (rules == Rules::strict) {
        TRY(check_major_version(document));
    }
    LockReader reader(document);
    ReadResult result;
    result.lock = TRY(reader.read());
    for (const Problem& problem : reader.warnings()) {
        result.warnings.push_back(problem.message);
    }
    if (rules == Rules::strict) {
        for (const Problem& problem : reader.strict_errors()) {
            return fail(Error::Kind::input, problem.message);
        }
        for (Problem& problem : strict_problems(result.lock, document)) {
            if (problem.severity == Problem::Severity::error) {
                return fail(Error::Kind::input, std::move(problem.message));
            }
            result.warnings.push_back(std::move(problem.message));
        }
    }
    return result;
}

Result<ReadResult> read(std::string text, Rules rules) {
    const auto document = TRY(text::TomlDocument::parse(std::move(text)));
    return read(document, rules);
}

std::vector<Problem> validate(std::string text, Rules rules) {
    auto document = text::TomlDocument::parse(std::move(text));
    if (!document) {
        return {{.where = "toml", .message = document.error().message}};
    }
    LockReader reader(*document);
    auto lock = reader.read();
    if (!lock) {
        return LockReader(*document).errors();
    }
    std::vector<Problem> problems = reader.warnings();
    if (rules == Rules::strict) {
        std::vector<Problem> ours = reader.strict_errors();
        for (Problem& problem : strict_problems(*lock, *document)) {
            ours.push_back(std::move(problem));
        }
        for (Problem& problem : ours) {
            problem.rules = Rules::strict;
            problems.push_back(std::move(problem));
        }
    }
    std::ranges::stable_sort(problems, {}, &Problem::line);
    return problems;
}

} // namespace pawl::lock
