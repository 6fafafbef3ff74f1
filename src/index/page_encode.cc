// The last step of PageBuilder: rows in order, texts behind them.

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/check.h"
#include "index/page_builder.h"
#include "index/page_layout.h"
#include "index/record.h"

namespace pawl::index {

using namespace page_layout;

namespace {

/// The versions in ascending order: for each number its row; equal ones share a row.
struct VersionOrder {
    std::vector<uint32_t> row_of;    ///< by number
    std::vector<uint32_t> number_of; ///< by row: the first of equal ones
};

VersionOrder order_versions(const std::vector<pep::Version>& versions) {
    std::vector<uint32_t> sorted(versions.size());
    std::iota(sorted.begin(), sorted.end(), 0u);
    std::ranges::stable_sort(sorted,
                             [&](uint32_t a, uint32_t b) { return versions[a] < versions[b]; });
    VersionOrder order;
    order.row_of.resize(versions.size());
    for (uint32_t number : sorted) {
        if (order.number_of.empty() || versions[order.number_of.back()] != versions[number]) {
            order.number_of.push_back(number);
        }
        order.row_of[number] = static_cast<uint32_t>(order.number_of.size() - 1);
    }
    return order;
}

} // namespace

std::string PageBuilder::finish() {
    if (status_ == ProjectStatus::quarantined) {
        files_.clear(); // PEP 792: nothing of it may be installed
    }
    // Versions of files that were dropped must not show: number again by what is left.
    std::vector<pep::Version> used;
    std::vector<uint32_t> renumbered(versions_.size(), UINT32_MAX);
    for (File& file : files_) {
        if (renumbered[file.version] == UINT32_MAX) {
            renumbered[file.version] = static_cast<uint32_t>(used.size());
            used.push_back(versions_[file.version]);
        }
    }
    VersionOrder order = order_versions(used);
    for (File& file : files_) {
        file.version = order.row_of[renumbered[file.version]];
    }
    sort_files();
    drop_doubles();

    size_t versions_at = Header::bytes;
    size_t files_at = versions_at + order.number_of.size() * Version::bytes;
    RecordWriter writer(files_at + files_.size() * page_layout::File::bytes);
    writer.put(Header::magic, magic);
    writer.put(Header::versions, static_cast<uint32_t>(order.number_of.size()));
    writer.put(Header::files, static_cast<uint32_t>(files_.size()));
    writer.put(Header::status, static_cast<uint32_t>(status_));
    writer.put_text(Header::name, project_.str());
    writer.put_text(Header::status_reason, status_reason_);
    writer.put_text(Header::page_url, page_text_);

    size_t next = 0;
    for (uint32_t row = 0; row < order.number_of.size(); ++row) {
        const pep::Version& version = used[order.number_of[row]];
        size_t at = versions_at + row * Version::bytes;
        uint32_t flags = (version.is_prerelease() ? version_prerelease : 0) |
                         (version.local().empty() ? 0 : version_local) | version_yanked;
        size_t first = next;
        for (; next < files_.size() && files_[next].version == row; ++next) {
            flags |= files_[next].kind == FileKind::sdist ? version_has_sdist : version_has_wheel;
            flags &= files_[next].is_yanked ? ~uint32_t{0} : ~version_yanked;
            encode_file(writer, files_at + next * page_layout::File::bytes, files_[next]);
        }
        writer.put_text(at + Version::text, version.str());
        writer.put(at + Version::flags, flags);
        writer.put(at + Version::file_first, static_cast<uint32_t>(first));
        writer.put(at + Version::file_count, static_cast<uint32_t>(next - first));
    }
    check(next == files_.size());
    writer.put(Header::record_bytes, static_cast<uint32_t>(writer.size()));
    return writer.finish();
}

void PageBuilder::sort_files() {
    std::vector<uint32_t> order(files_.size());
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::sort(order, [&](uint32_t a, uint32_t b) {
        const File& one = files_[a];
        const File& other = files_[b];
        return std::tie(one.version, one.kind, one.file_name, a) <
               std::tie(other.version, other.kind, other.file_name, b);
    });
    std::vector<File> sorted;
    sorted.reserve(files_.size());
    for (uint32_t row : order) {
        sorted.push_back(std::move(files_[row]));
    }
    files_ = std::move(sorted);
}

/// A file that is listed twice is one file, for which all hashes must hold; of several sources the
/// first counts.
void PageBuilder::drop_doubles() {
    size_t kept = 0;
    for (size_t i = 0; i < files_.size(); ++i) {
        File* last = kept == 0 ? nullptr : &files_[kept - 1];
        bool is_double = last != nullptr && last->version == files_[i].version &&
                         last->file_name == files_[i].file_name;
        if (is_double) {
            if (last->source == files_[i].source && last->hashes != files_[i].hashes) {
                last->hashes += " " + files_[i].hashes;
            }
            continue;
        }
        if (kept != i) {
            files_[kept] = std::move(files_[i]);
        }
        ++kept;
    }
    files_.erase(files_.begin() + static_cast<std::ptrdiff_t>(kept), files_.end());
}

void PageBuilder::encode_file(RecordWriter& writer, size_t at, const File& file) {
    using Row = page_layout::File;
    writer.put_own_text(at + Row::file_name, file.file_name);
    writer.put_own_text(at + Row::url, file.url);
    writer.put_text(at + Row::requires_python, file.requires_python);
    writer.put_text(at + Row::yanked_reason, file.yanked_reason);
    writer.put_own_text(at + Row::metadata_hash, file.metadata_hash);
    writer.put_own_text(at + Row::hashes, file.hashes);
    writer.put_text(at + Row::index_url, file.index_url);
    writer.put(at + Row::size, file.size_bytes.value_or(0));
    writer.put(at + Row::upload_time, file.upload_time.value_or(Timestamp{}).microseconds);
    uint32_t flags = (file.kind == FileKind::sdist ? file_sdist : 0) |
                     (file.is_yanked ? file_yanked : 0) |
                     (file.has_metadata ? file_has_metadata : 0) |
                     (file.size_bytes ? file_has_size : 0) | (file.upload_time ? file_has_time : 0);
    writer.put(at + Row::flags, flags);
    writer.put(at + Row::version, file.version);
    writer.put(at + Row::source, file.source);
    writer.put(at + Row::tags_begin, file.tags_begin);
    writer.put(at + Row::tags_length, file.tags_length);
    writer.put(at + Row::build_begin, file.build_begin);
    writer.put(at + Row::build_length, file.build_length);
}

} // namespace pawl::index
