#include "store/durability.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/text.h"

namespace pawl::store {
namespace {

constexpr std::string_view durable_word = "durable";

std::string state_path(std::string_view entry) {
    return fs::join(entry, state_name);
}

/// "boot-" and the id of this start of the kernel. Without /proc it is never equal to another. A
/// file of /proc has no size, and this one stands on the run path: one read has all of it.
std::string boot_word() {
    std::array<char, 64> id{};
    Result<fs::Fd> file = fs::open_read("/proc/sys/kernel/random/boot_id");
    ssize_t got = file ? ::read(file->get(), id.data(), id.size()) : 0;
    std::string_view text(id.data(), static_cast<size_t>(std::max<ssize_t>(got, 0)));
    return "boot-" + (text.empty() ? fs::random_name() : std::string(trim(text)));
}

Result<> set_state(std::string_view entry, std::string_view word) {
    std::string aside = fs::join(entry, ".pawl-state-" + fs::random_name());
    TRY(fs::symlink(word, aside));
    Result<> renamed = fs::rename(aside, state_path(entry));
    if (!renamed) {
        static_cast<void>(fs::remove_file(aside));
    }
    return renamed;
}

} // namespace

Result<> mark_published(std::string_view entry) {
    return set_state(entry, boot_word());
}

Survival survival_of(std::string_view word) {
    bool sound = word == durable_word || word == boot_word();
    return sound ? Survival::sound : Survival::uncertain;
}

Survival survival(std::string_view entry) {
    Result<std::string> word = fs::read_link(state_path(entry));
    return word ? survival_of(*word) : Survival::uncertain;
}

bool may_be_unfinished(std::string_view entry, std::string_view list_name) {
    Result<std::string> word = fs::read_link(state_path(entry));
    if (word && *word == durable_word) {
        return false;
    }
    if (!word || survival_of(*word) == Survival::uncertain) {
        return true;
    }
    Result<std::optional<fs::FileStat>> list = fs::lstat(fs::join(entry, list_name));
    return list && *list && (*list)->size_bytes == 0;
}

Result<> settle(const Store& store, std::span<const std::string> entries) {
    // What was published under another start and not checked since is not ours to call durable.
    std::vector<std::string_view> sound;
    for (const std::string& entry : entries) {
        if (survival(entry) == Survival::sound) {
            sound.push_back(entry);
        }
    }
    if (sound.empty()) {
        return {};
    }
    fs::Fd directory = TRY(fs::open_directory(store.directory()));
    if (::syncfs(directory.get()) != 0) {
        return fail(Error::Kind::disk, "cannot write the cache " + printable(store.directory()) +
                                           " to the disk: " + std::strerror(errno));
    }
    for (std::string_view entry : sound) {
        Result<> marked = set_state(entry, durable_word);
        if (!marked && fs::exists(entry)) {
            return marked;
        }
    }
    return {};
}

void settle_later(const Store& store, std::span<const std::string> entries) {
    if (entries.empty()) {
        return;
    }
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
    // Nobody's terminal or pipe may be kept open by this process.
    int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int number = 0; nothing >= 0 && number < 3; ++number) {
        ::dup2(nothing, number);
    }
    ::close_range(3, ~0U, 0);
    static_cast<void>(::chdir("/"));
    static_cast<void>(settle(store, entries));
    ::_exit(0);
}

} // namespace pawl::store
