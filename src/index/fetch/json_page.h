#pragma once
// PEP 691 pages by simdjson, on demand.

#include <memory>
#include <string>

#include "index/page_entry.h"

namespace pawl::index {

/// Keeps the parser's buffers between pages. For one thread.
class JsonPageReader {
  public:
    JsonPageReader();
    ~JsonPageReader();
    /// What is wrong, "" if nothing. `body` may get spare capacity.
    std::string read(std::string& body, PageSink& sink);

  private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
};

} // namespace pawl::index
