#pragma once
// One entry of an index page, as the formats' readers hand it over. Shared with the part that is
// loaded on first use, so it needs nothing but the standard library.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pawl::index {

/// Decoded from its format, nothing checked.
struct PageEntry {
    std::string_view file_name;      ///< "" in HTML: the URL's last part is the name
    std::string_view url;            ///< may be relative; may have a hash in its fragment
    std::vector<std::string> hashes; ///< "sha256=ab12"
    std::string_view requires_python;
    std::optional<std::string_view> yanked; ///< the reason, perhaps ""
    bool has_metadata = false;
    std::string_view metadata_hash; ///< "sha256=…" or ""
    std::optional<uint64_t> size_bytes;
    std::string_view upload_time; ///< RFC 3339 or ""
};

/// Takes what a JSON page says, in the page's order; texts live during the call only.
class PageSink {
  public:
    virtual ~PageSink() = default;
    virtual void on_api_version(std::string_view version) = 0;
    virtual void on_status(std::string_view status, std::string_view reason) = 0;
    virtual void on_entry(const PageEntry& entry) = 0;
    /// An entry that is not of the shape that the API demands.
    virtual void on_bad_entry(std::string_view what, std::string_view why) = 0;
};

} // namespace pawl::index
