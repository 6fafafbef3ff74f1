#include "index/files.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "index/page_layout.h"
#include "index/record.h"

namespace pawl::index {

using namespace page_layout;

std::string_view project_status_name(ProjectStatus status) {
    switch (status) {
    case ProjectStatus::active:
        return "active";
    case ProjectStatus::archived:
        return "archived";
    case ProjectStatus::quarantined:
        return "quarantined";
    case ProjectStatus::deprecated:
        return "deprecated";
    }
    return "active";
}

std::optional<ProjectFiles> ProjectFiles::open(std::string_view record) {
    if (load<uint32_t>(record, Header::magic) != magic ||
        load<uint32_t>(record, Header::record_bytes) != record.size()) {
        return std::nullopt;
    }
    ProjectFiles files;
    files.record_ = record;
    files.version_count_ = load<uint32_t>(record, Header::versions);
    files.file_count_ = load<uint32_t>(record, Header::files);
    uint64_t rows = Header::bytes + uint64_t{files.version_count_} * Version::bytes +
                    uint64_t{files.file_count_} * File::bytes;
    if (rows > record.size() || load<uint32_t>(record, Header::status) > 3) {
        return std::nullopt;
    }
    return files;
}

std::string_view ProjectFiles::text_at(size_t position) const {
    return load_text(record_, position);
}

std::string_view ProjectFiles::name() const {
    return text_at(Header::name);
}

ProjectStatus ProjectFiles::status() const {
    return static_cast<ProjectStatus>(load<uint32_t>(record_, Header::status));
}

std::string_view ProjectFiles::status_reason() const {
    return text_at(Header::status_reason);
}

std::string_view ProjectFiles::page_url() const {
    return text_at(Header::page_url);
}

VersionView ProjectFiles::version(uint32_t row) const {
    check(row < version_count_);
    size_t at = Header::bytes + size_t{row} * Version::bytes;
    auto flags = load<uint32_t>(record_, at + Version::flags);
    VersionView view{.text = text_at(at + Version::text),
                     .is_prerelease = (flags & version_prerelease) != 0,
                     .is_local = (flags & version_local) != 0,
                     .is_yanked = (flags & version_yanked) != 0,
                     .has_wheel = (flags & version_has_wheel) != 0,
                     .has_sdist = (flags & version_has_sdist) != 0,
                     .file_first = load<uint32_t>(record_, at + Version::file_first),
                     .file_count = load<uint32_t>(record_, at + Version::file_count)};
    if (uint64_t{view.file_first} + view.file_count > file_count_) {
        view.file_first = view.file_count = 0; // a damaged row has no files
    }
    return view;
}

FileView ProjectFiles::file(uint32_t row) const {
    check(row < file_count_);
    size_t at = Header::bytes + size_t{version_count_} * Version::bytes + size_t{row} * File::bytes;
    auto flags = load<uint32_t>(record_, at + File::flags);
    FileView view;
    view.file_name = text_at(at + File::file_name);
    view.url = text_at(at + File::url);
    view.kind = (flags & file_sdist) != 0 ? FileKind::sdist : FileKind::wheel;
    auto part = [&](size_t begin_at, size_t length_at) {
        size_t begin = load<uint16_t>(record_, at + begin_at);
        return view.file_name.substr(std::min(begin, view.file_name.size()),
                                     load<uint16_t>(record_, at + length_at));
    };
    view.tags = part(File::tags_begin, File::tags_length);
    view.build = part(File::build_begin, File::build_length);
    view.requires_python = text_at(at + File::requires_python);
    view.is_yanked = (flags & file_yanked) != 0;
    view.yanked_reason = text_at(at + File::yanked_reason);
    if ((flags & file_has_time) != 0) {
        view.upload_time = Timestamp{load<int64_t>(record_, at + File::upload_time)};
    }
    view.is_too_new = has_limit_ && (!view.upload_time || view.upload_time->microseconds >= limit_);
    if ((flags & file_has_size) != 0) {
        view.size_bytes = load<uint64_t>(record_, at + File::size);
    }
    view.has_metadata = (flags & file_has_metadata) != 0;
    view.metadata_hash = text_at(at + File::metadata_hash);
    view.hashes = text_at(at + File::hashes);
    std::string_view own_index = text_at(at + File::index_url);
    view.index_url = own_index.empty() ? index_url_ : own_index;
    view.source = static_cast<uint16_t>(load<uint32_t>(record_, at + File::source) + source_);
    view.version = std::min(load<uint32_t>(record_, at + File::version),
                            version_count_ == 0 ? 0 : version_count_ - 1);
    return view;
}

namespace {

/// "algorithm=digits".
Hash hash_of(std::string_view text) {
    size_t equals = std::min(text.find('='), text.size());
    return {to_lower(text.substr(0, equals)),
            to_lower(text.substr(std::min(equals + 1, text.size())))};
}

} // namespace

std::vector<Hash> hashes_of(const FileView& file) {
    std::vector<Hash> hashes;
    std::string_view rest = file.hashes;
    while (!rest.empty()) {
        std::string_view one = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
        if (!one.empty()) {
            hashes.push_back(hash_of(one));
        }
    }
    return hashes;
}

DistributionFile ProjectFiles::distribution(uint32_t row) const {
    FileView view = file(row);
    DistributionFile file;
    file.file_name = view.file_name;
    file.name = name();
    file.version = version(view.version).text;
    file.kind = view.kind;
    if (auto url = Url::parse(view.url)) {
        file.url = *url;
    }
    file.hashes = hashes_of(view);
    file.size_bytes = view.size_bytes;
    file.upload_time = view.upload_time;
    file.requires_python = view.requires_python;
    file.is_yanked = view.is_yanked;
    file.yanked_reason = view.yanked_reason;
    file.has_metadata = view.has_metadata;
    if (!view.metadata_hash.empty()) {
        file.metadata_hash = hash_of(view.metadata_hash);
    }
    file.index_url = view.index_url;
    return file;
}

std::optional<uint32_t> ProjectFiles::metadata_file(uint32_t version_row) const {
    VersionView release = version(version_row);
    std::optional<uint32_t> best;
    int best_cost = 0;
    for (uint32_t row = release.file_first; row < release.file_first + release.file_count; ++row) {
        FileView candidate = file(row);
        if (candidate.is_too_new) {
            continue;
        }
        bool is_pure = candidate.tags.ends_with("-none-any");
        int cost = candidate.kind == FileKind::sdist ? 8 : is_pure ? 1 : 2;
        cost -= candidate.has_metadata && candidate.kind == FileKind::wheel ? 4 : 0;
        if (!best || cost < best_cost) {
            best = row;
            best_cost = cost;
        }
    }
    return best;
}

ProjectFiles ProjectFiles::with_limit(std::optional<Timestamp> exclude_newer) const {
    ProjectFiles limited = *this;
    limited.has_limit_ = exclude_newer.has_value();
    limited.limit_ = exclude_newer ? exclude_newer->microseconds : 0;
    return limited;
}

ProjectFiles ProjectFiles::with_source(uint16_t source, std::string_view index_url) const {
    ProjectFiles from = *this;
    from.source_ = source;
    from.index_url_ = index_url;
    return from;
}

} // namespace pawl::index
