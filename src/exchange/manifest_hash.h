#pragma once
// The hashes that tools take of their own manifest and write into their lock, to know later whether
// it is fresh: each the SHA-256 of JSON as Python's json.dumps writes it, of the parts that count.

#include <string>

#include "base/result.h"
#include "text/json.h"
#include "text/toml.h"

namespace pawl::exchange {

/// A TOML value as JSON; dates and times become strings.
text::Value json_of(text::TomlNode node);

/// poetry: Locker._get_content_hash. Before 2.3 without [dependency-groups].
Result<std::string> poetry_content_hash(const std::string& pyproject, bool with_groups = true);
/// pdm: PyProject.content_hash.
Result<std::string> pdm_content_hash(const std::string& pyproject);
/// pipenv: PipfileSettings.calculate_hash; names of projects count in their normal form.
Result<std::string> pipenv_content_hash(const std::string& pipfile);

} // namespace pawl::exchange
