#pragma once
// A PEP 503 page in HTML, into a PageBuilder.

#include <string_view>

#include "base/result.h"
#include "index/page_builder.h"
#include "text/html.h"

namespace pawl::index {

/// Errors: a repository version that pawl does not speak.
Result<> read_html_page(const text::HtmlPage& page, PageBuilder& builder);
/// One link of a page; a link without an address is nothing.
void read_html_anchor(const text::HtmlAnchor& anchor, PageBuilder& builder);

} // namespace pawl::index
