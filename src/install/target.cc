// Deciding what changes in a target, and checking that nobody is hurt by it. transaction.cc does
// it.

#include "install/target.h"

#include <algorithm>
#include <map>
#include <set>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/text.h"
#include "install/dist_info.h"
#include "install/installed.h"
#include "install/plan.h"
#include "install/transaction.h"
#include "store/environments.h"
#include "wheel/record.h"

namespace pawl::install {

namespace {

constexpr size_t named_max = 5; // paths in one message

/// Held while a target changes: a lock on the directory itself, which needs no file.
class TargetLock {
  public:
    static Result<TargetLock> acquire(const std::string& root, int wait_ms_max) {
        fs::Fd fd = TRY(fs::open_directory(root));
        int64_t deadline_ns = monotonic_ns() + int64_t{wait_ms_max} * 1'000'000;
        while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK && errno != EINTR) {
                break; // a file system without locks: nothing can be done about it
            }
            if (monotonic_ns() > deadline_ns) {
                return fail(
                    Error{Error::Kind::busy, "another process is changing " + printable(root)}.hint(
                        "wait for it to end and try again"));
            }
            ::usleep(10'000);
        }
        return TargetLock(std::move(fd));
    }

  private:
    explicit TargetLock(fs::Fd fd) : fd_(std::move(fd)) {}
    fs::Fd fd_;
};

/// What venv and virtualenv put into an environment beside what anybody asked for.
bool is_seed(const InstalledPackage& package) {
    const std::string& name = package.facts.name.str();
    return (name == "pip" || name == "setuptools" || name == "wheel") &&
           package.facts.installer != "pawl";
}

Change change_of(Change::What what, const InstalledPackage& package) {
    return Change{.what = what, .name = package.facts.name, .version = package.facts.version};
}

Error belongs_to(std::string_view path, const Installed& owner) {
    return Error{Error::Kind::permission, printable(path) + " belongs to " + owner.name.str() +
                                              " " + printable(owner.version) +
                                              ", which is installed"}
        .hint("remove that package first, or leave the new one out");
}

Error would_overwrite(const std::string& root, std::vector<std::string>& strangers) {
    size_t count = strangers.size();
    strangers.resize(std::min(count, named_max));
    return Error{Error::Kind::permission, "in " + printable(root) +
                                              " there are files that belong to no package and "
                                              "would be overwritten: " +
                                              join(strangers, ", ") +
                                              (count > named_max ? ", …" : "")}
        .hint("move them away");
}

/// The work of one install_into() or uninstall_from().
class Changer {
  public:
    Changer(const Target& target, const TargetOptions& options)
        : target_(target), options_(options) {}

    Result<TargetReport> install(std::span<const Item> items);
    Result<TargetReport> uninstall(std::span<const pep::Name> names);

  private:
    Result<> decide(std::span<const Item> items);
    Result<bool> is_kept(const Item& item, std::span<const InstalledPackage*> there) const;
    void take_out(const InstalledPackage& package);
    Result<> plan_additions(std::span<const Item> items);
    void leave_out_what_is_there();
    bool leads_to_library(const std::string& path) const;
    Result<> check_nobody_is_hurt() const;
    Result<> carry_out();
    void note(const std::string& warning) { report_.warnings.push_back(warning); }

    const Target& target_;
    const TargetOptions& options_;
    std::vector<InstalledPackage> installed_;
    std::set<const InstalledPackage*> leaving_;
    std::vector<Item> wanted_; // in order of project
    std::vector<bool> is_new_; // by wanted item: to be put in place
    std::vector<bool> adopts_; // by wanted item: takes over files of a broken predecessor
    TreeChange change_;
    TargetReport report_;
};

Result<bool> Changer::is_kept(const Item& item, std::span<const InstalledPackage*> there) const {
    if (options_.reinstall || there.size() != 1 || !there[0]->is_whole || there[0]->is_legacy) {
        return false;
    }
    const InstalledPackage& package = *there[0];
    bool is_ours = package.facts.installer == "pawl";
    if (is_ours && (package.facts.requested != item.requested ||
                    package.facts.direct_url != item.direct_url)) {
        return false;
    }
    return is_same_wheel(package, item.wheel->manifest, target_) &&
           (options_.trust_records || has_all_files(package, target_));
}

void Changer::take_out(const InstalledPackage& package) {
    leaving_.insert(&package);
    change_.removals.push_back(package.info_path);
    for (const std::string& row : package.foreign_rows) {
        note(package.facts.name.str() +
             " claims a file outside the target, which stays: " + printable(row));
    }
}

/// Sorts what is there and what is wanted into kept, replaced, added and removed.
Result<> Changer::decide(std::span<const Item> items) {
    std::map<pep::Name, std::vector<const InstalledPackage*>> by_name;
    for (const InstalledPackage& package : installed_) {
        by_name[package.facts.name].push_back(&package);
    }
    for (const Item& item : items) {
        check(item.wheel != nullptr);
        pep::Name name = TRY(pep::Name::parse(item.wheel->manifest.name));
        std::vector<const InstalledPackage*> there;
        if (auto found = by_name.find(name); found != by_name.end()) {
            there = std::move(found->second);
            by_name.erase(found);
        }
        wanted_.push_back(item);
        const std::string& version = item.wheel->manifest.version;
        if (TRY(is_kept(item, there))) {
            is_new_.push_back(false);
            adopts_.push_back(false);
            report_.changes.push_back(Change{.name = name, .version = version});
            continue;
        }
        is_new_.push_back(true);
        adopts_.push_back(
            std::ranges::any_of(there, [](const InstalledPackage* old) { return !old->is_whole; }));
        Change change{.what = Change::What::added, .name = name, .version = version};
        for (const InstalledPackage* old : there) {
            if (old->is_legacy) {
                return fail(
                    Error{Error::Kind::permission, name.str() + " is installed as " +
                                                       printable(fs::base_name(old->info_path)) +
                                                       ", which does not say what its files are"}
                        .hint("remove it with the tool that installed it"));
            }
            change.what = Change::What::replaced;
            change.version_old = old->facts.version;
            take_out(*old);
        }
        report_.changes.push_back(std::move(change));
    }
    for (const auto& [name, packages] : by_name) {
        for (const InstalledPackage* package : packages) {
            if (options_.inexact || is_seed(*package)) {
                continue;
            }
            if (package->is_legacy || !package->is_whole) {
                note(name.str() +
                     " was not removed: " + printable(fs::base_name(package->info_path)) +
                     " does not say what its files are");
                continue;
            }
            take_out(*package);
            report_.changes.push_back(change_of(Change::What::removed, *package));
        }
    }
    std::ranges::stable_sort(report_.changes,
                             [](const Change& a, const Change& b) { return a.name < b.name; });
    return {};
}

/// The files of leaving packages, but none that a staying package owns too.
void add_removals(const std::vector<InstalledPackage>& installed,
                  const std::set<const InstalledPackage*>& leaving,
                  std::vector<std::string>& removals) {
    std::set<std::string_view> staying;
    for (const InstalledPackage& package : installed) {
        if (!leaving.contains(&package)) {
            for (const OwnedFile& file : package.rows) {
                staying.insert(file.path);
            }
        }
    }
    for (const InstalledPackage* package : leaving) {
        std::string info = package->info_path + "/";
        for (const OwnedFile& file : package->rows) {
            if (!file.path.starts_with(info) && !staying.contains(file.path)) {
                removals.push_back(file.path);
            }
        }
    }
}

/// Files that a staying package has already with the same content (old namespace packages).
void Changer::leave_out_what_is_there() {
    std::map<std::string_view, std::string_view> hashes;
    for (const InstalledPackage& package : installed_) {
        for (const OwnedFile& file : package.rows) {
            if (!leaving_.contains(&package) && !file.hash.empty()) {
                hashes.emplace(file.path, file.hash);
            }
        }
    }
    std::erase_if(change_.additions, [&](const Action& action) {
        auto found = hashes.find(action.path);
        return action.kind == Action::Kind::file && found != hashes.end() &&
               found->second == wheel::record_hash(
                                    wanted_[action.item].wheel->manifest.files[action.file].sha256);
    });
}

/// All wanted wheels are planned together, which finds conflicts between them; what is there
/// already is then left out.
Result<> Changer::plan_additions(std::span<const Item> items) {
    Places places = target_.places();
    PlanOptions options{.places = places,
                        .executable = target_.executable,
                        .reserved = {"pyvenv.cfg", std::string(work_name)}};
    Plan plan = TRY(make_plan(items, options));
    std::ranges::for_each(plan.warnings, [this](const std::string& warning) { note(warning); });
    for (Action& action : plan.actions) {
        if (action.kind == Action::Kind::directory || is_new_[action.item]) {
            change_.additions.push_back(std::move(action));
        }
    }
    for (uint32_t i = 0; i < items.size(); ++i) {
        if (is_new_[i]) {
            std::ranges::move(dist_info_texts(i, items, plan, places),
                              std::back_inserter(change_.additions));
            for (const std::string& warning : items[i].wheel->manifest.warnings) {
                note(printable(items[i].wheel->manifest.name) + ": " + printable(warning));
            }
        }
    }
    leave_out_what_is_there();
    // Directories of kept packages alone need not be staged.
    std::set<std::string> needed;
    for (const Action& action : change_.additions) {
        if (action.kind != Action::Kind::directory) {
            for (std::string_view path = action.path; path.find('/') != std::string_view::npos;) {
                path = path.substr(0, path.rfind('/'));
                if (!needed.emplace(path).second) {
                    break;
                }
            }
        }
    }
    std::erase_if(change_.additions, [&](const Action& action) {
        return action.kind == Action::Kind::directory && !needed.contains(action.path);
    });
    change_.libraries = {places.purelib};
    if (places.platlib != places.purelib) {
        change_.libraries.push_back(places.platlib);
    }
    return {};
}

/// Whether a directory may be a link: on the way to the libraries (lib64), which was checked when
/// the target was made.
bool Changer::leads_to_library(const std::string& path) const {
    return std::ranges::any_of(change_.libraries, [&](const std::string& library) {
        return library == path || library.starts_with(path + "/");
    });
}

/// What is to be written must not be there, unless it belongs to what is leaving.
Result<> Changer::check_nobody_is_hurt() const {
    std::map<std::string_view, const InstalledPackage*> owners; // of what stays
    std::set<std::string_view> leaving(change_.removals.begin(), change_.removals.end());
    for (const InstalledPackage& package : installed_) {
        for (const OwnedFile& file : package.rows) {
            if (!leaving_.contains(&package)) {
                owners.emplace(file.path, &package);
            }
        }
    }
    std::vector<std::string> strangers;
    std::set<std::string_view> absent; // directories that are not there: nothing below can be
    for (const Action& action : change_.additions) {
        bool makes_directory = action.kind == Action::Kind::directory;
        std::string_view path = action.path;
        size_t slash = path.rfind('/');
        std::optional<fs::FileStat> there;
        if (slash == std::string_view::npos || !absent.contains(path.substr(0, slash))) {
            there = TRY(fs::lstat(target_.root + "/" + action.path));
        }
        if (!there) {
            if (makes_directory) {
                absent.insert(path);
            }
            continue;
        }
        bool is_directory = there->type == fs::FileStat::Type::directory;
        if (makes_directory && (is_directory || leads_to_library(action.path))) {
            continue;
        }
        auto owner = owners.find(path);
        if (owner != owners.end()) {
            return fail(belongs_to(action.path, owner->second->facts));
        }
        bool may_go =
            !is_directory && (leaving.contains(path) || action.role == Role::dist_info ||
                              options_.overwrite || (!makes_directory && adopts_[action.item]));
        if (!may_go) {
            strangers.push_back(printable(path));
        }
    }
    return strangers.empty() ? Result<>() : fail(would_overwrite(target_.root, strangers));
}

Result<> Changer::carry_out() {
    if (options_.dry_run || (change_.removals.empty() && change_.additions.empty())) {
        return {};
    }
    if (options_.link_mode == LinkMode::symlink) {
        check(options_.store != nullptr);
        std::vector<std::string> wheels;
        for (const Item& item : wanted_) {
            wheels.push_back(item.wheel->sha256);
        }
        TRY(store::add_root(*options_.store, target_.root, wheels,
                            options_.inexact ? store::RootChange::add
                                             : store::RootChange::replace));
    }
    Linker linker(options_.link_mode);
    TRY(apply_change(target_.root, change_, linker, options_.threads_max));
    if (linker.fell_back()) {
        note("files were copied: the target's file system cannot link to the cache");
    }
    return {};
}

Result<TargetReport> Changer::install(std::span<const Item> items) {
    TRY(fs::make_directories(target_.root));
    TargetLock lock = TRY(TargetLock::acquire(target_.root, options_.wait_ms_max));
    if (TRY(finish_change(target_.root))) {
        note("an installation that was interrupted has been finished");
    }
    installed_ = TRY(scan(target_));
    std::vector<Item> sorted(items.begin(), items.end());
    std::ranges::stable_sort(sorted, [](const Item& a, const Item& b) {
        return a.wheel->manifest.name < b.wheel->manifest.name;
    });
    TRY(decide(sorted));
    TRY(plan_additions(wanted_));
    add_removals(installed_, leaving_, change_.removals);
    TRY(check_nobody_is_hurt());
    TRY(carry_out());
    return std::move(report_);
}

Result<TargetReport> Changer::uninstall(std::span<const pep::Name> names) {
    TargetLock lock = TRY(TargetLock::acquire(target_.root, options_.wait_ms_max));
    TRY(finish_change(target_.root));
    installed_ = TRY(scan(target_));
    for (const InstalledPackage& package : installed_) {
        if (std::ranges::find(names, package.facts.name) == names.end()) {
            continue;
        }
        if (package.is_legacy || !package.is_whole) {
            note(package.facts.name.str() + " was not removed: " +
                 printable(fs::base_name(package.info_path)) + " does not say what its files are");
            continue;
        }
        take_out(package);
        report_.changes.push_back(change_of(Change::What::removed, package));
    }
    Places places = target_.places();
    change_.libraries = {places.purelib, places.platlib};
    add_removals(installed_, leaving_, change_.removals);
    TRY(carry_out());
    return std::move(report_);
}

} // namespace

Result<TargetReport> install_into(const Target& target, std::span<const Item> items,
                                  const TargetOptions& options) {
    return Changer(target, options).install(items);
}

Result<TargetReport> uninstall_from(const Target& target, std::span<const pep::Name> names,
                                    const TargetOptions& options) {
    return Changer(target, options).uninstall(names);
}

} // namespace pawl::install
