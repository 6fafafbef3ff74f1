#pragma once
// What the parts of a Client share. For who holds the Client's turn.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/fs.h"
#include "index/client.h"
#include "index/http.h"
#include "index/record_cache.h"

namespace pawl::index {

constexpr uint64_t page_bytes_max = uint64_t{64} << 20;
constexpr uint64_t metadata_bytes_max = uint64_t{16} << 20;
constexpr uint64_t file_bytes_max = uint64_t{16} << 30; ///< of one wheel or sdist

struct Context {
    Context(Options chosen, std::string cache_directory);

    const Options options;
    Turn turn;
    std::vector<std::string> source_urls; ///< without credentials, by source
    HttpClient http;
    RecordCache pages;
    RecordCache metadata;
    Counters counters;
    /// Files that were fetched whole only for their metadata: address → path below `scratch`.
    std::map<std::string, std::string> fetched_files;

    void warn(std::string text);
    std::vector<std::string> take_warnings();
    /// "offline and not in the cache: X"
    Error offline_error(std::string_view what) const;
    int64_t now_s() const { return now_s_; }
    /// A directory of this process alone, removed with the Context.
    Result<std::string> scratch_directory();

  private:
    std::string cache_directory_;
    std::set<std::string> warned_;
    std::vector<std::string> warnings_;
    std::optional<fs::TemporaryDirectory> scratch_;
    int64_t now_s_;
};

} // namespace pawl::index
