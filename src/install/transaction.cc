// Stage, journal, carry out.
//
// 1. `<root>/.pawl-install/new/` gets everything that is to come, in its final shape. A kill here
//    leaves only that directory, which the next command removes.
// 2. `<root>/.pawl-install/journal` gets its name by one rename: from now on the change will
//    happen. It holds what is to be removed; what is to be added is what lies in new/.
// 3. Old dist-infos go first, then old files, then the new files come, whole directories by one
//    rename where nothing is in their way, then the new dist-infos. So at no moment does a
//    dist-info stand for files that are not there, and every step can be repeated.
//    Old dist-infos are renamed into old/, so that each goes in one step.
// 4. The journal goes, then the directory.

#include "install/transaction.h"

#include <unistd.h>

#include <algorithm>

#include "base/fs.h"
#include "base/text.h"
#include "install/fields.h"
#include "install/tree.h"

namespace pawl::install {

namespace {

constexpr std::string_view journal_head = "pawl install journal 1";
constexpr uint64_t journal_bytes_max = uint64_t{1} << 30;
constexpr size_t paths_max = 10'000'000;
constexpr size_t depth_max = 520;

std::string work_path(const std::string& root, std::string_view name = "") {
    std::string path = root + "/" + std::string(work_name);
    return name.empty() ? path : path + "/" + std::string(name);
}

struct Journal {
    std::vector<std::string> removals;
    std::vector<std::string> libraries;
};

std::string to_text(const Journal& journal) {
    std::string body;
    for (const std::vector<std::string>* list : {&journal.removals, &journal.libraries}) {
        append_count(body, list->size());
        for (const std::string& path : *list) {
            append_field(body, path);
        }
    }
    return seal(journal_head, body);
}

std::optional<Journal> from_text(std::string_view text) {
    std::optional<std::string_view> body = unseal(journal_head, text);
    if (!body) {
        return std::nullopt;
    }
    FieldReader reader(*body);
    Journal journal;
    for (std::vector<std::string>* list : {&journal.removals, &journal.libraries}) {
        for (size_t count = reader.take_count(paths_max); count > 0 && reader.is_good(); --count) {
            list->emplace_back(reader.take());
        }
    }
    return reader.is_at_end() ? std::optional(std::move(journal)) : std::nullopt;
}

/// Whether every directory between the root and the path is a real one: what a link leads to is
/// not ours to change.
class RealDirectories {
  public:
    explicit RealDirectories(const std::string& root) : root_(root) {}

    bool hold(std::string_view path) {
        size_t slash = path.rfind('/');
        if (slash == std::string_view::npos) {
            return true;
        }
        std::string parent(path.substr(0, slash));
        if (known_.contains(parent)) {
            return true;
        }
        Result<std::optional<fs::FileStat>> stat = fs::lstat(root_ + "/" + parent);
        if (!hold(parent) || !stat || !*stat || (*stat)->type != fs::FileStat::Type::directory) {
            return false;
        }
        known_.insert(std::move(parent));
        return true;
    }

  private:
    const std::string& root_;
    std::set<std::string> known_;
};

bool is_info(std::string_view path) {
    return path.ends_with(".dist-info");
}

/// Bytecode of a source that goes: every minor's, and the directory when it is empty then.
void remove_bytecode(const std::string& path) {
    std::string cache = fs::join(fs::parent(path), "__pycache__");
    std::string_view name = fs::base_name(path);
    std::string stem(name.substr(0, name.size() - 2)); // "module."
    Result<std::vector<fs::DirectoryEntry>> entries = fs::list(cache);
    for (const fs::DirectoryEntry& entry : entries ? *entries : std::vector<fs::DirectoryEntry>()) {
        if (entry.name.starts_with(stem) && entry.name.ends_with(".pyc")) {
            static_cast<void>(fs::remove_file(cache + "/" + entry.name));
        }
    }
}

/// Directories that became empty, deepest first; one with something in it stays.
void remove_empty_directories(const std::string& root, const std::set<std::string>& directories,
                              const std::vector<std::string>& libraries) {
    for (auto one = directories.rbegin(); one != directories.rend(); ++one) {
        bool is_library = std::ranges::find(libraries, *one) != libraries.end();
        if (!is_library && !one->empty()) {
            std::string directory = root + "/" + *one;
            ::rmdir((directory + "/__pycache__").c_str());
            ::rmdir(directory.c_str());
        }
    }
}

/// A dist-info goes in one step: a kill must not leave one that has lost its RECORD.
Result<> remove_info(const std::string& root, const std::string& path) {
    if (!TRY(fs::lstat(path))) {
        return {};
    }
    TRY(fs::make_directories(work_path(root, "old"), 0755));
    if (fs::rename(path, work_path(root, "old") + "/" + fs::random_name())) {
        return {}; // it is removed with the rest of our directory
    }
    TRY(fs::remove_file(path + "/RECORD")); // it lies on another file system
    return fs::remove_tree(path);
}

Result<> remove_old(const std::string& root, const Journal& journal) {
    RealDirectories real(root);
    std::set<std::string> directories;
    // First the claim that a package is there, then the package.
    for (const std::string& path : journal.removals) {
        if (is_info(path) && real.hold(path)) {
            TRY(remove_info(root, root + "/" + path));
        }
    }
    for (const std::string& path : journal.removals) {
        if (is_info(path) || !real.hold(path)) {
            continue;
        }
        TRY(fs::remove_file(root + "/" + path));
        if (path.ends_with(".py")) {
            remove_bytecode(root + "/" + path);
        }
        for (std::string_view parent = path; parent.find('/') != std::string_view::npos;) {
            parent = parent.substr(0, parent.rfind('/'));
            if (!directories.emplace(parent).second) {
                break; // those above are there too
            }
        }
    }
    remove_empty_directories(root, directories, journal.libraries);
    return {};
}

/// Moves what is in `from` to where it belongs: a directory by one rename where nothing is in the
/// way, else what is in it. dist-infos of libraries are left for the second time.
Result<> move_in(const std::string& root, const std::string& from, const std::string& path,
                 const Journal& journal, bool infos, size_t depth) {
    if (depth > depth_max) {
        return fail(Error::Kind::disk, "directories are nested too deep: " + printable(path));
    }
    bool is_library = std::ranges::find(journal.libraries, path) != journal.libraries.end();
    for (const fs::DirectoryEntry& entry : TRY(fs::list(from))) {
        if (is_library && is_info(entry.name) != infos) {
            continue;
        }
        std::string source = from + "/" + entry.name;
        std::string relative = path.empty() ? entry.name : path + "/" + entry.name;
        std::string target = root + "/" + relative;
        bool leads_to_library = false;
        for (const std::string& library : journal.libraries) {
            leads_to_library =
                leads_to_library || library == relative || library.starts_with(relative + "/");
        }
        if (entry.type == fs::FileStat::Type::directory) {
            std::optional<fs::FileStat> there = TRY(fs::lstat(target));
            if (there && there->type != fs::FileStat::Type::directory && !leads_to_library) {
                TRY(fs::remove_file(target));
                there.reset();
            }
            if (!there && !leads_to_library) {
                TRY(fs::rename(source, target));
                continue;
            }
            TRY(fs::make_directories(target));
            TRY(move_in(root, source, relative, journal, infos, depth + 1));
        } else if (!infos || is_library) {
            TRY(fs::rename(source, target));
        }
    }
    return {};
}

Result<> carry_out(const std::string& root, const Journal& journal) {
    TRY(remove_old(root, journal));
    std::string from = work_path(root, "new");
    if (fs::is_directory(from)) {
        TRY(move_in(root, from, "", journal, false, 0));
        TRY(move_in(root, from, "", journal, true, 0));
    }
    TRY(fs::remove_file(work_path(root, "journal")));
    return fs::remove_tree(work_path(root));
}

} // namespace

Result<> apply_change(const std::string& root, const TreeChange& change, Linker& linker,
                      size_t threads_max) {
    TRY(fs::make_directories(work_path(root, "new"), 0755));
    auto stage = [&]() -> Result<Journal> {
        TRY(make_tree(work_path(root, "new"), change.additions, linker,
                      {.threads_max = threads_max, .sibling = {}}));
        Journal journal{change.removals, change.libraries};
        std::string aside = work_path(root, "journal.new");
        TRY(fs::write_new(aside, to_text(journal), 0600));
        TRY(fs::rename(aside, work_path(root, "journal")));
        return journal;
    };
    Result<Journal> journal = stage();
    if (!journal) {
        static_cast<void>(fs::remove_tree(work_path(root)));
        return fail(std::move(journal.error()));
    }
    Result<> done = carry_out(root, *journal);
    if (!done) {
        return fail(std::move(done.error())
                        .hint("the change has begun; the next pawl command on this target "
                              "finishes it when the reason is gone"));
    }
    return {};
}

Result<bool> finish_change(const std::string& root) {
    std::string work = work_path(root);
    std::optional<fs::FileStat> stat = TRY(fs::lstat(work));
    if (!stat) {
        return false;
    }
    if (stat->type != fs::FileStat::Type::directory) {
        return fail(Error::Kind::refused, printable(work) + " is in the way: not a directory");
    }
    Result<std::string> text = fs::read(work + "/journal", journal_bytes_max);
    std::optional<Journal> journal = text ? from_text(*text) : std::nullopt;
    if (!journal) {
        TRY(fs::remove_tree(work));
        return false;
    }
    TRY(carry_out(root, *journal));
    return true;
}

} // namespace pawl::install
