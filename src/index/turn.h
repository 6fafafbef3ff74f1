#pragma once
// What lets several threads use one Client: each call holds the turn from its begin to its end and
// gives it up only while it waits for the network. So everything behind the Client is written as
// for one thread, and nobody stands still because another one waits.

#include <condition_variable>
#include <mutex>

namespace pawl::index {

class Turn {
  public:
    using Hold = std::unique_lock<std::mutex>;
    [[nodiscard]] Hold take() { return Hold(mutex_); }

    /// For who holds the turn: calls `wait` with the turn given up, and comes back with it. One
    /// thread waits for all: where one does already, this only comes back when that one does, or
    /// when somebody tells of progress.
    template <class Wait>
    void wait_outside(const Wait& wait) {
        Hold hold(mutex_, std::adopt_lock);
        if (is_waiting_) {
            progress_.wait(hold);
        } else {
            is_waiting_ = true;
            hold.unlock();
            wait();
            hold.lock();
            is_waiting_ = false;
            progress_.notify_all();
        }
        hold.release(); // it stays the caller's
    }

    /// For who holds the turn.
    bool is_somebody_waiting() const { return is_waiting_; }
    void tell_progress() { progress_.notify_all(); }

  private:
    std::mutex mutex_;
    std::condition_variable progress_;
    bool is_waiting_ = false;
};

} // namespace pawl::index
