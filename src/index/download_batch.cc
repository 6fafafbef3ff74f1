#include "index/download_batch.h"

#include <algorithm>
#include <numeric>

#include "base/clock.h"

namespace pawl::index {

namespace {

constexpr size_t running_max = 50;
/// On the disk and not dealt with, with what is under way; one file may always be larger.
constexpr uint64_t unsettled_bytes_max = uint64_t{512} << 20;
/// So much at most is charged for one file that is under way: a huge one does not keep others back.
constexpr uint64_t charge_bytes_max = unsettled_bytes_max / 2;
constexpr int64_t progress_every_ns = 50'000'000;

uint64_t charge_of(const Download& download) {
    return std::min(download.file.size_bytes.value_or(0), charge_bytes_max);
}

} // namespace

DownloadBatch::DownloadBatch(Downloads& downloads, std::span<const Download> files,
                             DownloadWatcher& watcher)
    : downloads_(downloads), files_(files), watcher_(watcher), states_(files.size()),
      order_(files.size()) {
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::ranges::stable_sort(order_, std::ranges::greater(),
                             [&](size_t i) { return files[i].file.size_bytes.value_or(0); });
    progress_.files_total = files.size();
    for (const Download& file : files) {
        progress_.bytes_total += file.file.size_bytes.value_or(0);
    }
}

DownloadBatch::~DownloadBatch() {
    for (const State& state : states_) {
        if (state.is_begun && !state.is_done) {
            downloads_.cancel(state.id);
        }
    }
}

bool DownloadBatch::has_room(const Download& next) const {
    uint64_t unsettled = running_bytes_ + watcher_.pending_bytes();
    return running_ < running_max &&
           (unsettled == 0 || unsettled + charge_of(next) <= unsettled_bytes_max);
}

void DownloadBatch::begin(size_t index) {
    uint64_t charge = charge_of(files_[index]);
    states_[index].is_begun = true;
    ++running_;
    running_bytes_ += charge;
    states_[index].id = downloads_.start(files_[index].file, files_[index].path,
                                         [this, index, charge](Result<> result) {
                                             states_[index].is_done = true;
                                             --running_;
                                             running_bytes_ -= charge;
                                             if (result) {
                                                 arrived_.push_back(index);
                                             } else if (!first_error_) {
                                                 first_error_ = std::move(result.error());
                                             }
                                         });
}

void DownloadBatch::tell_progress() {
    progress_.bytes_done = 0;
    for (size_t i = 0; i < files_.size(); ++i) {
        progress_.bytes_done += states_[i].is_done ? files_[i].file.size_bytes.value_or(0)
                                                   : downloads_.bytes_of(states_[i].id);
    }
    watcher_.on_progress(progress_);
}

bool DownloadBatch::go_on() {
    while (!first_error_ && next_ < files_.size() && has_room(files_[order_[next_]])) {
        begin(order_[next_++]);
    }
    for (size_t index : std::exchange(arrived_, {})) {
        ++progress_.files_done;
        progress_.current = files_[index].file.file_name;
        watcher_.on_file(index);
    }
    const bool is_done = progress_.files_done == files_.size();
    if (is_done || monotonic_ns() - told_ns_ >= progress_every_ns) {
        told_ns_ = monotonic_ns();
        tell_progress();
    }
    return !is_done && !first_error_ && !watcher_.has_given_up();
}

Result<> DownloadBatch::take_result() {
    if (first_error_) {
        return fail(std::move(*first_error_));
    }
    return {};
}

} // namespace pawl::index
