#pragma once
// Many files at once: begun as far as there is room, told of as they come.

#include <span>
#include <vector>

#include "index/client.h"
#include "index/downloads.h"

namespace pawl::index {

/// For who holds the Client's turn; what is still under way at the end is cancelled.
class DownloadBatch {
  public:
    DownloadBatch(Downloads& downloads, std::span<const Download> files, DownloadWatcher& watcher);
    ~DownloadBatch();
    DownloadBatch(const DownloadBatch&) = delete;
    DownloadBatch& operator=(const DownloadBatch&) = delete;

    /// Tells what has come and begins what there is room for. False: there is nothing to wait for.
    bool go_on();
    Result<> take_result();

  private:
    struct State {
        uint64_t id = 0;
        bool is_begun = false, is_done = false;
    };
    bool has_room(const Download& next) const;
    void begin(size_t index);
    void tell_progress();

    Downloads& downloads_;
    std::span<const Download> files_;
    DownloadWatcher& watcher_;
    std::vector<State> states_; ///< by file
    std::vector<size_t> order_; ///< of beginning: the largest first, which take longest to unpack
    size_t next_ = 0;           ///< the first in `order_` that is not begun
    size_t running_ = 0;
    uint64_t running_bytes_ = 0;  ///< charged for them
    std::vector<size_t> arrived_; ///< not told yet
    std::optional<Error> first_error_;
    DownloadProgress progress_;
    int64_t told_ns_ = 0;
};

} // namespace pawl::index
