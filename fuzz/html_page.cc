// An index page in HTML becomes a record that opens and whose every row can be read.

#include "index/html_page.h"
#include "fuzz/page_record.h"

using namespace pawl;

namespace {

constexpr size_t input_bytes_max = size_t{64} << 10;

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
    std::string_view bytes = fuzz::as_text(data, size_bytes);
    if (bytes.size() > input_bytes_max) {
        return 0;
    }
    auto url = Url::parse("https://index.example/simple/tiny/");
    check(url.has_value());
    text::HtmlPage page = text::parse_html(bytes);
    for (const text::HtmlAnchor& anchor : page.anchors) {
        check(anchor.attributes.size() <= bytes.size());
    }
    index::PageBuilder builder(pep::Name::of("tiny"), *url);
    if (!fuzz::is_fine(index::read_html_page(page, builder))) {
        return 0;
    }
    fuzz::check_page(builder);
    return 0;
}
