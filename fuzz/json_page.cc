// An index page in JSON becomes a record that opens and whose every row can be read.

#include "index/fetch/json_page.h"
#include "fuzz/page_record.h"
#include "index/builder_sink.h"

using namespace pawl;

namespace {

constexpr size_t input_bytes_max = size_t{64} << 10;

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
    std::string body(fuzz::as_text(data, size_bytes));
    if (body.size() > input_bytes_max) {
        return 0;
    }
    auto url = Url::parse("https://index.example/simple/tiny/");
    check(url.has_value());
    index::PageBuilder builder(pep::Name::of("tiny"), *url);
    index::BuilderSink sink(builder);
    index::JsonPageReader reader;
    std::string problem = reader.read(body, sink);
    if (!problem.empty()) {
        fuzz::check_message(problem);
        return 0;
    }
    if (fuzz::is_fine(sink.result)) {
        fuzz::check_page(builder);
    }
    return 0;
}
