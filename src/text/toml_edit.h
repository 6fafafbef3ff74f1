#pragma once
// Edits of a TOML document that leave every other byte as it is. Each returns the new text, which
// was parsed again before it was handed out.

#include <span>
#include <string>
#include <string_view>

#include "text/toml.h"

namespace pawl::text {

using TomlPath = std::span<const std::string_view>;

/// Sets the value at a path of keys (TOML text, as toml_string() makes it): replaces the value that
/// is there, else adds the key after the last entry of its table, else adds the table at the end.
/// An error when something on the way is no table.
Result<std::string> toml_set(const TomlDocument& document, TomlPath path, std::string_view value);

/// Removes a key with its line (a comment at the end of the line goes along), or a table with its
/// section and the sections below it. Absent: the text as it is.
Result<std::string> toml_remove(const TomlDocument& document, TomlPath path);

/// Adds an element (TOML text) at `index` (at the end when it is not less than the size) of an
/// array of values, in the array's own layout: on a line of its own with the same indentation when
/// the elements stand so, with a comma at the end when there was one. Comments stay where they are.
Result<std::string> toml_array_insert(const TomlDocument& document, TomlNode array, size_t index,
                                      std::string_view value);

/// Removes one element with its comma, and with its line and the comment behind it when it had a
/// line of its own.
Result<std::string> toml_array_remove(const TomlDocument& document, TomlNode array, size_t index);

/// Replaces a value's text.
Result<std::string> toml_replace(const TomlDocument& document, TomlNode node,
                                 std::string_view value);

} // namespace pawl::text
