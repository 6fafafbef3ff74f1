#pragma once
// Pipfile: what was asked for, in pipenv's words. [packages] is main, [dev-packages] the group
// "dev", any other table of requirements the group of its name.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "exchange/document.h"

namespace pawl::exchange {

struct Pipfile {
    Project project; ///< without a name
    std::vector<Index> sources;
    std::string python; ///< "3.11" or "3.11.4" of [requires], or ""
};

Result<Pipfile> read_pipfile(const std::string& text);

/// "default", "develop", or the group's name: a section of Pipfile.lock; and back.
std::string pipenv_section(const Selector& selector);
Selector selector_of_section(std::string_view section);

/// ">=3.11,<3.12" for "3.11": any Python whose version begins so.
Result<pep::Specifiers> pipenv_pythons(std::string_view version);

} // namespace pawl::exchange
