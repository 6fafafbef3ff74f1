#pragma once
// Small texts on disk that say whether they are whole: a first line with a name and the SHA-256 of
// that name, a line end and all that follows. What a crash or a bad disk leaves of one is whole, or
// it is none.

#include <optional>
#include <string>
#include <string_view>

namespace pawl {

/// "<head> <hash>\n<body>"; `head` has no line end.
std::string seal(std::string_view head, std::string_view body);
/// The body, a view into `text`; nothing when the head is another or the hash does not agree.
std::optional<std::string_view> unseal(std::string_view head, std::string_view text);

} // namespace pawl
