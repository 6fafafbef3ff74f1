#pragma once
// Small records on disk: fields that are their length, ":" and their bytes, sealed (base/seal.h).

#include <string>
#include <string_view>

#include "base/seal.h"

namespace pawl::install {

void append_field(std::string& text, std::string_view field);
void append_count(std::string& text, size_t count);

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
