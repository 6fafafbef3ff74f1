#pragma once
// How long an answer may be used again without asking (RFC 9111, a private cache), and with what to
// ask when it may not.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "index/fetch/fetcher.h"

namespace pawl::index {

struct CachePolicy {
    int64_t stored_s = 0;      ///< when it was received or last confirmed, since 1970
    int64_t fresh_s = 0;       ///< how long from then on it needs no question
    std::string etag;          ///< "" when there is none
    std::string last_modified; ///< as the server wrote it
    bool may_be_stored = true; ///< no-store was not said
    bool is_absent = false;    ///< the answer was 404: the index does not know the project

    static CachePolicy from(const Headers& headers, int64_t now_s);
    bool is_fresh(int64_t now_s) const;
    /// If-None-Match or If-Modified-Since; nothing when the answer cannot be confirmed.
    std::vector<std::string> conditions() const;
    /// What a 304 changes: the times, and validators that it brings.
    void confirm(const Headers& headers, int64_t now_s);

    std::string encode() const;
    static std::optional<CachePolicy> decode(std::string_view bytes);
};

} // namespace pawl::index
