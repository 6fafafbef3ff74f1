#pragma once
// Project, extra and group names (packaging.python.org: "Names and normalization").

#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pawl::pep {

/// Lower case, runs of "-_." folded to one "-"; no check that the name is valid.
std::string normalize_name(std::string_view text);
/// ASCII letters, digits and "._-", beginning and ending with a letter or digit.
bool is_valid_name(std::string_view text);
/// Valid and in its normal form already.
bool is_normal_name(std::string_view text);

/// A project name (or extra, or group) in its normal form; two spellings of one are equal only so.
class Name {
  public:
    static Result<Name> parse(std::string_view text);
    /// For text that is known to be normal and valid (our own files, tests); checked.
    static Name of(std::string_view normal);

    const std::string& str() const { return text_; }
    auto operator<=>(const Name&) const = default;

  private:
    explicit Name(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

} // namespace pawl::pep

template <>
struct std::hash<pawl::pep::Name> {
    size_t operator()(const pawl::pep::Name& name) const {
        return std::hash<std::string>()(name.str());
    }
};
