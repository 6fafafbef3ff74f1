#pragma once
// Numbers for random worlds.

#include <cstddef>
#include <cstdint>
#include <string>

namespace pawl::scenarios {

/// SplitMix64: the same numbers on every machine.
class Dice {
  public:
    explicit Dice(uint64_t seed) : state_(seed) {}
    uint64_t next() {
        state_ += 0x9E3779B97F4A7C15u;
        uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
    }
    /// From 0 up to, not including, `count`.
    size_t below(size_t count) { return static_cast<size_t>(next() % count); }
    bool chance(size_t percent) { return below(100) < percent; }
    template <size_t N>
    std::string one_of(const char* const (&texts)[N]) {
        return texts[below(N)];
    }

  private:
    uint64_t state_;
};

} // namespace pawl::scenarios
