#include "store/wheel_entry.h"

#include <algorithm>
#include <set>

#include <fcntl.h>
#include <unistd.h>

#include "base/check.h"
#include "base/parallel.h"
#include "base/text.h"
#include "store/durability.h"
#include "store/references.h"

namespace pawl::store {
namespace {

constexpr uint64_t manifest_bytes_max = uint64_t{256} << 20;
constexpr uint32_t directory_mode = 0555;
constexpr uint32_t directory_mode_open = 0755;
constexpr int work_wait_ms = 600'000;
constexpr size_t directories_max = 1'000'000;

bool is_digest(std::string_view text) {
    return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return is_digit(c) || (c >= 'a' && c <= 'f');
           });
}

std::string entry_path(const Store& store, std::string_view sha256) {
    check(is_digest(sha256));
    return store.path("wheels") + "/" + std::string(sha256);
}

bool is_bytecode_cache(std::string_view name) {
    return name == "__pycache__";
}

/// All directories below and with `root`, parents first. __pycache__ is what do_once() adds later.
Result<std::vector<std::string>> directories_below(const std::string& root, bool with_caches) {
    std::vector<std::string> found{root};
    for (size_t i = 0; i < found.size(); ++i) {
        for (const fs::DirectoryEntry& entry : TRY(fs::list(found[i]))) {
            if (entry.type == fs::FileStat::Type::directory &&
                (with_caches || !is_bytecode_cache(entry.name))) {
                found.push_back(fs::join(found[i], entry.name));
            }
        }
        if (found.size() > directories_max) {
            return fail(Error::Kind::disk, "too many directories below " + printable(root));
        }
    }
    return found;
}

Result<> set_directory_modes(const std::string& root, uint32_t mode) {
    for (const std::string& directory : TRY(directories_below(root, true))) {
        TRY(fs::set_mode(directory, mode));
    }
    return {};
}

/// Removes what is no part of the wheel and was not checked: bytecode and its marks.
Result<> remove_additions(const WheelEntry& entry) {
    TRY(set_directory_modes(entry.files(), directory_mode_open));
    TRY(fs::remove_tree(entry.directory + "/marks"));
    for (const std::string& directory : TRY(directories_below(entry.files(), false))) {
        std::string cache = fs::join(directory, "__pycache__");
        std::string below = cache.substr(entry.files().size() + 1) + "/";
        auto own = std::lower_bound(
            entry.manifest.files.begin(), entry.manifest.files.end(), below,
            [](const WheelFile& file, std::string_view path) { return file.path < path; });
        bool wheel_has_it =
            own != entry.manifest.files.end() && own->path.compare(0, below.size(), below) == 0;
        if (!wheel_has_it) {
            TRY(fs::remove_tree(cache));
        }
    }
    return set_directory_modes(entry.files(), directory_mode);
}

/// After a new start of the machine: the files as they should be, or away with the entry.
Result<bool> survived(const Store& store, const WheelEntry& entry) {
    Result<> verified = verify_wheel(entry);
    if (!verified && verified.error().kind != Error::Kind::integrity) {
        return fail(std::move(verified.error()));
    }
    if (!verified) {
        static_cast<void>(discard_wheel(store, entry.directory)); // a read-only cache keeps it
        return false;
    }
    Result<> cleaned = remove_additions(entry);
    if (cleaned) {
        cleaned = mark_published(entry.directory);
    }
    // On a read-only cache nothing can be marked: then it is checked each time, and still good.
    if (!cleaned && cleaned.error().kind != Error::Kind::disk) {
        return fail(std::move(cleaned.error()));
    }
    return true;
}

Result<> verify_file(const WheelEntry& entry, const WheelFile& file) {
    std::string path = fs::join(entry.files(), file.path);
    std::optional<fs::FileStat> found = TRY(fs::lstat(path));
    auto bad = [&](std::string_view why) {
        return fail(Error::Kind::integrity, printable(path) + " " + std::string(why));
    };
    if (!found || found->type != fs::FileStat::Type::file) {
        return bad("is missing from the store");
    }
    if (found->size_bytes != file.size_bytes) {
        return bad("has another size than the wheel's file");
    }
    if (((found->mode & 0100) != 0) != file.is_executable) {
        return bad("has another mode than the wheel's file");
    }
    fs::MappedFile content = TRY(fs::MappedFile::open(path));
    if (Sha256::of(content.bytes()) != file.sha256) {
        return bad("has another content than the wheel's file");
    }
    return {};
}

/// Nothing but the wheel's files, and bytecode below __pycache__, may be there: what is there can
/// be imported.
Result<> verify_nothing_added(const WheelEntry& entry) {
    std::string root = entry.files();
    for (const std::string& directory : TRY(directories_below(root, false))) {
        for (const fs::DirectoryEntry& child : TRY(fs::list(directory))) {
            std::string path = fs::join(directory, child.name);
            bool known = child.type == fs::FileStat::Type::directory ||
                         entry.manifest.find(path.substr(root.size() + 1)) != nullptr;
            if (!known) {
                return fail(Error::Kind::integrity,
                            printable(path) + " is not a file of the wheel");
            }
        }
    }
    return {};
}

} // namespace

Result<std::optional<WheelEntry>> find_wheel(const Store& store, std::string_view sha256,
                                             ManifestPart part) {
    std::string directory = entry_path(store, sha256);
    Result<fs::MappedFile> file = fs::MappedFile::open(directory + "/manifest");
    if (!file) {
        if (TRY(fs::lstat(directory + "/manifest"))) {
            return fail(std::move(file.error()));
        }
        static_cast<void>(discard_wheel(store, directory));
        return std::optional<WheelEntry>();
    }
    if (file->bytes().size() > manifest_bytes_max) {
        return fail(Error::Kind::disk, printable(directory) + "/manifest is too large");
    }
    Survival state = survival(directory);
    Result<WheelManifest> manifest =
        read_manifest(file->bytes(), state == Survival::uncertain ? ManifestPart::all : part);
    if (!manifest && manifest.error().kind != Error::Kind::integrity) {
        return fail(std::move(manifest.error()));
    }
    if (!manifest) { // what the store cannot read it cannot vouch for
        static_cast<void>(discard_wheel(store, directory));
        return std::optional<WheelEntry>();
    }
    WheelEntry entry{std::string(sha256), std::move(directory), std::move(*manifest)};
    if (state == Survival::uncertain && !TRY(survived(store, entry))) {
        return std::optional<WheelEntry>();
    }
    return std::optional<WheelEntry>(std::move(entry));
}

Result<WheelEntry> publish_wheel(const Store& store, Staging staging, std::string_view sha256,
                                 WheelManifest manifest) {
    std::sort(manifest.files.begin(), manifest.files.end(),
              [](const WheelFile& a, const WheelFile& b) { return a.path < b.path; });
    std::sort(manifest.top_level.begin(), manifest.top_level.end());
    TRY(fs::write_new(staging.path() + "/manifest", write_manifest(manifest), 0444));
    TRY(set_directory_modes(staging.path() + "/files", directory_mode));
    std::string path = entry_path(store, sha256);
    if (TRY(store.publish(std::move(staging), path))) {
        return WheelEntry{std::string(sha256), std::move(path), std::move(manifest)};
    }
    std::optional<WheelEntry> other = TRY(find_wheel(store, sha256));
    if (!other) {
        Error error{Error::Kind::busy, "the store's entry of " + manifest.file_name +
                                           " was damaged and is being removed"};
        return fail(std::move(error).hint("try again"));
    }
    return std::move(*other);
}

bool has_mark(const WheelEntry& entry, std::string_view mark) {
    return fs::exists(entry.directory + "/marks/" + std::string(mark));
}

Result<> do_once(const WheelEntry& entry, std::string_view mark,
                 const std::function<Result<>(const std::string& files)>& work) {
    check(!mark.empty() && mark.find('/') == std::string_view::npos && mark.front() != '.');
    if (has_mark(entry, mark)) {
        return {};
    }
    fs::FileLock lock = TRY(fs::FileLock::acquire(entry.directory + "/work.lock",
                                                  fs::FileLock::Mode::exclusive, work_wait_ms));
    if (has_mark(entry, mark)) {
        return {};
    }
    TRY(mark_published(entry.directory)); // what is added now is not on the disk yet
    TRY(set_directory_modes(entry.files(), directory_mode_open));
    Result<> done = work(entry.files());
    TRY(set_directory_modes(entry.files(), directory_mode));
    TRY(std::move(done));
    TRY(fs::make_directories(entry.directory + "/marks", 0755));
    return fs::write_new(entry.directory + "/marks/" + std::string(mark), "");
}

Result<> verify_wheel(const WheelEntry& entry) {
    const std::vector<WheelFile>& files = entry.manifest.files;
    TRY(parallel_for(files.size(), [&](size_t i) { return verify_file(entry, files[i]); }));
    return verify_nothing_added(entry);
}

} // namespace pawl::store
