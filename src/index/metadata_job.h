#pragma once
// One file whose metadata is asked for. Included by MetadataFinder's own files only.

#include "index/metadata_finder.h"

namespace pawl::index {

/// What is known of a remote zip so far: its last bytes, and one more stretch.
struct MetadataFinder::RangeRead final : BodySink {
    bool begin(int status, const Headers& headers) override;
    bool write(std::string_view bytes) override;

    uint64_t asked_first = 0; ///< of the range under way; meaningless for a suffix
    bool is_suffix = false;
    bool takes_whole = false;      ///< a small file sent whole instead of its tail is fine
    bool ignored_range = false;    ///< the server sent the whole file
    bool is_wrong = false;         ///< another range came than was asked for
    std::optional<uint64_t> total; ///< of the file
    std::string etag;
    std::string received;
    uint64_t received_first = 0;

    std::string tail; ///< the file's bytes from tail_first to its end
    uint64_t tail_first = 0;
    int requests = 0;
    bool asked_size = false;
};

struct MetadataFinder::Job {
    FileId id;
    std::string key;
    DistributionFile file;
    std::optional<Result<MetadataAnswer>> result;
    bool is_try = false;  ///< its unannounced file tells whether the index has such
    int cuts = 0;         ///< answers that may have been cut unseen
    uint64_t request = 0; ///< 0: none is under way
    std::unique_ptr<RangeRead> parts;
};

} // namespace pawl::index
