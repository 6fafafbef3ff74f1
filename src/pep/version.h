#pragma once
// Versions (PEP 440, packaging.python.org "Version specifiers").
//
// A Version keeps its normal text and an order key: comparing two versions is one comparison of
// keys. Most versions (epoch 0, up to four release numbers, one suffix, no local part) have a key
// that fits into 64 bits; the others fall back to their parts.

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

    /// Any form that PEP 440 accepts, surrounding blanks too.
    static Result<Version> parse(std::string_view text);
    /// From release numbers: Version::of({3, 11}).
    static Version of(std::span<const uint64_t> release);

    /// The normal form: "1!2.0rc1.post2.dev3+local.1".
    const std::string& str() const { return text_; }

    uint64_t epoch() const;
    std::span<const uint64_t> release() const; ///< as written: "1.0" has two numbers
    std::optional<Pre> pre() const;
    std::optional<uint64_t> post() const;
    std::optional<uint64_t> dev() const;
    std::string_view local() const; ///< "" when there is none

    bool is_prerelease() const { return pre().has_value() || dev().has_value(); }
    bool is_postrelease() const { return post().has_value(); }
    Version base() const;           ///< epoch and release only
    Version without_local() const;  ///< the public version

    /// PEP 440 order: 1.0 == 1.0.0.
    std::strong_ordering operator<=>(const Version& other) const;
    bool operator==(const Version& other) const { return (*this <=> other) == 0; }

  private:
    Version() = default;
    std::string text_;
    uint64_t key_ = 0; // order-preserving; 0: does not fit, compare parts
    struct Parts;
    std::shared_ptr<const Parts> parts_; // immutable, shared by copies
};

} // namespace pawl::pep
