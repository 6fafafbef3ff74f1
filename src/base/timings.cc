#include "base/timings.h"

#include <array>
#include <cstdio>

#include "base/clock.h"

namespace pawl {

Timings::Scope::Scope(Timings& timings, std::string_view name)
    : timings_(timings), name_(name), begin_ns_(monotonic_ns()) {}

Timings::Scope::~Scope() {
    timings_.add(name_, monotonic_ns() - begin_ns_);
}

void Timings::add(std::string_view name, int64_t nanoseconds) {
    std::lock_guard guard(mutex_);
    auto found = entries_.find(name);
    if (found == entries_.end()) {
        found = entries_.emplace(std::string(name), Entry{}).first;
    }
    found->second.count += 1;
    found->second.nanoseconds += nanoseconds;
}

std::string Timings::report() const {
    std::lock_guard guard(mutex_);
    std::string text;
    std::array<char, 128> line{};
    for (const auto& [name, entry] : entries_) {
        std::snprintf(line.data(), line.size(), "%-32s %6lld %10.3f ms\n", name.c_str(),
                      static_cast<long long>(entry.count),
                      static_cast<double>(entry.nanoseconds) / 1e6);
        text += line.data();
    }
    return text;
}

} // namespace pawl
