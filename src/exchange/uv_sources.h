#pragma once
// [tool.uv] index and sources: where the projects come from that a manifest asks for.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "exchange/document.h"
#include "pep/requirement.h"
#include "text/toml.h"

namespace pawl::exchange {

/// Where one project comes from, in one case.
struct UvSource {
    std::string key, value; ///< as in a lock: "index" and its URL, "git" and its URL, …; or ""
    std::optional<pep::Marker> marker;
    std::optional<Selector> only_for;
};

class UvSources {
  public:
    UvSources() = default;
    /// Of a `[tool.uv]`. Members of the workspace lie where the document says.
    static Result<UvSources> read(text::TomlNode uv, const Document& document);

    /// What holds for a requirement of this selector; a URL of its own wins.
    std::vector<UvSource> of(const pep::Requirement& requirement, const Selector& selector) const;

  private:
    Result<> read_rule(text::TomlNode table, const pep::Name& project, const Document& document);

    std::map<std::string, std::string, std::less<>> indexes_;
    std::map<pep::Name, std::vector<UvSource>> rules_;
};

} // namespace pawl::exchange
