#pragma once
// Named variants of a lock (`[tool.pawl.variants]`): which of them a command means.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/terminal.h"
#include "hardware/variant.h"
#include "ops/script_state.h"

namespace pawl::ops {

/// What the command line says of variants.
struct VariantWish {
    std::string name;     ///< one's name, or "auto": what this machine is for; "" for auto, too
    bool explain = false; ///< tell what was found, and what became of each variant
};

struct PickedVariant {
    hardware::Variant variant;
    std::optional<hardware::Machine> machine; ///< what it was picked for; none when it was named
};

/// The one that is meant. `what` has the variants, for messages: "pyproject.toml". Errors: no
/// variants, none of that name (usage), none that fits (environment).
Result<PickedVariant> pick_variant(std::span<const hardware::Variant> variants,
                                   const VariantWish& wish, std::string_view what,
                                   Terminal& terminal);

/// Those that `names` mean, in the table's order; all when nothing is named. Without variants
/// nothing may be named, and "" comes back: the one lock there is.
Result<std::vector<std::string>> named_variants(std::span<const hardware::Variant> variants,
                                                std::span<const std::string> names,
                                                std::string_view what, Terminal& terminal);

/// The variants of a script, from its metadata; none when that cannot be read (who reads the
/// script's needs says why).
std::vector<hardware::Variant> variants_of(const ScriptState& script);

/// Decides which variant of a script counts from here on: before its lock is looked for. Fine for
/// a script without variants, unless one is asked for.
Result<> settle_variant(ScriptState& script, const VariantWish& wish, Terminal& terminal);

/// The path of the lock that is meant by a project's directory, its pyproject.toml or a script ("":
/// the project here), and that is there: Kind::check_failed when it is not.
Result<std::string> lock_of_variant(std::string_view what, const VariantWish& wish,
                                    Terminal& terminal);

} // namespace pawl::ops
