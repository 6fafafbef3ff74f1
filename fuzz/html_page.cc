// An index page in HTML becomes a record that opens and whose every row can be read.

#include "index/html_page.h"
#include "fuzz/fuzz.h"

using namespace pawl;

namespace {

constexpr size_t input_bytes_max = size_t{64} << 10;

void check_file(const index::ProjectFiles& files, uint32_t row) {
    index::FileView file = files.file(row);
    check(!file.file_name.empty());
    check(file.file_name.find('/') == std::string_view::npos);
    auto url = Url::parse(file.url);
    check(fuzz::is_fine(url));
    check(!url->has_credentials() && url->fragment().empty());
    check(file.version < files.version_count());
    index::DistributionFile decoded = files.distribution(row);
    check(decoded.file_name == file.file_name && decoded.kind == file.kind);
    check(decoded.name == files.name());
}

void check_versions(const index::ProjectFiles& files) {
    std::optional<pep::Version> before;
    uint32_t count = 0;
    for (uint32_t row = 0; row < files.version_count(); ++row) {
        index::VersionView version = files.version(row);
        auto parsed = pep::Version::parse(version.text);
        check(parsed && parsed->str() == version.text);
        check(!before || *before < *parsed);
        before = *parsed;
        check(version.file_first == count && version.file_count > 0);
        count += version.file_count;
    }
    check(count == files.file_count());
}

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
    for (const std::string& warning : builder.take_warnings()) {
        fuzz::check_message(warning);
    }
    std::string record = builder.finish();
    auto files = index::ProjectFiles::open(record);
    check(files.has_value());
    check_versions(*files);
    for (uint32_t row = 0; row < files->file_count(); ++row) {
        check_file(*files, row);
    }
    return 0;
}
