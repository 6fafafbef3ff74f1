#include "index/download_sink.h"

#include <algorithm>

#include <unistd.h>

#include "base/text.h"
#include "index/content_range.h"

namespace pawl::index {

namespace {

std::string_view header(const Headers& headers, std::string_view name) {
    auto found = std::ranges::find(headers, name, &Headers::value_type::first);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

bool is_weak_only(const std::vector<Hash>& hashes) {
    bool has_weak = false;
    for (const Hash& hash : hashes) {
        if (is_strong_algorithm(hash.algorithm)) {
            return false;
        }
        has_weak = has_weak || is_known_algorithm(hash.algorithm);
    }
    return has_weak;
}

} // namespace

DownloadSink::DownloadSink(std::string path, std::vector<Hash> hashes,
                           std::optional<uint64_t> size_bytes)
    : path_(std::move(path)), hashes_(std::move(hashes)), size_bytes_(size_bytes),
      only_weak_(is_weak_only(hashes_)) {}

bool DownloadSink::give_up(Error error) {
    error_ = std::move(error);
    return false;
}

bool DownloadSink::restart() {
    written_ = 0;
    validator_.clear();
    if (file_.is_open()) {
        if (ftruncate(file_.get(), 0) != 0 || lseek(file_.get(), 0, SEEK_SET) != 0) {
            return give_up({Error::Kind::disk, path_ + ": cannot be truncated"});
        }
    } else {
        auto opened = fs::open_new(path_);
        if (!opened) {
            return give_up(std::move(opened.error()));
        }
        file_ = std::move(*opened);
    }
    checker_.reset();
    if (!hashes_.empty() && !only_weak_) {
        auto checker = HashChecker::create(hashes_);
        if (!checker) {
            return give_up(std::move(checker.error()));
        }
        checker_.emplace(std::move(*checker));
    }
    return true;
}

bool DownloadSink::begin(int status, const Headers& headers) {
    if (status == 206 && written_ > 0) {
        auto range = parse_content_range(header(headers, "content-range"));
        if (range && range->first == written_) {
            return true; // goes on where the last attempt was cut
        }
    }
    if (status == 206 || status == 416) {
        written_ = 0; // not where the last attempt was cut: the next one begins anew
        return false;
    }
    if (status != 200) {
        return false;
    }
    if (!restart()) {
        return false;
    }
    std::string_view tag = header(headers, "etag");
    validator_ = tag.starts_with('"') ? tag : std::string_view();
    return true;
}

bool DownloadSink::write(std::string_view bytes) {
    if (size_bytes_ && written_ + bytes.size() > *size_bytes_) {
        return give_up({Error::Kind::integrity, "the file is larger than was said before (" +
                                                    std::to_string(*size_bytes_) + " bytes)"});
    }
    if (checker_) {
        checker_->update(bytes);
    }
    if (auto written = fs::write_all(file_, bytes, path_); !written) {
        return give_up(std::move(written.error()));
    }
    written_ += bytes.size();
    return true;
}

std::vector<std::string> DownloadSink::resume_headers() const {
    if (written_ == 0 || validator_.empty()) {
        return {};
    }
    return {"Range: bytes=" + std::to_string(written_) + "-", "If-Range: " + validator_};
}

Result<> DownloadSink::finish(std::string_view what) {
    file_ = fs::Fd();
    if (size_bytes_ && written_ != *size_bytes_) {
        return fail(Error::Kind::integrity,
                    std::string(what) + ": has " + std::to_string(written_) +
                        " bytes, the index says " + std::to_string(*size_bytes_));
    }
    if (checker_) {
        return checker_->finish(what);
    }
    if (only_weak_) {
        std::string bytes = TRY(fs::read(path_));
        for (const Hash& hash : hashes_) {
            if (is_known_algorithm(hash.algorithm) &&
                digest_hex(hash.algorithm, bytes) != hash.hex) {
                return fail(Error::Kind::integrity, std::string(what) + ": its " + hash.algorithm +
                                                        " is not the one that the index gives");
            }
        }
    }
    return {};
}

} // namespace pawl::index
