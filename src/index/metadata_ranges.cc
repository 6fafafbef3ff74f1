// The part of MetadataFinder that looks into archives: a remote wheel by ranges, files on this
// machine whole.
//
// A zip is read from its end: the last bytes say where the directory of members is, that says where
// METADATA is. One request is enough for most wheels, as both stand at the end; a large directory
// or an oddly packed wheel takes two or three. Everything passes archive::ZipDirectory, the same
// reader that the whole file would pass.

#include <algorithm>

#include "archive/sdist.h"
#include "archive/zip_reader.h"
#include "base/text.h"
#include "index/content_range.h"
#include "index/metadata_job.h"

namespace pawl::index {

namespace {

constexpr uint64_t tail_bytes = 128 * 1024;
constexpr uint64_t before_directory_bytes = 32 * 1024;
constexpr uint64_t whole_bytes_max = 512 * 1024; // sent instead of a tail: taken as it comes
constexpr uint64_t part_bytes_max = uint64_t{64} << 20;
constexpr int range_requests_max = 5;

std::string_view header(const Headers& headers, std::string_view name) {
    auto found = std::ranges::find(headers, name, &Headers::value_type::first);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

/// The one "X.dist-info/METADATA" at the top of a wheel; null when there is none or more than one.
const archive::ZipEntry* find_metadata(std::span<const archive::ZipEntry> entries) {
    const archive::ZipEntry* found = nullptr;
    for (const archive::ZipEntry& entry : entries) {
        std::string_view path = entry.path;
        size_t slash = path.find('/');
        if (slash != std::string_view::npos && path.substr(slash) == "/METADATA" &&
            path.substr(0, slash).ends_with(".dist-info")) {
            if (found != nullptr) {
                return nullptr;
            }
            found = &entry;
        }
    }
    return found;
}

constexpr const char* no_metadata = "it does not have exactly one .dist-info/METADATA";

} // namespace

bool MetadataFinder::RangeRead::begin(int status, const Headers& headers) {
    received.clear();
    if (status == 200) {
        auto length = parse_unsigned(header(headers, "content-length"));
        ignored_range = true;
        received_first = 0;
        total = length;
        return takes_whole && length && *length <= whole_bytes_max;
    }
    if (status != 206) {
        return false;
    }
    auto range = parse_content_range(header(headers, "content-range"));
    std::string_view tag = header(headers, "etag");
    bool is_same = etag.empty() || tag.empty() || tag == etag;
    bool is_asked = range && range->total && (is_suffix || range->first == asked_first);
    if (!is_asked || !is_same || (total && *total != *range->total)) {
        is_wrong = true;
        return false;
    }
    received_first = range->first;
    total = range->total;
    etag = tag;
    return true;
}

bool MetadataFinder::RangeRead::write(std::string_view bytes) {
    received.append(bytes);
    return received.size() <= part_bytes_max;
}

void MetadataFinder::fetch_by_ranges(Job& job) {
    if (ability(job).has_ranges == Belief::no) {
        fetch_whole(job);
        return;
    }
    job.parts = std::make_unique<RangeRead>();
    job.parts->total = job.file.size_bytes;
    ask_tail(job);
}

void MetadataFinder::ask_tail(Job& job) {
    RangeRead& parts = *job.parts;
    if (parts.total && *parts.total <= tail_bytes) {
        fetch_whole(job); // no dearer, and checked by its digest
        return;
    }
    parts.takes_whole = true;
    parts.is_suffix = !parts.total;
    if (parts.total) {
        ask_range(job, *parts.total - tail_bytes, *parts.total - 1);
    } else {
        ask_range(job, 0, 0);
    }
}

void MetadataFinder::ask_range(Job& job, uint64_t first, uint64_t last) {
    RangeRead& parts = *job.parts;
    if (++parts.requests > range_requests_max) {
        fetch_whole(job);
        return;
    }
    parts.asked_first = first;
    std::string range = parts.is_suffix ? "-" + std::to_string(tail_bytes)
                                        : std::to_string(first) + "-" + std::to_string(last);
    HttpRequest request{.url = *job.file.url, .what = printable(job.file.file_name)};
    request.may_be_encoded = false; // ranges are of the file's own bytes
    request.headers = {"Range: bytes=" + range};
    request.body_bytes_max = part_bytes_max;
    request.wait_ms_max = context_.options.network.page_wait_ms_max;
    request.sink = &parts;
    job.request =
        context_.http.start(std::move(request), [this, &job](Result<HttpResponse> response) {
            job.request = 0;
            on_range(job, std::move(response));
        });
}

/// Some servers know ranges but none that count from the end: ask how long the file is.
void MetadataFinder::ask_size(Job& job) {
    HttpRequest request{.url = *job.file.url, .what = printable(job.file.file_name)};
    request.is_head = true;
    request.may_be_encoded = false;
    request.wait_ms_max = context_.options.network.page_wait_ms_max;
    job.parts->asked_size = true;
    job.request =
        context_.http.start(std::move(request), [this, &job](Result<HttpResponse> response) {
            job.request = 0;
            auto length = response && response->status == 200
                              ? parse_unsigned(response->header("content-length"))
                              : std::nullopt;
            if (!length || *length == 0) {
                fetch_whole(job);
                return;
            }
            job.parts->total = length;
            ask_tail(job);
        });
}

void MetadataFinder::on_range(Job& job, Result<HttpResponse> response) {
    RangeRead& parts = *job.parts;
    Ability& index = ability(job);
    if (parts.is_wrong) { // the file changes, or the server counts wrongly
        fetch_whole(job);
        return;
    }
    if (parts.ignored_range) {
        bool is_whole = response && parts.total && parts.received.size() == *parts.total;
        index.has_ranges = Belief::no;
        learn(job);
        if (!is_whole || !parts.takes_whole) {
            fetch_whole(job);
            return;
        }
    } else if (!response) {
        settle_error(job, std::move(response.error()));
        return;
    } else if (response->status == 401 || response->status == 403 || response->status == 404 ||
               response->status == 429) {
        settle_error(job, status_error(*response, printable(job.file.file_name)));
        return;
    } else if (response->status != 206) {
        if (parts.is_suffix && !parts.asked_size) {
            ask_size(job);
        } else {
            index.has_ranges = Belief::no;
            learn(job);
            fetch_whole(job);
        }
        return;
    } else {
        index.has_ranges = Belief::yes;
    }
    parts.is_suffix = false;
    parts.takes_whole = false;
    if (parts.tail.empty()) {
        parts.tail = std::move(parts.received);
        parts.tail_first = parts.received_first;
        parts.received.clear();
    }
    read_zip_parts(job);
}

/// Goes on with what is there: asks for the next stretch, or reads METADATA.
void MetadataFinder::read_zip_parts(Job& job) {
    RangeRead& parts = *job.parts;
    std::string place = shown_url(*job.file.url);
    uint64_t total = *parts.total;
    if (parts.tail_first + parts.tail.size() != total || total < parts.tail.size()) {
        fetch_whole(job);
        return;
    }
    auto begin = archive::ZipDirectory::locate(parts.tail, total);
    if (!begin) {
        settle_error(job, std::move(begin.error()).in(place));
        return;
    }
    if (*begin < parts.tail_first) {
        bool is_next = !parts.received.empty() &&
                       parts.received_first + parts.received.size() == parts.tail_first;
        if (!is_next) {
            // Before the directory stands RECORD, mostly, which is no larger, and before that
            // METADATA: one request for all.
            uint64_t more = std::max(before_directory_bytes, total - *begin);
            ask_range(job, *begin - std::min(*begin, more), parts.tail_first - 1);
            return;
        }
        parts.tail_first = parts.received_first;
        parts.tail = std::move(parts.received) + parts.tail;
        parts.received.clear();
    }
    auto directory = archive::ZipDirectory::parse(parts.tail, total);
    if (!directory) {
        settle_error(job, std::move(directory.error()).in(place));
        return;
    }
    const archive::ZipEntry* entry = find_metadata(directory->entries());
    if (entry == nullptr) {
        settle_error(job, {Error::Kind::input, place + ": " + no_metadata});
        return;
    }
    std::string_view bytes;
    if (entry->begin >= parts.tail_first) {
        bytes = std::string_view(parts.tail)
                    .substr(entry->begin - parts.tail_first, entry->end - entry->begin);
    } else if (!parts.received.empty() && parts.received_first == entry->begin) {
        bytes = parts.received;
        bytes = bytes.substr(0, entry->end - entry->begin);
    } else if (entry->end - entry->begin > part_bytes_max) {
        settle_error(job, {Error::Kind::refused, place + ": its METADATA is too large"});
        return;
    } else {
        ask_range(job, entry->begin, entry->end - 1);
        return;
    }
    auto text = archive::ZipDirectory::read_member(*entry, bytes, metadata_bytes_max);
    if (!text) {
        settle_error(job, std::move(text.error()).in(place));
        return;
    }
    take_text(job, *text);
}

void MetadataFinder::read_local(Job& job, const std::string& path) {
    std::string place = printable(job.file.file_name);
    auto mapped = fs::MappedFile::open(path);
    if (!mapped) {
        settle_error(job, std::move(mapped.error()));
        return;
    }
    if (job.file.kind == FileKind::sdist) {
        auto text = archive::read_pkg_info(mapped->bytes(), job.file.file_name, metadata_bytes_max);
        if (text) {
            take_text(job, *text);
        } else if (text.error().kind == Error::Kind::input) {
            take_text(job, ""); // none: nothing is promised, so it must be built
        } else {
            settle_error(job, std::move(text.error()).in(place));
        }
        return;
    }
    auto zip = archive::ZipReader::open(mapped->bytes());
    if (!zip) {
        settle_error(job, std::move(zip.error()).in(place));
        return;
    }
    const archive::ZipEntry* entry = find_metadata(zip->entries());
    if (entry == nullptr) {
        settle_error(job, {Error::Kind::input, place + ": " + no_metadata});
        return;
    }
    auto text = zip->read(*entry, metadata_bytes_max);
    if (text) {
        take_text(job, *text);
    } else {
        settle_error(job, std::move(text.error()).in(place));
    }
}

} // namespace pawl::index
