#pragma once
// Reading a pylock.toml.
//
// Two sets of rules. The standard's are those of the specification as the reference library
// (`packaging`) applies them: what fails them is no lock. Ours on top keep an install safe: a
// strong hash that we can check, commit ids that are hashes, no version where none can be known,
// names that agree with the files. Where files may lie is a separate question (sources.h).

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lock/model.h"
#include "text/toml.h"

namespace pawl::lock {

enum class Rules : unsigned char {
    standard,
    strict,
    deep, ///< not of reading: what only the packages' own metadata can show (verify.h)
};

/// One thing that is wrong, or remarkable, in a lock.
struct Problem {
    enum class Severity : unsigned char { error, warning };
    Severity severity = Severity::error;
    uint32_t line = 0; ///< 0: the whole file
    std::string where; ///< "packages[3].wheels[0].hashes", "toml" for TOML itself, "" for the whole
    std::string message; ///< with line, package and key in front
    bool unsupported_version = false;
    Rules rules = Rules::standard; ///< whose it is; warnings of both are the reader's
};

struct ReadResult {
    Lock lock;
    std::vector<std::string> warnings; ///< bounded; each names its line
};

/// Kind::input and "line 12: packages[3] \"six\": wheels[0].hashes: …" for the first error.
Result<ReadResult> read(std::string text, Rules rules = Rules::strict);
/// The same for a document that is parsed already.
Result<ReadResult> read(const text::TomlDocument& document, Rules rules = Rules::strict);

/// Everything that is wrong or remarkable. What the standard refuses: at most one error of the top
/// and one of each package, in the order in which the reference library looks; when it refuses
/// nothing, all findings of the strict rules, in order of line. What `pawl validate` prints.
std::vector<Problem> validate(std::string text, Rules rules = Rules::strict);

} // namespace pawl::lock
