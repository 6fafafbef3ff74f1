#pragma once
// What the user sees. Results go to stdout through out(); everything else goes to stderr. Foreign
// text passes printable() before it gets here. Callable from any thread.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pawl {

class Terminal {
  public:
    enum class Verbosity : unsigned char { quiet, normal, verbose };
    enum class Color : unsigned char { automatic, always, never };
    struct Options {
        Verbosity verbosity = Verbosity::normal;
        Color color = Color::automatic;
        bool progress = true;
    };

    Terminal() = default;
    explicit Terminal(Options options);
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal();

    /// A result, to stdout, as it is (no line end added).
    void out(std::string_view text);
    /// Whether there was any.
    bool has_output() const { return has_output_; }
    /// A line about what was done; left out under -q.
    void note(std::string_view line);
    /// A line for who asked with -v.
    void detail(std::string_view line);
    /// "warning: …"; shown under -q too; the same warning once only.
    void warn(std::string_view line);
    /// "error: …", with hints on lines of their own.
    void error(const Error& error);

    /// One line that is rewritten at most ten times a second; shows itself after half a second.
    void progress(std::string_view what, uint64_t done, uint64_t total);
    void progress_end();

    /// Asks on the terminal; false when there is none or the answer is not yes.
    bool confirm(std::string_view question);
    bool is_interactive() const { return interactive_; }
    Verbosity verbosity() const { return options_.verbosity; }

  private:
    void line(std::string_view prefix, std::string_view color, std::string_view text);

    std::mutex mutex_;
    Options options_;
    bool interactive_ = false;
    bool colored_ = false;
    std::atomic<bool> has_output_ = false;
    bool progress_shown_ = false;
    int64_t progress_began_ns_ = 0;
    int64_t progress_drawn_ns_ = 0;
    std::string warned_;
};

} // namespace pawl
