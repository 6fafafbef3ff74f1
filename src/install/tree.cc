#include "install/tree.h"

#include <algorithm>

#include "base/check.h"
#include "base/fs.h"
#include "base/parallel.h"

namespace pawl::install {

namespace {

/// Below this, starting a thread costs more than it saves.
constexpr size_t actions_per_thread_min = 500;
constexpr size_t batches_per_thread = 8;

Result<> make_one(const std::string& root, const Action& action, Linker& linker) {
    std::string path = root + "/" + action.path;
    switch (action.kind) {
    case Action::Kind::directory:
        return fs::make_directories(path);
    case Action::Kind::link_directory:
    case Action::Kind::symlink:
        return fs::symlink(action.source, path);
    case Action::Kind::file:
        return linker.place(action.source, path, action.is_executable);
    case Action::Kind::text:
        return fs::write_new(path, action.source, action.is_executable ? 0755 : 0644);
    }
    check(false);
}

} // namespace

Result<> make_tree(const std::string& root, std::span<const Action> actions, Linker& linker,
                   size_t threads_max) {
    size_t others = 0;
    for (const Action& action : actions) {
        if (action.kind == Action::Kind::directory) {
            TRY(make_one(root, action, linker));
        } else {
            ++others;
        }
    }
    size_t threads = std::min(threads_max == 0 ? processor_count() : threads_max,
                              others / actions_per_thread_min + 1);
    size_t batches = threads == 1 ? 1 : threads * batches_per_thread;
    size_t length = actions.size() / batches + 1;
    return parallel_for(
        batches,
        [&](size_t batch) -> Result<> {
            size_t begin = std::min(batch * length, actions.size());
            size_t end = std::min(begin + length, actions.size());
            for (const Action& action : actions.subspan(begin, end - begin)) {
                if (action.kind != Action::Kind::directory) {
                    TRY(make_one(root, action, linker));
                }
            }
            return {};
        },
        threads);
}

} // namespace pawl::install
