#include "base/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/check.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/fs_system.h"

extern char** environ;

namespace pawl {

namespace {

struct Pipe {
    fs::Fd read, write;
};

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        return fs::system_error("create", "a pipe");
    }
    return Pipe{fs::Fd(ends[0]), fs::Fd(ends[1])};
}

std::vector<char*> as_pointers(std::span<const std::string> texts) {
    std::vector<char*> pointers;
    for (const std::string& text : texts) {
        pointers.push_back(const_cast<char*>(text.c_str()));
    }
    pointers.push_back(nullptr);
    return pointers;
}

/// posix_spawn's two attribute objects, released together.
class SpawnSetup {
  public:
    SpawnSetup() {
        check(posix_spawn_file_actions_init(&actions_) == 0);
        check(posix_spawnattr_init(&attributes_) == 0);
    }
    ~SpawnSetup() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }
    SpawnSetup(const SpawnSetup&) = delete;
    SpawnSetup& operator=(const SpawnSetup&) = delete;

    /// A process group of its own, default signals, the three streams, the directory.
    void prepare(const Pipe& in, const Pipe& out, const Pipe& err, const std::string& directory) {
        sigset_t none, defaults;
        sigemptyset(&none);
        sigemptyset(&defaults);
        for (int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
            sigaddset(&defaults, signal);
        }
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &defaults);
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                                   POSIX_SPAWN_SETSIGMASK);
        posix_spawn_file_actions_adddup2(&actions_, in.read.get(), STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, out.write.get(), STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, err.write.get(), STDERR_FILENO);
        if (!directory.empty()) {
            posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
        }
    }

    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

/// Moves bytes between the child's pipes and our texts until all are closed or time is up.
class Exchange {
  public:
    Exchange(Pipe in, Pipe out, Pipe err, const SpawnOptions& options)
        : in_(std::move(in.write)), out_(std::move(out.read)), err_(std::move(err.read)),
          input_(options.input), bytes_max_(options.output_bytes_max),
          deadline_ns_(monotonic_ns() + options.time_max.count() * 1'000'000) {
        for (const fs::Fd* fd : {&in_, &out_, &err_}) {
            fcntl(fd->get(), F_SETFL, O_NONBLOCK);
        }
        if (input_.empty()) {
            in_ = fs::Fd();
        }
    }

    /// False when the time is up or too much was printed.
    bool run(SpawnResult& result) {
        while (out_.is_open() || err_.is_open()) {
            int64_t left_ms = (deadline_ns_ - monotonic_ns()) / 1'000'000;
            std::array<pollfd, 3> fds = {
                {{in_.get(), POLLOUT, 0}, {out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}}};
            if (left_ms <= 0) {
                return false;
            }
            int wait_ms = static_cast<int>(std::min<int64_t>(left_ms, 60'000));
            if (poll(fds.data(), fds.size(), wait_ms) < 0 && errno != EINTR) {
                return false;
            }
            if (fds[0].revents != 0) {
                feed();
            }
            bool within = (fds[1].revents == 0 || drain(out_, result.out)) &&
                          (fds[2].revents == 0 || drain(err_, result.err));
            if (!within) {
                return false;
            }
        }
        return true;
    }

  private:
    void feed() {
        ssize_t written = ::write(in_.get(), input_.data(), input_.size());
        if (written > 0) {
            input_.remove_prefix(static_cast<size_t>(written));
        }
        bool broken = written < 0 && errno != EAGAIN && errno != EINTR;
        if (input_.empty() || broken) {
            in_ = fs::Fd();
        }
    }

    bool drain(fs::Fd& from, std::string& into) const {
        std::array<char, 65536> buffer{};
        ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
        if (got > 0) {
            into.append(buffer.data(), static_cast<size_t>(got));
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            from = fs::Fd();
        }
        return into.size() <= bytes_max_;
    }

    fs::Fd in_, out_, err_;
    std::string_view input_;
    uint64_t bytes_max_;
    int64_t deadline_ns_;
};

int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace

Result<SpawnResult> spawn(const SpawnOptions& options) {
    check(!options.arguments.empty());
    Pipe in = TRY(make_pipe());
    Pipe out = TRY(make_pipe());
    Pipe err = TRY(make_pipe());
    SpawnSetup setup;
    setup.prepare(in, out, err, options.directory);
    std::vector<char*> arguments = as_pointers(options.arguments);
    std::vector<char*> environment;
    if (options.environment) {
        environment = as_pointers(*options.environment);
    }
    pid_t child = 0;
    int failed = posix_spawnp(&child, arguments[0], &setup.actions_, &setup.attributes_,
                              arguments.data(), options.environment ? environment.data() : environ);
    if (failed != 0) {
        return fs::system_error("start", options.arguments[0], failed);
    }
    in.read = fs::Fd();
    out.write = fs::Fd();
    err.write = fs::Fd();
    SpawnResult result;
    // A child that ends early must not end us with SIGPIPE while we feed it.
    struct sigaction ignore {
    }, before{};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignore, &before);
    Exchange exchange(std::move(in), std::move(out), std::move(err), options);
    if (!exchange.run(result)) {
        result.timed_out = true;
        kill(-child, SIGKILL);
    }
    result.exit_code = wait_for(child);
    kill(-child, SIGKILL); // what it may have left behind in its group
    sigaction(SIGPIPE, &before, nullptr);
    return result;
}

Error execute(const std::string& program, std::span<const std::string> arguments,
              std::span<const std::string> environment) {
    execve(program.c_str(), as_pointers(arguments).data(), as_pointers(environment).data());
    auto error = fs::system_error("start", program);
    error.value().kind = Error::Kind::environment;
    return error.value();
}

std::vector<std::string> environment_list() {
    std::vector<std::string> list;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        list.emplace_back(*entry);
    }
    return list;
}

std::optional<std::string> environment_variable(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') {
        return std::nullopt;
    }
    return std::string(value);
}

} // namespace pawl
