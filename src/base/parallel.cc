#include "base/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace pawl {

size_t processor_count() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) {
        return 1;
    }
    return std::clamp<size_t>(static_cast<size_t>(CPU_COUNT(&set)), 1, 64);
}

Result<> parallel_for(size_t count, const std::function<Result<>(size_t)>& work,
                      size_t threads_max) {
    std::atomic<size_t> next{0};
    std::atomic<bool> failed{false};
    std::mutex mutex;
    size_t failed_index = count;
    std::optional<Error> first_error;

    auto run = [&] {
        for (;;) {
            size_t index = next.fetch_add(1);
            if (index >= count || failed.load()) {
                return;
            }
            Result<> result = work(index);
            if (!result) {
                failed.store(true);
                std::lock_guard guard(mutex);
                if (index < failed_index) {
                    failed_index = index;
                    first_error = std::move(result.error());
                }
            }
        }
    };
    size_t threads = std::min(count, threads_max == 0 ? processor_count() : threads_max);
    std::vector<std::jthread> others;
    for (size_t i = 1; i < threads; ++i) {
        others.emplace_back(run);
    }
    run();
    others.clear(); // joins
    if (first_error) {
        return fail(std::move(*first_error));
    }
    return {};
}

} // namespace pawl
