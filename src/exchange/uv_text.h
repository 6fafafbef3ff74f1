#pragma once
// Texts as uv writes them in its lock.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "exchange/document.h"
#include "pep/marker.h"

namespace pawl::exchange {

/// Made-up extras for what conflicts: "extra-3-app-gpu", "group-3-app-dev". Nothing for another
/// project's.
std::optional<Selector> selector_of_uv_extra(std::string_view text, std::string_view project);
/// The opposite; for extras and groups.
std::string uv_extra_of(const Selector& selector, std::string_view project);

/// With single quotes inside, so that nothing must be escaped. `"x" in extras` becomes made-up
/// extras of the project.
std::string uv_marker_text(const pep::Marker& marker, std::string_view project = "");
/// A string in quotes.
std::string uv_string(std::string_view text);
/// "7 days" → "P7D".
std::string uv_span(std::string_view text);
/// "https://host/repository@revision#subdirectory=x" →
/// "https://host/repository?subdirectory=x&rev=revision".
std::string uv_git_of(std::string_view url);

/// `{ name = "six", extras = ["a"] }`
class UvTable {
  public:
    UvTable& text(std::string_view key, std::string_view value);
    UvTable& names(std::string_view key, std::span<const pep::Name> names);
    UvTable& toml(std::string_view key, std::string_view value);
    std::string str() const { return "{ " + body_ + " }"; }

  private:
    std::string body_;
};

/// `{ name = "six", marker = "…", specifier = ">=1" }`, for what an edge asks for.
std::string uv_requirement(const Edge& edge);

} // namespace pawl::exchange
