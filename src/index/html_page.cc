#include "index/html_page.h"

namespace pawl::index {

namespace {

/// PEP 658/714: absent, "true" or "sha256=…"; the newer name wins.
void read_metadata_attribute(const text::HtmlAnchor& anchor, PageEntry& entry) {
    auto value = anchor.attribute("data-core-metadata");
    if (!value) {
        value = anchor.attribute("data-dist-info-metadata");
    }
    if (!value || *value == "false") {
        return;
    }
    entry.has_metadata = true;
    if (value->find('=') != std::string_view::npos) {
        entry.metadata_hash = *value;
    }
}

} // namespace

Result<> read_html_page(const text::HtmlPage& page, PageBuilder& builder) {
    if (auto version = page.meta_content("pypi:repository-version")) {
        TRY(builder.set_api_version(*version));
    }
    if (auto status = page.meta_content("pypi:project-status")) {
        builder.set_status(*status, page.meta_content("pypi:project-status-reason").value_or(""));
    }
    if (page.base) {
        builder.set_base(*page.base);
    }
    for (const text::HtmlAnchor& anchor : page.anchors) {
        read_html_anchor(anchor, builder);
    }
    return {};
}

void read_html_anchor(const text::HtmlAnchor& anchor, PageBuilder& builder) {
    auto address = anchor.attribute("href");
    if (!address) {
        return;
    }
    PageEntry entry;
    entry.url = *address;
    entry.requires_python = anchor.attribute("data-requires-python").value_or("");
    entry.yanked = anchor.attribute("data-yanked");
    entry.upload_time = anchor.attribute("data-upload-time").value_or("");
    if (entry.upload_time.empty()) {
        entry.upload_time = anchor.attribute("upload-time").value_or("");
    }
    read_metadata_attribute(anchor, entry);
    builder.add(entry);
}

} // namespace pawl::index
