#include "base/detached.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace pawl {

void run_detached(const std::function<void()>& work) {
    // Twice forked: the first child ends at once and is waited for, the second belongs to init.
    pid_t child = ::fork();
    if (child < 0) {
        return;
    }
    if (child > 0) {
        int status = 0;
        while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
        return;
    }
    ::setsid();
    if (::fork() != 0) {
        ::_exit(0);
    }
    // Nobody's terminal, pipe or lock may be kept open by this process.
    int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int number = 0; nothing >= 0 && number < 3; ++number) {
        ::dup2(nothing, number);
    }
    ::close_range(3, ~0U, 0);
    if (::chdir("/") == 0) {
        work();
    }
    ::_exit(0);
}

} // namespace pawl
