#include "base/terminal.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "base/clock.h"
#include "base/text.h"

namespace pawl {

namespace {

constexpr std::string_view red = "\x1b[1;31m";
constexpr std::string_view yellow = "\x1b[1;33m";
constexpr std::string_view cyan = "\x1b[36m";
constexpr std::string_view plain = "\x1b[0m";
constexpr std::string_view erase_line = "\r\x1b[K";

void write_to(FILE* stream, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stream);
}

bool wants_color(Terminal::Color color, bool interactive) {
    if (color != Terminal::Color::automatic) {
        return color == Terminal::Color::always;
    }
    const char* no_color = std::getenv("NO_COLOR");
    const char* term = std::getenv("TERM");
    bool dumb = term == nullptr || *term == '\0' || std::string_view(term) == "dumb";
    return interactive && !dumb && (no_color == nullptr || *no_color == '\0');
}

} // namespace

Terminal::Terminal(Options options)
    : options_(options), interactive_(isatty(STDERR_FILENO) == 1),
      colored_(wants_color(options.color, interactive_)) {}

Terminal::~Terminal() {
    progress_end();
}

void Terminal::out(std::string_view text) {
    std::lock_guard guard(mutex_);
    if (!text.empty()) {
        has_output_ = true;
    }
    write_to(stdout, text);
}

void Terminal::line(std::string_view prefix, std::string_view color, std::string_view text) {
    std::lock_guard guard(mutex_);
    std::string whole;
    if (progress_shown_) {
        whole += erase_line;
        progress_shown_ = false;
    }
    if (!prefix.empty()) {
        whole += colored_ ? color : "";
        whole += prefix;
        whole += colored_ ? plain : "";
    }
    whole += text;
    whole += '\n';
    write_to(stderr, whole);
}

void Terminal::note(std::string_view text) {
    if (options_.verbosity != Verbosity::quiet) {
        line("", "", text);
    }
}

void Terminal::detail(std::string_view text) {
    if (options_.verbosity == Verbosity::verbose) {
        line("", "", text);
    }
}

void Terminal::warn(std::string_view text) {
    {
        std::lock_guard guard(mutex_);
        std::string marked = "\n" + std::string(text) + "\n";
        if (warned_.find(marked) != std::string::npos) {
            return;
        }
        warned_ += marked;
    }
    line("warning: ", yellow, text);
}

void Terminal::error(const Error& error) {
    line("error: ", red,
         colored_ ? replace_all(error.message, "\n  hint: ",
                                "\n  " + std::string(cyan) + "hint:" + std::string(plain) + " ")
                  : error.message);
}

void Terminal::progress(std::string_view what, uint64_t done, uint64_t total) {
    constexpr int64_t shown_after_ns = 500'000'000;
    constexpr int64_t redrawn_after_ns = 100'000'000;
    if (!interactive_ || !options_.progress || options_.verbosity == Verbosity::quiet) {
        return;
    }
    std::lock_guard guard(mutex_);
    int64_t time_ns = monotonic_ns();
    if (progress_began_ns_ == 0) {
        progress_began_ns_ = time_ns;
    }
    if (time_ns - progress_began_ns_ < shown_after_ns ||
        time_ns - progress_drawn_ns_ < redrawn_after_ns) {
        return;
    }
    progress_drawn_ns_ = time_ns;
    progress_shown_ = true;
    constexpr uint64_t bar_width = 24;
    uint64_t filled = total == 0 ? 0 : bar_width * std::min(done, total) / total;
    std::string bar(filled, '#');
    bar.resize(bar_width, '.');
    std::string whole(erase_line);
    whole += total == 0 ? std::string() : "[" + bar + "] ";
    whole += what;
    write_to(stderr, whole);
    std::fflush(stderr);
}

void Terminal::progress_end() {
    std::lock_guard guard(mutex_);
    if (progress_shown_) {
        write_to(stderr, erase_line);
        progress_shown_ = false;
    }
    progress_began_ns_ = 0;
}

bool Terminal::confirm(std::string_view question) {
    if (!interactive_ || isatty(STDIN_FILENO) != 1) {
        return false;
    }
    progress_end();
    std::lock_guard guard(mutex_);
    write_to(stderr, std::string(question) + " [y/N] ");
    std::fflush(stderr);
    std::array<char, 64> answer{};
    if (std::fgets(answer.data(), answer.size(), stdin) == nullptr) {
        return false;
    }
    std::string word = to_lower(trim(answer.data()));
    return word == "y" || word == "yes";
}

} // namespace pawl
