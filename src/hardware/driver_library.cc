// A driver's library runs code of its own when it is loaded, and a broken one may crash or wait for
// a device: so a child loads it, says one line and ends.

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "base/clock.h"
#include "base/fs.h"
#include "base/text.h"
#include "hardware/machine.h"

namespace pawl::hardware {

namespace {

constexpr int64_t answer_wait_ms_max = 5'000;
constexpr size_t answer_bytes_max = 8192;

/// CUDA's driver API: cuDriverGetVersion needs no cuInit and returns 0 on success; 12040 is 12.4.
using GetVersion = int (*)(int*);

/// "12040 /usr/lib/…/libcuda.so.1"; 0 when the library gives no answer; "" when none can be loaded.
std::string answer_of_first(const std::vector<std::string>& candidates) {
    for (const std::string& candidate : candidates) {
        void* library = ::dlopen(candidate.c_str(), RTLD_LAZY | RTLD_LOCAL);
        if (library == nullptr) {
            continue;
        }
        int number = 0;
        auto ask = reinterpret_cast<GetVersion>(::dlsym(library, "cuDriverGetVersion"));
        if (ask == nullptr || ask(&number) != 0) {
            number = 0;
        }
        std::string path = candidate;
        link_map* map = nullptr;
        if (::dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 && map != nullptr &&
            map->l_name != nullptr) {
            path = map->l_name;
        }
        return std::to_string(number) + " " + path;
    }
    return "";
}

[[noreturn]] void answer_in_child(int pipe_end, const std::vector<std::string>& candidates) {
    // What the library has to say is not for our user.
    int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    std::string answer = answer_of_first(candidates);
    ssize_t written = ::write(pipe_end, answer.data(), answer.size());
    ::_exit(written < 0 ? 1 : 0); // no destructors of the parent's things
}

/// All that the child says until it ends, or "" when it takes too long.
std::string read_answer(const fs::Fd& from, pid_t child) {
    constexpr int64_t ns_a_ms = 1'000'000;
    const int64_t deadline_ns = monotonic_ns() + answer_wait_ms_max * ns_a_ms;
    std::string answer;
    while (answer.size() < answer_bytes_max) {
        int64_t left_ms = (deadline_ns - monotonic_ns()) / ns_a_ms;
        pollfd waiting{.fd = from.get(), .events = POLLIN, .revents = 0};
        int ready = left_ms > 0 ? ::poll(&waiting, 1, static_cast<int>(left_ms)) : 0;
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready <= 0) {
            ::kill(child, SIGKILL);
            return "";
        }
        std::array<char, 1024> bytes{};
        ssize_t got = ::read(from.get(), bytes.data(), bytes.size());
        if (got <= 0) {
            return answer;
        }
        answer.append(bytes.data(), static_cast<size_t>(got));
    }
    return answer;
}

} // namespace

std::optional<DriverLibrary> ask_driver_library(const std::vector<std::string>& candidates) {
    std::array<int, 2> ends{};
    if (candidates.empty() || ::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return std::nullopt;
    }
    fs::Fd from(ends[0]);
    fs::Fd to(ends[1]);
    pid_t child = ::fork();
    if (child == 0) {
        answer_in_child(to.get(), candidates);
    }
    to = fs::Fd();
    if (child < 0) {
        return std::nullopt;
    }
    std::string answer = read_answer(from, child);
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    std::optional<Halves> halves = split_once(answer, ' ');
    if (!halves) {
        return std::nullopt;
    }
    DriverLibrary library{.path = std::string(halves->after), .cuda = {}};
    constexpr uint64_t thousand = 1000;
    uint64_t number = parse_unsigned(halves->before).value_or(0);
    if (number >= thousand) {
        library.cuda = pep::Version::of({number / thousand, number % thousand / 10});
    }
    return library;
}

} // namespace pawl::hardware
