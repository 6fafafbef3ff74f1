// Two processes: this one watches, the other is `pawl run` as it always is, without --watch, which
// becomes the script. So the script is what it would be otherwise: it has the terminal (both are in
// one process group, and Ctrl-C goes to both), its streams and its own way to end.
//
// Signals are taken from a descriptor, so that one poll() waits for all there is: files, the end
// of the program, Ctrl-C.

#include "ops/watch.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/check.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/text.h"
#include "ops/remote_script.h"
#include "ops/watch_files.h"

namespace pawl::ops {

namespace {

/// Editors write in several steps: a change counts once this long nothing more has come.
constexpr int quiet_ms = 100;
constexpr int quiet_rounds_max = 20;
/// From SIGTERM (or Ctrl-C) to SIGKILL.
constexpr int64_t ending_ms_max = 5'000;

/// `pawl run` with these words, but for --watch.
std::vector<std::string> words_of(const RunRequest& request) {
    std::vector<std::string> words = {"pawl", "run"};
    for (const std::string& option : request.options) {
        if (option != "--watch" && option != "-m" && option != "--module") {
            words.push_back(option);
        }
    }
    words.emplace_back(request.is_module ? "-m" : "--");
    words.push_back(request.program);
    words.insert(words.end(), request.arguments.begin(), request.arguments.end());
    return words;
}

/// The program as a child, at most one at a time.
class Child {
  public:
    explicit Child(const RunRequest& request) : words_(words_of(request)) {
        for (std::string& word : words_) {
            pointers_.push_back(word.data());
        }
        pointers_.push_back(nullptr);
    }

    Result<> start(const sigset_t& mask) {
        check(!is_running());
        pid_t parent = ::getpid();
        pid_ = ::fork();
        if (pid_ < 0) {
            return fail(Error::Kind::environment, "cannot start a process for the script");
        }
        if (pid_ == 0) {
            ::sigprocmask(SIG_SETMASK, &mask, nullptr);
            ::prctl(PR_SET_PDEATHSIG, SIGTERM);
            if (::getppid() == parent) {
                ::execv("/proc/self/exe", pointers_.data());
            }
            ::_exit(static_cast<int>(Error::Kind::environment));
        }
        return {};
    }

    bool is_running() const { return pid_ > 0; }
    void signal(int number) const {
        if (is_running()) {
            ::kill(pid_, number);
        }
    }
    /// Its exit status as a shell says it, once it has ended.
    std::optional<int> ended() {
        int status = 0;
        if (!is_running() || ::waitpid(pid_, &status, WNOHANG) != pid_) {
            return std::nullopt;
        }
        pid_ = 0;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }

  private:
    std::vector<std::string> words_;
    std::vector<char*> pointers_;
    pid_t pid_ = 0;
};

class Watcher {
  public:
    Watcher(const RunRequest& request, Services& services, FolderWatch&& folders)
        : request_(request), services_(services), child_(request), folders_(std::move(folders)) {
        sigemptyset(&signals_);
        for (int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD}) {
            sigaddset(&signals_, number);
        }
        ::sigprocmask(SIG_BLOCK, &signals_, &mask_before_);
        signal_fd_ = fs::Fd(::signalfd(-1, &signals_, SFD_CLOEXEC | SFD_NONBLOCK));
    }
    ~Watcher() { ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr); }
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    /// Until a signal: its number.
    Result<int> run() {
        if (!signal_fd_.is_open()) {
            return fail(Error::Kind::environment, "cannot wait for signals");
        }
        look_again();
        TRY(child_.start(mask_before_));
        while (ending_ == 0) {
            wait(-1);
            tell_end();
            if (ending_ == 0 && folders_.take_events()) {
                TRY(restart_if_changed());
            }
        }
        end_child(is_from_terminal_ ? 0 : ending_);
        return ending_;
    }

  private:
    void look_again() {
        files_ = watched_files(request_, services_.settings(), files_);
        if (size_t failed = folders_.watch(files_); failed != 0) {
            services_.terminal().warn(std::to_string(failed) +
                                      " folders cannot be watched (fs.inotify.max_user_watches)");
        }
    }

    /// Waits for a signal or a file; takes the signals.
    void wait(int64_t wait_ms) {
        std::array<pollfd, 2> fds = {
            {{signal_fd_.get(), POLLIN, 0}, {folders_.descriptor(), POLLIN, 0}}};
        static_cast<void>(::poll(fds.data(), fds.size(), static_cast<int>(wait_ms)));
        take_signals();
    }

    void take_signals() {
        signalfd_siginfo info{};
        while (::read(signal_fd_.get(), &info, sizeof info) == sizeof info) {
            int number = static_cast<int>(info.ssi_signo);
            if (number != SIGCHLD) {
                is_impatient_ = ending_ != 0;
                ending_ = number;
                is_from_terminal_ = info.ssi_code == SI_KERNEL;
            }
        }
    }

    void tell_end() {
        if (std::optional<int> code = child_.ended(); code && ending_ == 0) {
            services_.terminal().note(
                printable(request_.program) +
                (*code == 0 ? " has ended" : " has ended with " + std::to_string(*code)) +
                "; waiting for a change (Ctrl-C ends)");
        }
    }

    /// Sends the signal, if any, and sees to it that the program is gone in a few seconds.
    void end_child(int number) {
        if (number != 0) {
            child_.signal(number);
        }
        is_impatient_ = false;
        int64_t deadline_ns = monotonic_ns() + ending_ms_max * 1'000'000;
        while (child_.is_running() && !child_.ended()) {
            int64_t left_ms = (deadline_ns - monotonic_ns()) / 1'000'000;
            if (left_ms <= 0 || is_impatient_) {
                child_.signal(SIGKILL);
            }
            std::array<pollfd, 1> fds = {{{signal_fd_.get(), POLLIN, 0}}};
            static_cast<void>(::poll(fds.data(), fds.size(),
                                     static_cast<int>(std::clamp<int64_t>(left_ms, 10, 100))));
            take_signals();
        }
    }

    Result<> restart_if_changed() {
        for (int round = 0; round < quiet_rounds_max && ending_ == 0; ++round) {
            std::array<pollfd, 1> fds = {{{folders_.descriptor(), POLLIN, 0}}};
            if (::poll(fds.data(), fds.size(), quiet_ms) <= 0) {
                break;
            }
            folders_.take_events();
        }
        WatchedFiles before = std::move(files_);
        files_ = before;
        look_again();
        std::string changed = before.change(files_);
        if (changed.empty()) {
            return {};
        }
        services_.terminal().note(printable(changed) + " has changed: starting again");
        end_child(SIGTERM);
        return ending_ == 0 ? child_.start(mask_before_) : Result<>();
    }

    const RunRequest& request_;
    Services& services_;
    Child child_;
    FolderWatch folders_;
    WatchedFiles files_;
    fs::Fd signal_fd_;
    sigset_t signals_{};
    sigset_t mask_before_{};
    int ending_ = 0;                // the signal that ends it all
    bool is_from_terminal_ = false; // then the program has got it, too
    bool is_impatient_ = false;     // a second one
};

} // namespace

Error watch_program(const RunRequest& request, Services& services) {
    if (!request.is_module && (request.program == "-" || is_url(request.program))) {
        return Error{Error::Kind::usage,
                     "--watch takes a program in files, not " + printable(request.program)};
    }
    Result<FolderWatch> folders = FolderWatch::create();
    if (!folders) {
        return std::move(folders.error());
    }
    Result<int> ended_by = Watcher(request, services, std::move(*folders)).run();
    if (!ended_by) {
        return std::move(ended_by.error());
    }
    services.close();
    ::signal(*ended_by, SIG_DFL);
    ::raise(*ended_by);
    return Error{Error::Kind::usage, "ended by signal " + std::to_string(*ended_by)};
}

} // namespace pawl::ops
