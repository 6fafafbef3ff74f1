#pragma once
// Versions (PEP 440, packaging.python.org "Version specifiers").
//
// A Version keeps its normal text and an order key: comparing two versions is one comparison of
// keys. Most versions (epoch 0, up to four release numbers, one suffix, no local part) have a key
// that fits into 64 bits; the others fall back to their parts.
//
// A Version is three words and its parts are immutable and shared, so copies are cheap. Any number
// of threads may read and copy one.

#include <compare>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pawl::pep {

class Version {
  public:
    enum class PreKind : unsigned char { alpha, beta, candidate };
    struct Pre {
        PreKind kind = PreKind::alpha;
        uint64_t number = 0;
        auto operator<=>(const Pre&) const = default;
    };
    /// Larger numbers in a version are refused, so that "the next one" always exists.
    static constexpr uint64_t number_max = (uint64_t{1} << 63) - 1;

    /// Any form that PEP 440 accepts, surrounding blanks too.
    static Result<Version> parse(std::string_view text);
    /// From release numbers (at least one): Version::of({3, 11}).
    static Version of(std::span<const uint64_t> release, uint64_t epoch = 0);
    static Version of(std::initializer_list<uint64_t> release, uint64_t epoch = 0) {
        return of(std::span(release.begin(), release.size()), epoch);
    }

    /// The normal form: "1!2.0rc1.post2.dev3+local.1".
    const std::string& str() const;
    /// As str(), without the zeros that end the release: equal versions have equal trimmed texts.
    std::string trimmed() const;

    uint64_t epoch() const;
    std::span<const uint64_t> release() const; ///< as written: "1.0" has two numbers
    std::optional<Pre> pre() const;
    std::optional<uint64_t> post() const;
    std::optional<uint64_t> dev() const;
    std::string_view local() const; ///< "" when there is none

    bool is_prerelease() const;
    bool is_postrelease() const { return post().has_value(); }
    Version base() const;          ///< epoch and release only
    Version without_local() const; ///< the public version
    /// "1.0.post1" → "1.0.post1.dev0"; without a local part.
    Version with_dev(uint64_t dev) const;

    /// PEP 440 order: 1.0 == 1.0.0.
    std::strong_ordering operator<=>(const Version& other) const {
        if (key_ != 0 && other.key_ != 0) {
            return key_ <=> other.key_;
        }
        return compare_parts(other);
    }
    bool operator==(const Version& other) const { return (*this <=> other) == 0; }

    /// A number in the order of versions, or 0 for versions that have none (see version.cc).
    uint64_t order_key() const { return key_; }

  private:
    struct Parts;
    friend class VersionReader;
    explicit Version(Parts&& parts);
    std::strong_ordering compare_parts(const Version& other) const;

    uint64_t key_ = 0;
    std::shared_ptr<const Parts> parts_; // immutable, shared by copies
};

/// The order of the numbers of releases, where missing ones are zero.
std::strong_ordering compare_releases(std::span<const uint64_t> a, std::span<const uint64_t> b);
/// The order of local parts; "" (none) comes first.
std::strong_ordering compare_locals(std::string_view a, std::string_view b);

} // namespace pawl::pep

template <>
struct std::hash<pawl::pep::Version> {
    size_t operator()(const pawl::pep::Version& version) const {
        uint64_t key = version.order_key();
        return key != 0 ? std::hash<uint64_t>()(key) : std::hash<std::string>()(version.trimmed());
    }
};
