// Entries of one project are paired: those of one version with each other, what then is left in the
// order of versions, as updated. Whatever has no partner was added or removed.

#include "lock/changes.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/check.h"
#include "base/text.h"
#include "lock/overlap.h"

namespace pawl::lock {

using pep::MarkerId;

namespace {

using Entries = std::vector<const Package*>;

/// Some tools write "./lib" and others "lib".
std::string path_text(const std::string& path) {
    return std::string(plain_path(path));
}

std::string source_of(const Package& package) {
    if (package.vcs) {
        const Vcs& vcs = *package.vcs;
        return vcs.type + " " + (vcs.url.empty() ? path_text(vcs.path) : vcs.url) + " " +
               vcs.commit_id + (vcs.subdirectory.empty() ? "" : " in " + vcs.subdirectory);
    }
    if (package.directory) {
        const Directory& directory = *package.directory;
        return (directory.editable ? "editable " : "directory ") + path_text(directory.path) +
               (directory.subdirectory.empty() ? "" : " in " + directory.subdirectory);
    }
    if (package.archive) {
        const Archive& archive = *package.archive;
        return "archive " +
               (archive.source.path.empty() ? archive.source.url : path_text(archive.source.path)) +
               (archive.subdirectory.empty() ? "" : " in " + archive.subdirectory);
    }
    return "";
}

/// What an entry is called in one word.
std::string version_of(const Package& package) {
    return package.version ? package.version->str() : source_of(package);
}

std::string hashes_of(const FileSource& source) {
    std::vector<std::string> texts;
    for (const Hash& hash : source.hashes) {
        texts.push_back(hash.algorithm + ":" + hash.hex);
    }
    std::ranges::sort(texts);
    return join(texts, " ");
}

/// Whether an algorithm of both says that the files are others.
bool disagree(const FileSource& before, const FileSource& after) {
    return std::ranges::any_of(before.hashes, [&after](const Hash& hash) {
        return std::ranges::any_of(after.hashes, [&hash](const Hash& other) {
            return other.algorithm == hash.algorithm && other.hex != hash.hex;
        });
    });
}

std::map<std::string, const FileSource*> files_of(const Package& package) {
    std::map<std::string, const FileSource*> files;
    for (const Wheel& wheel : package.wheels) {
        files.emplace(wheel.name, &wheel.source);
    }
    if (package.sdist) {
        files.emplace(package.sdist->name, &package.sdist->source);
    }
    if (package.archive) {
        files.emplace(package.archive->file_name(), &package.archive->source);
    }
    return files;
}

std::string dependencies_of(const Package& package) {
    std::set<std::string> names;
    for (const Dependency& dependency : package.dependencies) {
        names.insert(dependency.name.str() +
                     (dependency.version ? " " + dependency.version->str() : ""));
    }
    return join(std::vector<std::string>(names.begin(), names.end()), ", ");
}

class Comparison {
  public:
    Comparison(const Lock& before, const Lock& after) : before_(before), after_(after) {
        region_ = space_.both(region_of(before, {}, space_), region_of(after, {}, space_));
        leave_out_unreleased_pythons();
        say_pythons_ = both_say([](const Package& one) { return one.requires_python.has_value(); });
        say_dependencies_ = both_say([](const Package& one) { return !one.dependencies.empty(); });
        say_index_ = both_say([](const Package& one) { return !one.index.empty(); });
    }

    Result<Changes> run() {
        compare_heads();
        std::map<pep::Name, std::pair<Entries, Entries>> by_name;
        for (const Package& package : before_.packages) {
            by_name[package.name].first.push_back(&package);
        }
        for (const Package& package : after_.packages) {
            by_name[package.name].second.push_back(&package);
        }
        for (auto& named : by_name) {
            pair_up(named.second.first, named.second.second);
        }
        if (space_.is_exhausted()) {
            return fail(Error::Kind::input,
                        "the markers of the locks are too complicated to be compared");
        }
        return std::move(changes_);
    }

  private:
    /// `python_version >= "3.11"` holds for 3.11.0rc1 and `python_full_version >= "3.11"` does not;
    /// nobody who compares two tools' locks wants to hear of that.
    void leave_out_unreleased_pythons() {
        constexpr int minors_max = 30;
        for (int minor = 0; minor < minors_max; ++minor) {
            const std::string python = "3." + std::to_string(minor);
            const auto of_minor = pep::Marker::parse("python_version == \"" + python + "\"");
            const auto released = pep::Marker::parse("python_full_version >= \"" + python + "\"");
            check(of_minor.has_value() && released.has_value());
            const MarkerId unreleased =
                space_.minus(space_.from(*of_minor), space_.from(*released));
            region_ = space_.minus(region_, unreleased);
        }
    }

    static void note(std::vector<Change>& list, std::string key, std::string before,
                     std::string after) {
        if (before != after) {
            list.push_back({std::move(key), std::move(before), std::move(after)});
        }
    }

    void compare_heads() {
        auto pythons = [](const Lock& lock) {
            return lock.requires_python ? lock.requires_python->str() : "";
        };
        note(changes_.lock, "requires-python", pythons(before_), pythons(after_));
        auto environments = [this](const Lock& lock) {
            MarkerId all = MarkerId::never;
            for (const pep::Marker& marker : lock.environments) {
                all = space_.either(all, space_.from(marker));
            }
            return lock.environments.empty() ? std::string() : text_of(all, MarkerId::always);
        };
        note(changes_.lock, "environments", environments(before_), environments(after_));
        auto extras = [](const Lock& lock) {
            std::vector<std::string> names;
            for (const pep::Name& name : lock.extras.value_or(std::vector<pep::Name>())) {
                names.push_back(name.str());
            }
            return names;
        };
        auto sorted = [](std::vector<std::string> names) {
            std::ranges::sort(names);
            return join(names, ", ");
        };
        note(changes_.lock, "extras", sorted(extras(before_)), sorted(extras(after_)));
        auto groups = [](const Lock& lock) {
            return lock.dependency_groups.value_or(std::vector<std::string>());
        };
        note(changes_.lock, "dependency-groups", sorted(groups(before_)), sorted(groups(after_)));
        note(changes_.lock, "default-groups", sorted(before_.default_groups),
             sorted(after_.default_groups));
    }

    void pair_up(Entries& before, Entries& after) {
        const size_t first = changes_.packages.size();
        for (auto old = before.begin(); old != before.end();) {
            auto now = partner(**old, after);
            if (now == after.end()) {
                ++old;
                continue;
            }
            compare(**old, **now);
            old = before.erase(old);
            after.erase(now);
        }
        auto by_version = [](const Package* a, const Package* b) {
            return a->version < b->version;
        };
        std::ranges::stable_sort(before, by_version);
        std::ranges::stable_sort(after, by_version);
        for (size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
            if (i < before.size() && i < after.size()) {
                update(*before[i], *after[i]);
            } else if (i < after.size()) {
                changes_.packages.push_back(
                    {PackageChange::Kind::added, after[i]->name, "", version_of(*after[i]), {}});
            } else {
                changes_.packages.push_back({PackageChange::Kind::removed,
                                             before[i]->name,
                                             version_of(*before[i]),
                                             "",
                                             {}});
            }
        }
        std::stable_sort(
            changes_.packages.begin() + static_cast<std::ptrdiff_t>(first), changes_.packages.end(),
            [](const PackageChange& a, const PackageChange& b) { return a.kind < b.kind; });
    }

    /// The entry of the same version; of several the one with the same marker.
    Entries::iterator partner(const Package& old, Entries& after) {
        auto found = after.end();
        for (auto now = after.begin(); now != after.end(); ++now) {
            if (version_of(**now) != version_of(old)) {
                continue;
            }
            if (marker_of(**now) == marker_of(old)) {
                return now;
            }
            found = found == after.end() ? now : found;
        }
        return found;
    }

    MarkerId marker_of(const Package& package) {
        const MarkerId own = package.marker ? space_.from(*package.marker) : MarkerId::always;
        return space_.both(own, region_);
    }

    std::string text_of(MarkerId marker, MarkerId given) {
        const MarkerId simple = space_.simplify(marker, given);
        return simple == MarkerId::never    ? "never"
               : simple == MarkerId::always ? "always"
                                            : space_.text(simple);
    }

    /// All but files and versions.
    void compare_conditions(const Package& before, const Package& after,
                            std::vector<Change>& details) {
        if (const MarkerId was = marker_of(before), is = marker_of(after); was != is) {
            note(details, "marker", text_of(was, region_), text_of(is, region_));
        }
        auto pythons = [](const Package& package) {
            return package.requires_python ? package.requires_python->str() : "";
        };
        if (say_pythons_) {
            note(details, "requires-python", pythons(before), pythons(after));
        }
        if (say_dependencies_) {
            note(details, "dependencies", dependencies_of(before), dependencies_of(after));
        }
        if (say_index_) {
            note(details, "index", before.index, after.index);
        }
    }

    /// Whether both locks say such a thing of any entry: what a tool never writes has not changed.
    bool both_say(bool (*says)(const Package&)) const {
        return std::ranges::any_of(before_.packages, says) &&
               std::ranges::any_of(after_.packages, says);
    }

    void compare(const Package& before, const Package& after) {
        std::vector<Change> details;
        compare_conditions(before, after, details);
        note(details, "source", source_of(before), source_of(after));
        const auto old_files = files_of(before);
        const auto new_files = files_of(after);
        for (const auto& file : old_files) {
            auto now = new_files.find(file.first);
            if (now == new_files.end()) {
                details.push_back({"file", file.first, ""});
                continue;
            }
            if (disagree(*file.second, *now->second)) {
                details.push_back(
                    {"hash of " + file.first, hashes_of(*file.second), hashes_of(*now->second)});
            }
            note(details, "address of " + file.first, file.second->url, now->second->url);
            note(details, "path of " + file.first, path_text(file.second->path),
                 path_text(now->second->path));
        }
        for (const auto& file : new_files) {
            if (!old_files.contains(file.first)) {
                details.push_back({"file", "", file.first});
            }
        }
        if (!details.empty()) {
            changes_.packages.push_back({PackageChange::Kind::changed, before.name,
                                         version_of(before), version_of(after),
                                         std::move(details)});
        }
    }

    void update(const Package& before, const Package& after) {
        PackageChange change{
            PackageChange::Kind::updated, before.name, version_of(before), version_of(after), {}};
        compare_conditions(before, after, change.details);
        changes_.packages.push_back(std::move(change));
    }

    const Lock& before_;
    const Lock& after_;
    pep::MarkerSpace space_;
    MarkerId region_ = MarkerId::always; // where both hold
    bool say_pythons_ = false, say_dependencies_ = false, say_index_ = false;
    Changes changes_;
};

} // namespace

Result<Changes> changes(const Lock& before, const Lock& after) {
    return Comparison(before, after).run();
}

} // namespace pawl::lock
