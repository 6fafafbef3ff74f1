#pragma once
// Built-in stop watches, always compiled in and shown by `--timings`. A Timings belongs to one
// command and is passed to what wants to measure; callable from any thread.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace pawl {

class Timings {
  public:
    /// Measures until it is destroyed.
    class Scope {
      public:
        Scope(Timings& timings, std::string_view name);
        ~Scope();
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

      private:
        Timings& timings_;
        std::string_view name_;
        int64_t begin_ns_;
    };

    void add(std::string_view name, int64_t nanoseconds);
    /// "name  count  milliseconds" lines, in order of name.
    std::string report() const;

  private:
    struct Entry {
        int64_t count = 0;
        int64_t nanoseconds = 0;
    };
    mutable std::mutex mutex_;
    std::map<std::string, Entry, std::less<>> entries_;
};

} // namespace pawl
