#pragma once
// What locking a script and locking a project or requirements files have in common: the digest of
// the input, the lock that is there, whether it still fits, and putting the new one in its place.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lock/model.h"
#include "ops/resolution.h"
#include "ops/services.h"

namespace pawl::ops {

/// Collects all that a lock is an answer to. The same entries give the same digest, wherever the
/// files lie.
class InputDigest {
  public:
    /// `kind` keeps digests of different inputs apart.
    explicit InputDigest(std::string_view kind);
    /// An empty value adds nothing.
    void add(std::string_view key, std::string_view value);
    void add_text(std::string_view text) { material_ += text; }
    std::string str() const; ///< "sha256:…"

  private:
    std::string material_;
};

/// Whether the lock that is there was made from what the input says now.
enum class Freshness : unsigned char { no_lock, fresh, stale };

/// A lock that is there.
struct KnownLock {
    std::optional<lock::Lock> lock; ///< nothing when there is none
    LockRecord record;
};
/// Reads the text of one; warnings name the place.
Result<KnownLock> read_known_lock(std::string text, std::string_view place, Terminal& terminal);

/// Why a lock without a digest does not fit the requirements, or "".
std::string unsatisfied(const lock::Lock& lock, std::span<const RootRequirement> requirements);

/// Why the lock is stale, or "" when it is fresh. `what` is the input: "the script".
struct Judgement {
    std::string_view input_digest;
    std::string_view what;
};
std::string stale_reason(const lock::Lock& lock, const LockRecord& record,
                         std::span<const RootRequirement> requirements, const Judgement& judgement);

/// A lock is stale, although its input is the same, when it was made with another --exclude-newer,
/// --resolution, … than is asked for now. What is `declared` is in the digest.
struct OtherOption {
    std::string reason; ///< for the user
    std::string option; ///< "--resolution lowest"
};
std::optional<OtherOption> otherwise_asked(const LockRecord& record, const AskedOptions& asked);
std::optional<OtherOption> otherwise_asked(const LockRecord& record, const Settings& asked,
                                           const Settings& declared);

/// The lock remembers how it was asked for: what the user does not say again stays.
void keep_recorded(ResolutionRequest& request, const LockRecord& record);

/// "P==V" moves P to V, "P" to whatever is newest; `all` forgets every version.
Result<> add_upgrades(ResolutionRequest& request, bool all, std::span<const std::string> packages);

/// What `--no-binary` and `--only-binary` say, or the settings of that name: ":all:", ":none:", or
/// projects with commas between, as pip takes them. Kind::usage for what is no such thing.
Result<> add_format_rules(FormatRules& rules, const std::vector<std::string>& no_binary,
                          const std::vector<std::string>& only_binary);

/// `--environment`, `--required-environment`, `--only-binary`, `--no-binary` and
/// `--this-environment`; of each the recorded ones where the command line says nothing. The
/// interpreter is there for the latter: the request must point at it, and it must outlive the
/// resolution.
struct Restriction {
    AskedOptions asked;
    bool this_environment = false;
};
Result<std::optional<python::Interpreter>> restrict_environments(ResolutionRequest& request,
                                                                 const Restriction& to,
                                                                 const LockRecord& recorded,
                                                                 Services& services);

/// "added x 1, updated y 1 -> 2, removed z": what changed between two locks, for one line.
std::string changes_between(const lock::Lock* before, const lock::Lock& after);

/// Writes the file unless it holds these bytes already; returns whether it was written.
Result<bool> publish(std::string_view path, std::string_view text);

/// What the input says itself is in the digest; what the command line said is recorded. Takes out
/// of the record what is `declared`, so that it goes when the input drops it.
void forget_declared(LockRecord& record, const Settings& declared);

} // namespace pawl::ops
