#pragma once
// The hash algorithms that indexes and locks name: checked all at once while bytes stream by.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pawl {

/// An expected digest as an index or a lock gives it: "sha256" and lower-case hexadecimal digits.
struct Hash {
    std::string algorithm;
    std::string hex;
    bool operator==(const Hash&) const = default;
    auto operator<=>(const Hash&) const = default;
};

/// Whether we can compute it: md5, sha1, sha224, sha256, sha384, sha512, sha3_*, blake2b, blake2s.
bool is_known_algorithm(std::string_view algorithm);
/// Known and still trustworthy: not md5, not sha1.
bool is_strong_algorithm(std::string_view algorithm);
/// The number of hexadecimal digits of a known algorithm's digest.
size_t digest_hex_length(std::string_view algorithm);

/// "sha256:ab12…" or "sha256=ab12…": lower-cased; an error for a wrong length or other characters.
Result<Hash> parse_hash(std::string_view text, char separator = ':');

/// Checks bytes against all the digests that are known for them. Not for two threads at once.
class HashChecker {
  public:
    /// Refuses (Kind::integrity) when no expected hash is strong and known.
    static Result<HashChecker> create(std::span<const Hash> expected);
    HashChecker(HashChecker&&) noexcept;
    HashChecker& operator=(HashChecker&&) noexcept;
    ~HashChecker();

    void update(std::string_view bytes);
    /// Every known digest must match; `what` names the file in the error.
    Result<> finish(std::string_view what);

  private:
    struct Running;
    explicit HashChecker(std::vector<Running> running);
    std::vector<Running> running_;
};

/// The digest of `bytes` in hexadecimal digits; the algorithm must be known.
std::string digest_hex(std::string_view algorithm, std::string_view bytes);

} // namespace pawl
