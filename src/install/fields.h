#pragma once
// Small records on disk: fields that are their length, ":" and their bytes, behind a first line
// with a name and the SHA-256 of the rest. What a crash leaves of one is whole or it is none.

#include <optional>
#include <string>
#include <string_view>

namespace pawl::install {

void append_field(std::string& text, std::string_view field);
void append_count(std::string& text, size_t count);

/// "<head> <sha256 of body>\n<body>"; `head` has no line end.
std::string seal(std::string_view head, std::string_view body);
/// The body, a view into `text`; nothing when the head is another or the hash does not agree.
std::optional<std::string_view> unseal(std::string_view head, std::string_view text);

/// Takes fields from the front; once something does not fit, all further ones are empty.
class FieldReader {
  public:
    explicit FieldReader(std::string_view text) : rest_(text) {}

    std::string_view take();
    /// A number of at most `count_max`, else 0 and nothing is good any more.
    size_t take_count(size_t count_max);
    bool is_good() const { return is_good_; }
    bool is_at_end() const { return is_good_ && rest_.empty(); }

  private:
    std::string_view rest_;
    bool is_good_ = true;
};

} // namespace pawl::install
