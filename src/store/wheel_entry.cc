#include "store/wheel_entry.h"

#include <algorithm>

#include <fcntl.h>
#include <unistd.h>

#include "base/check.h"
#include "base/text.h"
#include "store/durability.h"
#include "store/references.h"
#include "store/wheel_tree.h"

namespace pawl::store {
namespace {

constexpr uint64_t manifest_bytes_max = uint64_t{256} << 20;
constexpr size_t facts_bytes_usual = size_t{16} << 10;
constexpr int work_wait_ms = 600'000;

bool is_digest(std::string_view text) {
    return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return is_digit(c) || (c >= 'a' && c <= 'f');
           });
}

std::string entry_path(const Store& store, std::string_view sha256) {
    check(is_digest(sha256));
    return store.path("wheels") + "/" + std::string(sha256);
}

/// Read, not mapped: of many small files by several threads at once, giving the mappings back costs
/// more than copying the bytes.
Result<std::string> read_manifest_text(const std::string& path, ManifestPart part) {
    if (part == ManifestPart::facts) {
        std::string beginning = TRY(fs::read_beginning(path, facts_bytes_usual));
        if (has_whole_facts(beginning)) {
            return beginning;
        }
    }
    return fs::read(path, manifest_bytes_max);
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

} // namespace

Result<std::optional<WheelEntry>> find_wheel(const Store& store, std::string_view sha256,
                                             ManifestPart part) {
    std::string directory = entry_path(store, sha256);
    const std::string path = fs::join(directory, manifest_name);
    Survival state = survival(directory);
    if (state == Survival::uncertain) {
        part = ManifestPart::all; // to check them
    }
    Result<std::string> text = read_manifest_text(path, part);
    if (!text) {
        if (!TRY(fs::lstat(directory))) {
            return std::optional<WheelEntry>();
        }
        // Entries come in one step. Either this one has just come, or it is damaged.
        text = read_manifest_text(path, part);
    }
    if (!text) {
        std::optional<fs::FileStat> found = TRY(fs::lstat(path));
        if (found && found->type == fs::FileStat::Type::file) {
            return fail(std::move(text.error()));
        }
        static_cast<void>(discard_wheel(store, directory));
        return std::optional<WheelEntry>();
    }
    Result<WheelManifest> manifest = read_manifest(*text, part);
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

Result<> read_list(WheelEntry& entry) {
    std::string text =
        TRY(read_manifest_text(fs::join(entry.directory, manifest_name), ManifestPart::all));
    entry.manifest = TRY(read_manifest(text));
    return {};
}

Result<WheelEntry> publish_wheel(const Store& store, Staging staging, std::string_view sha256,
                                 WheelManifest manifest, Existing existing) {
    check(std::ranges::is_sorted(manifest.files, {}, &WheelFile::path));
    check(std::ranges::is_sorted(manifest.top_level));
    TRY(fs::write_new(fs::join(staging.path(), manifest_name), write_manifest(manifest), 0444));
    TRY(close_directories(staging.path() + "/files", manifest, sha256));
    std::string path = entry_path(store, sha256);
    if (existing == Existing::replaced) {
        TRY(store.replace(std::move(staging), path));
        TRY(discard_environments_of(store, path));
        return WheelEntry{std::string(sha256), std::move(path), std::move(manifest)};
    }
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
    TRY(open_tree(entry.files()));
    Result<> done = work(entry.files());
    TRY(close_tree(entry.files(), entry.sha256));
    TRY(std::move(done));
    return write_mark(entry, mark);
}

Result<FoundWheel> find_sound_wheel(const Store& store, std::string_view sha256) {
    FoundWheel found;
    found.entry = TRY(find_wheel(store, sha256));
    if (!found.entry || is_untouched(*found.entry)) {
        return found;
    }
    Result<> verified = verify_wheel(*found.entry);
    if (verified) { // somebody only touched it
        static_cast<void>(stamp_files(found.entry->files(), found.entry->sha256));
        return found;
    }
    if (verified.error().kind != Error::Kind::integrity) {
        return fail(std::move(verified.error()));
    }
    found.damage = std::move(verified.error().message);
    static_cast<void>(discard_wheel(store, found.entry->directory));
    found.entry.reset();
    return found;
}

} // namespace pawl::store
