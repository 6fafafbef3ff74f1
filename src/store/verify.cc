// Everything in the store against what was written down when it was put there: wheels against their
// manifests, bytecode against its marks, environments against their list of own files (all else in
// them are links to wheels), packs and small records against their sums.

#include <algorithm>
#include <map>
#include <set>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file_digest.h"
#include "base/text.h"
#include "store/durability.h"
#include "store/environments.h"
#include "store/pack.h"
#include "store/references.h"
#include "store/upkeep.h"
#include "store/wheel_tree.h"

namespace pawl::store {
namespace {

constexpr uint64_t record_bytes_max = uint64_t{64} << 20;

/// Directories of small sealed files, each a record that can be made again.
constexpr std::string_view record_directories[] = {"runs", "interpreters", "built", "roots"};

struct EnvironmentList {
    std::set<std::string> wheels;
    std::map<std::string, std::string, std::less<>> own; ///< path → sha256
    uint64_t entries = 0;
};

std::optional<EnvironmentList> read_list(const std::string& directory) {
    Result<std::string> text = fs::read(fs::join(directory, wheels_name), wheels_bytes_max);
    std::optional<std::string_view> body = text ? unseal(wheels_head, *text) : std::nullopt;
    if (!body) {
        return std::nullopt;
    }
    EnvironmentList list;
    for (std::string_view line : split_lines(*body)) {
        std::optional<Halves> halves = split_once(line, ' ');
        if (!halves) {
            list.wheels.emplace(line);
        } else if (halves->before == "entries") {
            list.entries = parse_unsigned(halves->after).value_or(0);
        } else if (std::optional<Halves> own = split_once(halves->after, ' ')) {
            list.own.emplace(own->after, own->before);
        }
    }
    return list;
}

class Verifier {
  public:
    explicit Verifier(const Store& store) : store_(store) {}

    Result<VerifyReport> run() {
        UseLease lease = TRY(UseLease::acquire(store_)); // no wheel is pruned meanwhile
        for (const std::string& path : TRY(children_of(store_.path("wheels")))) {
            TRY(wheel(path));
        }
        for (const std::string& path : TRY(children_of(store_.path("envs")))) {
            TRY(environment(path));
        }
        for (std::string_view name : names) {
            TRY(others(name));
        }
        return std::move(report_);
    }

  private:
    void add(Damage damage) { report_.damaged.push_back(std::move(damage)); }
    /// Of an entry with a list of what must be in it.
    void add(Damage damage, std::string_view list_name) {
        const bool is_unfinished = may_be_unfinished(damage.path, list_name);
        (is_unfinished ? report_.unfinished : report_.damaged).push_back(std::move(damage));
    }
    Result<> wheel(const std::string& path);
    Result<> environment(const std::string& path);
    Result<std::string> problem_of(const std::string& path);
    Result<bool> is_of_a_wheel(const std::string& path, const fs::FileStat& stat,
                               const EnvironmentList& list);
    Result<> others(std::string_view name);

    const Store& store_;
    VerifyReport report_;
    std::set<FileIdentity> sound_; ///< files of wheels that are what they should be
    std::map<std::string, std::set<std::string>> digests_; ///< by wheel, of its files
};

Result<> Verifier::wheel(const std::string& path) {
    ++report_.wheels;
    std::string shown = printable(path);
    Damage damage{.path = path, .sha256 = std::string(fs::base_name(path))};
    Result<std::string> text = fs::read(fs::join(path, manifest_name));
    Result<WheelManifest> manifest =
        text ? read_manifest(*text)
             : fail(Error::Kind::integrity, "its manifest is missing or cannot be read");
    if (!manifest) {
        if (manifest.error().kind != Error::Kind::integrity) {
            return fail(std::move(manifest.error()).in(shown));
        }
        damage.message = shown + ": " + manifest.error().message;
        add(std::move(damage), manifest_name);
        return {};
    }
    WheelEntry entry{damage.sha256, path, std::move(*manifest)};
    damage.file_name = entry.manifest.file_name;
    damage.url = entry.manifest.url;
    Result<> verified = verify_tree(entry, &sound_);
    if (verified) {
        damage.what = Damage::What::bytecode;
        verified = verify_additions(entry, report_.unmarked);
    }
    if (!verified && verified.error().kind != Error::Kind::integrity) {
        return verified;
    }
    const bool are_files_sound = verified || damage.what == Damage::What::bytecode;
    if (!verified) {
        damage.message = std::move(verified.error().message);
        add(std::move(damage), manifest_name);
    }
    if (are_files_sound) {
        std::set<std::string>& digests = digests_[entry.sha256];
        for (const WheelFile& file : entry.manifest.files) {
            digests.insert(to_hex(file.sha256));
        }
    }
    return {};
}

/// A hard link to a sound file of the store, or a copy of one of the environment's wheels.
Result<bool> Verifier::is_of_a_wheel(const std::string& path, const fs::FileStat& stat,
                                     const EnvironmentList& list) {
    if (sound_.contains({stat.device, stat.inode})) {
        return true;
    }
    fs::MappedFile content = TRY(fs::MappedFile::open(path));
    std::string sha256 = to_hex(sha256_of(content));
    return std::ranges::any_of(list.wheels, [&](const std::string& wheel) {
        auto digests = digests_.find(wheel);
        return digests != digests_.end() && digests->second.contains(sha256);
    });
}

/// What is wrong with an environment; "" when nothing is.
Result<std::string> Verifier::problem_of(const std::string& path) {
    std::optional<EnvironmentList> list = read_list(path);
    if (!list) {
        return printable(path) + ": its list of wheels is missing or damaged";
    }
    uint64_t entries = 0;
    std::vector<std::string> waiting{path};
    while (!waiting.empty()) {
        std::string directory = std::move(waiting.back());
        waiting.pop_back();
        bool is_cache = fs::base_name(directory) == "__pycache__";
        for (const fs::DirectoryEntry& child : TRY(fs::list(directory))) {
            std::string full = fs::join(directory, child.name);
            std::string below = full.substr(path.size() + 1);
            if (child.type == fs::FileStat::Type::directory) {
                waiting.push_back(std::move(full));
                continue;
            }
            bool is_ours = below.starts_with(".pawl-");
            entries += is_ours || is_cache ? 0U : 1U;
            std::optional<fs::FileStat> stat = TRY(fs::lstat(full));
            if (is_ours || !stat || stat->type != fs::FileStat::Type::file) {
                continue;
            }
            if (auto own = list->own.find(below); own != list->own.end()) {
                fs::MappedFile content = TRY(fs::MappedFile::open(full));
                if (Sha256::hex_of(content.bytes()) != own->second) {
                    return printable(full) + " has another content than was written";
                }
            } else if (is_cache && below.ends_with(".pyc")) {
                ++report_.unmarked;
            } else if (!TRY(is_of_a_wheel(full, *stat, *list))) {
                return printable(full) + " is not what the environment's wheels hold";
            }
        }
    }
    return entries == list->entries
               ? std::string()
               : printable(path) + " has " + std::to_string(entries) +
                     " files where there should be " + std::to_string(list->entries);
}

Result<> Verifier::environment(const std::string& path) {
    // As its users do, so that nobody removes it meanwhile.
    Result<fs::Fd> held = fs::open_directory(path);
    if (!held || ::flock(held->get(), LOCK_SH) != 0) {
        return {};
    }
    ++report_.environments;
    Result<std::string> problem = problem_of(path);
    if (!problem && problem.error().kind == Error::Kind::disk) {
        return fail(std::move(problem.error()));
    }
    std::string message = problem ? std::move(*problem) : problem.error().message;
    if (!message.empty()) {
        add({.what = Damage::What::environment, .path = path, .message = std::move(message)},
            wheels_name);
    }
    return {};
}

bool is_sealed(std::string_view text) {
    std::string_view first = text.substr(0, text.find('\n'));
    size_t blank = first.rfind(' ');
    return blank != first.npos && unseal(first.substr(0, blank), text).has_value();
}

Result<> Verifier::others(std::string_view name) {
    bool is_record = std::ranges::find(record_directories, name) != std::end(record_directories);
    for (const std::string& path : TRY(finished_children_of(store_.path(name)))) {
        if (path.ends_with(".pack")) {
            ++report_.others;
            std::optional<Pack> pack = Pack::open_existing(path);
            uint64_t damaged = pack ? pack->usage().damaged : 1;
            if (damaged > 0) {
                add({.what = Damage::What::pack,
                     .path = path,
                     .message = printable(path) +
                                (pack ? " has " + std::to_string(damaged) + " damaged records"
                                      : " cannot be read")});
            }
        } else if (is_record && !fs::is_directory(path)) {
            ++report_.others;
            Result<std::string> text = fs::read(path, record_bytes_max);
            if (text && !is_sealed(*text)) {
                // One of nothing but zeros, or of nothing, had its name on the disk and no bytes
                // yet.
                const bool is_blank = text->find_first_not_of('\0') == std::string::npos;
                (is_blank ? report_.unfinished : report_.damaged)
                    .push_back({.what = Damage::What::record,
                                .path = path,
                                .message = printable(path) + " is not what was written"});
            }
        }
    }
    return {};
}

/// Not while somebody is compiling: whose mark would name what is gone.
Result<bool> take_bytecode_away(const Damage& damage) {
    constexpr int wait_ms = 20'000;
    Result<fs::FileLock> lock =
        fs::FileLock::acquire(damage.path + "/work.lock", fs::FileLock::Mode::exclusive, wait_ms);
    if (!lock && lock.error().kind == Error::Kind::busy) {
        return false;
    }
    [[maybe_unused]] fs::FileLock held = TRY(std::move(lock));
    std::string text = TRY(fs::read(fs::join(damage.path, manifest_name)));
    auto manifest = TRY(read_manifest(text));
    WheelEntry entry{damage.sha256, damage.path, std::move(manifest)};
    TRY(remove_additions(entry));
    return true;
}

} // namespace

Result<VerifyReport> verify(const Store& store) {
    return Verifier(store).run();
}

Result<bool> take_away(const Store& store, const Damage& damage) {
    switch (damage.what) {
    case Damage::What::wheel:
        TRY(discard_wheel(store, damage.path));
        return true;
    case Damage::What::bytecode:
        return take_bytecode_away(damage);
    case Damage::What::environment:
        return remove_if_unused(store, damage.path);
    case Damage::What::pack: {
        Pack pack = TRY(Pack::open(damage.path)); // one that cannot be read is replaced
        TRY(pack.compact());
        return true;
    }
    case Damage::What::record:
        TRY(fs::remove_file(damage.path));
        return true;
    }
    return false;
}

} // namespace pawl::store
