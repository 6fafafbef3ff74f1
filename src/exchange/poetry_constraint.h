#pragma once
// Poetry's language for sets of versions: what PEP 440 has, and "^1.2", "~1.2", "1.*", "*", "1.2"
// for "==1.2", blanks for commas, "||" for either.

#include <string_view>
#include <vector>

#include "base/result.h"
#include "pep/specifier.h"
#include "pep/version_set.h"

namespace pawl::exchange {

struct PoetryConstraint {
    std::vector<pep::Specifiers> either; ///< one at least; empty specifiers: any version

    static Result<PoetryConstraint> parse(std::string_view text);
    /// As one list of specifiers: exactly, or, when "||" leaves gaps that a list cannot say, from
    /// the first version to the last.
    pep::Specifiers specifiers() const;
    /// Whether specifiers() says it exactly.
    bool is_exact() const;
};

} // namespace pawl::exchange
