#pragma once
// Pieces of TOML 1.0 as text: what our writers are made of.

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace pawl::text {

/// A basic string: quotes and escapes. Bytes that are no UTF-8 become U+FFFD.
std::string toml_string(std::string_view text);
/// The same behind what stands in `out`.
void append_toml_string(std::string& out, std::string_view text);
/// A bare key where that is allowed, else a quoted one.
std::string toml_key(std::string_view key);
/// "a.b.\"c d\"", for headers and dotted keys.
std::string toml_dotted_key(std::span<const std::string> keys);
/// "[\"a\", \"b\"]"; "[]" when there are none.
std::string toml_strings(std::span<const std::string> texts);
/// 2026-11-20T10:00:00Z, with three or six digits of the second where needed.
std::string toml_datetime(Timestamp time);

/// Builds "{a = 1, b = \"x\"}" piece by piece; each value is TOML text.
class TomlInlineTable {
  public:
    TomlInlineTable& entry(std::string_view key, std::string_view value);
    TomlInlineTable& string(std::string_view key, std::string_view text);
    bool is_empty() const { return body_.size() == 1; }
    std::string str() const { return body_ + "}"; }

  private:
    void begin_entry(std::string_view key);
    std::string body_ = "{";
};

/// Writes a document line by line. Values are TOML text (toml_string() and the others).
class TomlWriter {
  public:
    TomlWriter& entry(std::string_view key, std::string_view value);
    TomlWriter& string(std::string_view key, std::string_view text);
    /// An array with one element a line, four blanks in, with a comma after each; "[]" when empty.
    TomlWriter& lines(std::string_view key, std::span<const std::string> values);
    /// A blank line and "[a.b]"; the header is TOML text.
    TomlWriter& table(std::string_view header);
    TomlWriter& array_table(std::string_view header); ///< "[[a]]"
    TomlWriter& comment(std::string_view line);       ///< "# line"
    /// Text as it is; the caller sees to line ends.
    TomlWriter& raw(std::string_view text);

    const std::string& text() const { return out_; }
    std::string take() { return std::move(out_); }

  private:
    void blank_line();
    std::string out_;
};

} // namespace pawl::text
