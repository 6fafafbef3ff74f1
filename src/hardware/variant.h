#pragma once
// The named variants of a lock, when each is meant, and which one a machine gets. Values.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hardware/machine.h"
#include "pep/specifier.h"

namespace pawl::hardware {

/// What must be there: "cuda >= 12.1", "rocm", "none". "none" needs nothing: it is the fallback.
struct Condition {
    std::optional<Platform> platform; ///< nothing: "none"
    pep::Specifiers versions;         ///< of what is there; empty: any, known or not

    static Result<Condition> parse(std::string_view text);
    std::string str() const;
    /// "" when it holds, else why not: "this machine has CUDA 11.8".
    std::string missing(const Machine& machine) const;
};

/// One table below `[tool.pawl.variants]`.
struct Variant {
    std::string name;
    std::vector<Condition> when; ///< one of them must hold; none: the fallback
    uint32_t line = 0;

    bool is_fallback() const { return when.empty(); }
    std::string condition() const; ///< "cuda>=12.1 or rocm"; "none"
};

/// The word that has one chosen, which therefore is no name.
constexpr std::string_view automatic = "auto";

/// Lock files are called pylock.NAME.toml with a NAME without dots (PEP 751); letters, digits, "_"
/// and "-" are the same on every file system. `name` comes back when it is one.
Result<std::string> parse_variant_name(std::string_view name);

/// What was made of one variant.
struct Verdict {
    const Variant* variant = nullptr;
    std::string reason; ///< "needs cuda>=12.1; this machine has CUDA 11.8"
};
/// The first whose condition holds, in the order of the table; the fallback when none does.
struct Choice {
    const Variant* chosen = nullptr; ///< nothing when there is no fallback either
    std::vector<Verdict> verdicts;   ///< of all, in the order in which they were looked at
};
Choice choose_variant(std::span<const Variant> variants, const Machine& machine);

} // namespace pawl::hardware
