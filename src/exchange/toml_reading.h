#pragma once
// What the readers of TOML locks have in common. Errors begin "line N: ".

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lock/model.h"
#include "pep/name.h"
#include "pep/specifier.h"
#include "pep/version.h"
#include "text/toml.h"

namespace pawl::exchange {

std::string line_text(text::TomlNode node);

/// The lines of nodes that are asked for in the order of the text: place() counts from the start
/// each time.
class LineCounter {
  public:
    explicit LineCounter(std::string_view text) : text_(text) {}
    uint32_t of(text::TomlNode node);

  private:
    std::string_view text_;
    size_t at_ = 0;
    uint32_t line_ = 1;
};

/// The key "name" of a table.
Result<pep::Name> name_at(text::TomlNode table);
Result<std::vector<pep::Name>> names_of(std::span<const std::string_view> texts);
/// A string that is a version, or specifiers.
Result<pep::Version> version_at(text::TomlNode node);
Result<pep::Specifiers> specifiers_at(text::TomlNode node);

/// "sha256:ab…", which stands at the node; weak and unknown algorithms are refused.
Result<> add_hash(text::TomlNode node, std::string_view hash, lock::FileSource& file);
/// 40 or 64 hexadecimal digits: anything else could move, or be an option of git's.
Result<> check_commit(text::TomlNode node, std::string_view commit);

} // namespace pawl::exchange
