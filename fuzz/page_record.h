#pragma once
// What holds for the record of any index page, whatever format the page had.

#include "fuzz/fuzz.h"
#include "index/page_builder.h"

namespace pawl::fuzz {

inline void check_file(const index::ProjectFiles& files, uint32_t row) {
    index::FileView file = files.file(row);
    check(!file.file_name.empty());
    check(file.file_name.find('/') == std::string_view::npos);
    auto url = Url::parse(file.url);
    check(is_fine(url));
    check(!url->has_credentials() && url->fragment().empty());
    check(file.version < files.version_count());
    index::DistributionFile decoded = files.distribution(row);
    check(decoded.file_name == file.file_name && decoded.kind == file.kind);
    check(decoded.name == files.name());
}

inline void check_versions(const index::ProjectFiles& files) {
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

/// The builder's warnings, and the record that it makes.
inline void check_page(index::PageBuilder& builder) {
    for (const std::string& warning : builder.take_warnings()) {
        check_message(warning);
    }
    std::string record = builder.finish();
    auto files = index::ProjectFiles::open(record);
    check(files.has_value());
    check_versions(*files);
    for (uint32_t row = 0; row < files->file_count(); ++row) {
        check_file(*files, row);
    }
}

} // namespace pawl::fuzz
