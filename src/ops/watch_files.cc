#include "ops/watch_files.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "base/sha256.h"
#include "base/text.h"
#include "lock/read.h"
#include "ops/script_source.h"
#include "ops/script_state.h"
#include "script/lock_block.h"
#include "script/place.h"

namespace pawl::ops {

namespace {

constexpr size_t folders_max = 1000;
constexpr uint64_t watched_bytes_max = uint64_t{256} << 20;
constexpr uint32_t events = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE |
                            IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

std::string digest_of(const std::string& path) {
    Result<std::string> bytes = fs::read(path, watched_bytes_max);
    return bytes ? Sha256::hex_of(*bytes) : std::string();
}

/// Whether the lock is of another input than the script's; a broken one is not.
bool is_stale(std::string text, const ScriptState& script) {
    Result<lock::ReadResult> read = lock::read(std::move(text));
    Result<LockRecord> record =
        read ? read_record(read->lock) : Result<LockRecord>(fail(std::move(read.error())));
    return record && record->input_digest != script.input_digest;
}

/// Where the lock is. An embedded one is watched apart from its script.
void add_lock(WatchedFiles& files, const ScriptState& script, bool has_needs) {
    using Kind = script::LockPlace::Kind;
    Result<script::LockPlace> place = script::find_lock(script.path, script.bytes, script.variant);
    if (!place || place->kind == Kind::none) {
        return;
    }
    std::string text;
    if (place->kind == Kind::embedded) {
        text = script::lock_block_content(script.bytes, *place->block);
        Result<std::string> without = script::remove_lock_block(script.bytes, script.path);
        files.digests[script.path] = Sha256::hex_of(without ? *without : script.bytes);
        files.digests[script.spelled] = files.digests[script.path];
        files.lock = script.path + " (embedded lock)";
        files.digests[files.lock] = Sha256::hex_of(text);
    } else {
        files.lock = place->path;
        text = fs::read(place->path, script_bytes_max).value_or("");
    }
    files.lock_is_stale = has_needs && is_stale(std::move(text), script);
}

void add_script(WatchedFiles& files, ScriptState& script, const RunRequest& request,
                const Settings& settings) {
    Terminal silent({.verbosity = Terminal::Verbosity::quiet});
    VariantWish wish{.name = request.variant.name};
    static_cast<void>(settle_variant(script, wish, silent));
    static_cast<void>(find_lock(script, silent)); // what is wrong with it, the run itself says
    Result<> needs = find_needs(script, settings);
    for (const FileTrace::Read& read : script.trace->reads) {
        files.digests.emplace(read.path, "");
    }
    for (const std::string& path : script.trace->absent) {
        files.digests.emplace(path, "");
    }
    for (const std::string& path :
         {script.spelled, script.path, script::lock_path_beside(script.path, script.variant),
          script::lock_path_workspace(script.path)}) {
        files.digests.emplace(path, "");
    }
    add_lock(files, script, needs.has_value());
}

} // namespace

std::string WatchedFiles::change(const WatchedFiles& now) const {
    for (const auto& [path, digest] : now.digests) {
        auto before = digests.find(path);
        bool is_refresh = path == lock && lock_is_stale && !digest.empty();
        bool is_same = before == digests.end() ? digest.empty() : before->second == digest;
        if (!is_same && !is_refresh) {
            return path;
        }
    }
    return "";
}

WatchedFiles watched_files(const RunRequest& request, const Settings& settings,
                           const WatchedFiles& before) {
    WatchedFiles files;
    for (const auto& [path, digest] : before.digests) {
        files.digests.emplace(path, "");
    }
    Result<ScriptState> script =
        request.is_module ? script_of_module(request.program) : script_at(request.program);
    if (script && !script->path.empty()) {
        files.digests.clear();
        add_script(files, *script, request, settings);
    } else if (Result<std::string> path = fs::absolute(request.program); path) {
        files.digests.emplace(*path, "");
    }
    for (auto& [path, digest] : files.digests) {
        digest = digest.empty() ? digest_of(path) : digest;
    }
    return files;
}

Result<FolderWatch> FolderWatch::create() {
    fs::Fd fd(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!fd.is_open()) {
        return fail(
            Error{Error::Kind::disk, std::string("cannot watch files: ") + std::strerror(errno)}
                .hint("the limit is fs.inotify.max_user_instances"));
    }
    return FolderWatch(std::move(fd));
}

size_t FolderWatch::watch(const WatchedFiles& files) {
    files_.clear();
    std::set<std::string> folders;
    for (const auto& [path, digest] : files.digests) {
        files_.insert(path);
        folders.emplace(fs::parent(path));
    }
    for (auto at = watch_of_.begin(); at != watch_of_.end();) {
        if (folders.contains(at->first)) {
            ++at;
            continue;
        }
        inotify_rm_watch(fd_.get(), at->second);
        folder_of_.erase(at->second);
        at = watch_of_.erase(at);
    }
    size_t failed = 0;
    for (const std::string& folder : folders) {
        if (watch_of_.contains(folder) || !fs::is_directory(folder)) {
            continue; // where a folder is missing, its own folder tells when it appears
        }
        int number = watch_of_.size() < folders_max
                         ? inotify_add_watch(fd_.get(), folder.c_str(), events)
                         : -1;
        if (number < 0) {
            ++failed;
            continue;
        }
        watch_of_[folder] = number;
        folder_of_[number] = folder;
    }
    return failed;
}

bool FolderWatch::take_events() {
    bool is_ours = false;
    alignas(inotify_event) std::array<char, 65536> buffer{};
    for (ssize_t got; (got = ::read(fd_.get(), buffer.data(), buffer.size())) > 0;) {
        for (ssize_t at = 0; at < got;) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            std::string name(buffer.data() + at + sizeof event); // padded with zeros
            name = event.len == 0 ? std::string() : std::move(name);
            at += static_cast<ssize_t>(sizeof event + event.len);
            auto folder = folder_of_.find(event.wd);
            // Without a name it is about the folder itself, or says that events were lost.
            is_ours = is_ours || event.len == 0 || folder == folder_of_.end() ||
                      files_.contains(fs::join(folder->second, name));
        }
    }
    return is_ours;
}

} // namespace pawl::ops
