#pragma once
// Shared by the .cc files behind fs.h: how a path reaches the system and how errno becomes words.

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pawl::fs {

/// "cannot OPERATION PATH: reason", with the kind that the reason deserves.
[[nodiscard]] tl::unexpected<Error> system_error(std::string_view operation, std::string_view path,
                                                 int number = errno);

/// The result of a system call, which is made again as often as a signal interrupts it: file
/// systems over the network and in user space let even open() be interrupted.
template <class Call>
auto uninterrupted(const Call& call) {
    for (;;) {
        auto result = call();
        if (result != -1 || errno != EINTR) {
            return result;
        }
    }
}

/// open(), without interruptions.
int open_file(std::string_view path, int flags, uint32_t mode = 0);

/// Whether a lock failed because the file system has none.
inline bool has_no_locks(int number) {
    return number == ENOLCK || number == EOPNOTSUPP || number == ENOSYS;
}

/// Tells this thread's Recording, if there is one.
void record(std::string_view operation, std::string_view path);

} // namespace pawl::fs
