#include "store/references.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fs_system.h"
#include "base/text.h"
#include "store/durability.h"

namespace pawl::store {
namespace {

bool is_sha256(std::string_view line) {
    return line.size() == 64 && line.find_first_not_of("0123456789abcdef") == line.npos;
}

void add_lines(std::string_view text, std::set<std::string>& wheels) {
    for (std::string_view line : split_lines(text)) {
        if (is_sha256(line)) {
            wheels.emplace(line);
        }
    }
}

} // namespace

std::string write_wheels(std::span<const std::string> wheels) {
    std::string text;
    for (const std::string& sha256 : wheels) {
        text.append(sha256).append("\n");
    }
    return text;
}

Result<std::vector<std::string>> children_of(const std::string& directory) {
    std::vector<std::string> paths;
    if (fs::is_directory(directory)) {
        for (const fs::DirectoryEntry& entry : TRY(fs::list(directory))) {
            paths.push_back(fs::join(directory, entry.name));
        }
    }
    return paths;
}

Result<std::vector<std::string>> finished_children_of(const std::string& directory) {
    std::vector<std::string> paths = TRY(children_of(directory));
    std::erase_if(paths,
                  [](const std::string& path) { return fs::is_unfinished(fs::base_name(path)); });
    return paths;
}

Result<bool> remove_if_unused(const Store& store, const std::string& entry) {
    int number = fs::open_file(entry, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (number < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) {
        TRY(store.discard(entry)); // a file or a link where a directory should be, or nothing
        return true;
    }
    if (number < 0) {
        return fail(Error::Kind::disk,
                    "cannot open " + printable(entry) + ": " + std::strerror(errno));
    }
    fs::Fd fd(number);
    if (::flock(number, LOCK_EX | LOCK_NB) != 0) {
        return false;
    }
    // Without its state nobody takes it for an entry, even who opened it before it is moved.
    TRY(fs::remove_file(fs::join(entry, state_name)));
    TRY(store.discard(entry));
    return true;
}

Result<> discard_wheel(const Store& store, const std::string& entry) {
    TRY(store.discard(entry));
    return discard_environments_of(store, entry);
}

Result<> discard_environments_of(const Store& store, const std::string& entry) {
    std::string environments = store.path("envs");
    if (!fs::is_directory(environments)) {
        return {};
    }
    for (const fs::DirectoryEntry& child : TRY(fs::list(environments))) {
        std::string path = fs::join(environments, child.name);
        Result<std::string> text = fs::read(fs::join(path, wheels_name), wheels_bytes_max);
        const bool may_link = text ? text->find(fs::base_name(entry)) != std::string::npos ||
                                         !unseal(wheels_head, *text)
                                   : text.error().kind != Error::Kind::input;
        if (may_link) {
            TRY(remove_if_unused(store, path));
        }
    }
    return {};
}

std::set<std::string> wheels_of_environment(const std::string& directory) {
    std::set<std::string> wheels;
    Result<std::string> text = fs::read(fs::join(directory, wheels_name), wheels_bytes_max);
    if (std::optional<std::string_view> body = text ? unseal(wheels_head, *text) : std::nullopt) {
        add_lines(*body, wheels);
    }
    return wheels;
}

std::set<std::string> wheels_of_root(const std::string& path) {
    std::set<std::string> wheels;
    if (Result<std::string> text = fs::read(path, wheels_bytes_max)) {
        add_lines(*text, wheels); // the first line is a path
    }
    return wheels;
}

/// Of one whose list is damaged nobody knows what it needs: it goes, or, when it is in use, nothing
/// does.
static Result<> add_wheels_of_environment(const Store& store, const std::string& directory,
                                          std::set<std::string>& wheels) {
    Result<std::string> text = fs::read(fs::join(directory, wheels_name), wheels_bytes_max);
    if (!text && text.error().kind == Error::Kind::input) {
        return {}; // no list, no environment
    }
    const std::string list = TRY(std::move(text));
    std::optional<std::string_view> body = unseal(wheels_head, list);
    if (body) {
        add_lines(*body, wheels);
    } else if (!TRY(remove_if_unused(store, directory))) {
        Error error{Error::Kind::integrity,
                    printable(directory) + ": its list of wheels is damaged"};
        return fail(std::move(error).hint("`pawl cache verify --repair` when nothing uses it"));
    }
    return {};
}

Result<std::set<std::string>> referenced_wheels(const Store& store) {
    std::set<std::string> wheels;
    std::string environments = store.path("envs");
    if (fs::is_directory(environments)) {
        for (const fs::DirectoryEntry& entry : TRY(fs::list(environments))) {
            TRY(add_wheels_of_environment(store, fs::join(environments, entry.name), wheels));
        }
    }
    std::string roots = store.path("roots");
    if (fs::is_directory(roots)) {
        for (const fs::DirectoryEntry& entry : TRY(fs::list(roots))) {
            std::string path = fs::join(roots, entry.name);
            std::string text = TRY(fs::read(path, wheels_bytes_max));
            std::optional<std::string_view> body = unseal(root_head, text);
            std::optional<Halves> halves = split_once(body.value_or(text), '\n');
            if (!body) {
                add_lines(text, wheels); // damaged: what can still be read is kept
                continue;
            }
            if (!halves || !TRY(fs::lstat(halves->before))) {
                TRY(fs::remove_file(path)); // the environment is gone
                continue;
            }
            add_lines(halves->after, wheels);
        }
    }
    return wheels;
}

} // namespace pawl::store
