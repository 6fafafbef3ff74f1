#pragma once
// Errors of the TOML room say "line 3, column 5: …"; people look for "pyproject.toml:3: …".

#include <string>
#include <string_view>

#include "base/result.h"
#include "text/toml.h"

namespace pawl::project {

/// For one file. Cheap to copy.
class TomlPlaces {
  public:
    explicit TomlPlaces(std::string_view file);
    std::string at(const text::TomlNode& node) const;
    std::string at(uint32_t line) const;
    /// An error at a node.
    tl::unexpected<Error> error(const text::TomlNode& node, std::string_view what) const;
    Error relocated(Error&& error) const;
    template <class T>
    Result<T> in_file(Result<T>&& result) const {
        if (!result) {
            return fail(relocated(std::move(result.error())));
        }
        return std::move(result);
    }

  private:
    std::string file_; ///< printable
};

} // namespace pawl::project
