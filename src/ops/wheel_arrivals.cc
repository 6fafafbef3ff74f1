#include "ops/wheel_arrivals.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/fs.h"
#include "base/parallel.h"
#include "base/text.h"

namespace pawl::ops {

namespace {

/// The caller's thread fills the queue, the workers empty it, the largest first.
class Arrivals : public index::DownloadWatcher {
  public:
    Arrivals(std::span<const index::Download> downloads,
             const std::function<Result<>(size_t)>& work, Terminal& terminal)
        : downloads_(downloads), work_(work), terminal_(terminal) {
        size_t count = std::min(downloads.size(), processor_count());
        for (size_t i = 0; i < count; ++i) {
            workers_.emplace_back([this] { run(); });
        }
    }
    ~Arrivals() override { end(true); }

    void on_progress(const index::DownloadProgress& progress) override {
        terminal_.progress("downloading " + std::to_string(progress.files_done) + "/" +
                               std::to_string(progress.files_total) + "  " +
                               format_bytes(progress.bytes_done),
                           progress.bytes_done, progress.bytes_total);
    }
    void on_file(size_t index) override {
        auto found = fs::stat(downloads_[index].path);
        uint64_t size_bytes = found && *found ? (*found)->size_bytes : 0;
        std::lock_guard guard(mutex_);
        queue_.push_back({index, size_bytes});
        pending_bytes_ += size_bytes;
        has_more_.notify_one();
    }
    uint64_t pending_bytes() override {
        std::lock_guard guard(mutex_);
        return pending_bytes_;
    }
    bool has_given_up() override {
        std::lock_guard guard(mutex_);
        return error_.has_value();
    }

    /// Everything has come: waits for the work that is left.
    Result<> finish() {
        end(false);
        if (error_) {
            return fail(std::move(*error_));
        }
        return {};
    }

  private:
    struct Item {
        size_t index = 0;
        uint64_t size_bytes = 0;
    };

    void end(bool is_given_up) {
        {
            std::lock_guard guard(mutex_);
            is_complete_ = true;
            if (is_given_up) {
                queue_.clear();
            }
            has_more_.notify_all();
        }
        workers_.clear(); // joins
    }

    void run() {
        std::unique_lock hold(mutex_);
        for (;;) {
            has_more_.wait(hold, [this] { return is_complete_ || !queue_.empty(); });
            if (queue_.empty() || error_) {
                return;
            }
            auto largest = std::ranges::max_element(queue_, {}, &Item::size_bytes);
            Item item = *largest;
            queue_.erase(largest);
            hold.unlock();
            Result<> result = work_(item.index);
            static_cast<void>(fs::remove_file(downloads_[item.index].path));
            hold.lock();
            pending_bytes_ -= item.size_bytes;
            if (!result && (!error_ || item.index < failed_index_)) {
                failed_index_ = item.index;
                error_ = std::move(result.error());
            }
        }
    }

    std::span<const index::Download> downloads_;
    const std::function<Result<>(size_t)>& work_;
    Terminal& terminal_;
    std::mutex mutex_; ///< over all below but the threads
    std::condition_variable has_more_;
    std::vector<Item> queue_;
    uint64_t pending_bytes_ = 0;
    bool is_complete_ = false; ///< nothing more will come
    std::optional<Error> error_;
    size_t failed_index_ = 0;
    std::vector<std::jthread> workers_; ///< last: they use what is above
};

} // namespace

Result<> download_and_work(index::Client& client, std::span<const index::Download> downloads,
                           const std::function<Result<>(size_t)>& work, Terminal& terminal) {
    Arrivals arrivals(downloads, work, terminal);
    Result<> done = client.download(downloads, &arrivals);
    terminal.progress_end();
    TRY(std::move(done));
    return arrivals.finish();
}

} // namespace pawl::ops
